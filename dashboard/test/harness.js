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

/** The building of bridge.py; stage.sim("water-cut", "f3") and so on. */
export async function startStage(options) {
  const child = spawn(process.env.PYTHON ?? "/usr/bin/python3", [join(HERE, "bridge.py"), BUILD],
    { stdio: ["pipe", "pipe", "inherit"] });
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
  stage.stop = async () => {
    await ask("stop");
    await new Promise((resolve) => child.on("exit", resolve));
  };
  stage.url = (query = "") => `http://127.0.0.1:${stage.port}/${query}`;
  return stage;
}

/** Debian's Chromium with a profile of its own, which can reach nothing but this machine. */
export async function startBrowser() {
  if (!existsSync(CHROMIUM))
    throw new Error(`${CHROMIUM} is missing: make check-dashboard installs it`);
  return chromium.launch({
    executablePath: CHROMIUM, headless: true,
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
  page.setDefaultTimeout(30000); // the machine may be busy with others
  await page.goto(url);
  return page;
}

export async function login(page, user = "li", password = "") {
  await page.fill("input[name=user]", user);
  await page.fill("input[name=password]", password);
  await page.click("button[type=submit]");
  await page.waitForSelector(".live.on");
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
