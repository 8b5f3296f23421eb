// What the tests share: the building (through bridge.py), the browser, and small helpers.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = join(HERE, "../..");
const BUILD = process.env.FACILITYD_BUILD ?? "build";
const SHOTS = join(ROOT, BUILD, "dashboard-shots");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
// A machine that is busy with others is slow at all of this, and none of it is what a test is about.
const WAIT_MS = 60000, LAUNCH_MS = 120000, HEARD_MS = 30000;
export const BEGIN_MS = 180000, END_MS = 60000;

/** The building of bridge.py; stage.sim("water-cut", "f3") and so on. */
export async function startStage(options) {
  const child = spawn(process.env.PYTHON ?? "/usr/bin/python3", [join(HERE, "bridge.py"), BUILD],
    { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("exit", resolve)); // from now on: it may end with its last answer
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let queue = Promise.resolve();
  const ask = (...words) => {
    const answer = queue.then(async () => {
      child.stdin.write(`${JSON.stringify(words)}\n`);
      const { value, done } = await lines.next();
      if (done)
        throw new Error("bridge.py has ended");
      const { ok, error } = JSON.parse(value);
      if (error)
        throw new Error(`${words[0]}: ${error}`);
      return ok;
    });
    queue = answer.catch(() => {});
    return answer;
  };
  const stage = { ...(await ask("start", options ?? {})) };
  for (const verb of ["sim", "ctl", "end", "broker", "daemon", "publish", "elsewhere", "many", "messages", "log"])
    stage[verb] = (...words) => ask(verb, ...words);
  /**
   * What was published below that since `messages` was asked last, once it is enough: a page shows that it has sent before
   * the broker has passed it on. `messages` itself is for what must not be there, and to begin anew.
   */
  stage.heard = async (start, enough = (all) => all.length > 0) => {
    const all = [];
    await until(async () => {
      all.push(...await stage.messages(start));
      return enough(all);
    }, HEARD_MS, `enough of ${start}`);
    return all;
  };
  stage.stop = async () => {
    await ask("stop");
    await ended;
  };
  stage.url = (query = "") => `http://127.0.0.1:${stage.port}/${query}`;
  return stage;
}

/** Debian's Chromium with a profile of its own, which can reach nothing but this machine. */
export async function startBrowser() {
  if (!existsSync(CHROMIUM))
    throw new Error(`${CHROMIUM} is missing: make check-dashboard installs it`);
  return chromium.launch({
    executablePath: CHROMIUM, headless: true, timeout: LAUNCH_MS,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
}

/** A page of its own session; what goes wrong in its script is put into `errors`. */
export async function openPage(browser, url, { width = 1280, height = 860, errors = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, timezoneId: "Asia/Shanghai", ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(url);
  return page;
}

export async function login(page, user = "li", password = "") {
  await page.fill("input[name=user]", user);
  await page.fill("input[name=password]", password);
  await page.click("button[type=submit]");
  await page.waitForSelector(".live.on");
}

/** Goes to a view of the page, and returns when it is drawn: the page draws in its own listener, which is the first. */
export const view = (page, name) => page.evaluate((hash) => new Promise((resolve) => {
  if (location.hash === hash)
    return resolve();
  addEventListener("hashchange", () => resolve(), { once: true });
  location.hash = hash;
}), `#${name}`);

/**
 * Presses Escape, and returns when the dialog has gone: the page hears of its end, and draws, after the key. Before: it is
 * in the page some milliseconds before it is opened, and until then the key means something else.
 */
export async function escapeDialog(page) {
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
}

/** For afterEach: a test that failed says what a program of the building said last. */
export async function tellLog(t, stage, program, lines = 5) {
  if (t.passed !== false)
    return;
  const log = await stage.log(program).catch((error) => String(error));
  t.diagnostic(`${program}'s last lines:\n${log.trimEnd().split("\n").slice(-lines).join("\n")}`);
}

export async function shot(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  await page.waitForTimeout(250);
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

export async function until(condition, timeoutMs, what) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value)
      return value;
    if (Date.now() > end)
      throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export const card = (short) => `.cards a[data-id^="${short}-"]`;
export const step = (id) => `.detail li[data-step="${id}"]`;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
