// The page against the real broker, facilityd and the simulated building, by clicking.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { BEGIN_MS, END_MS, card, escapeDialog, login, median, openPage, shot, startBrowser, startStage, step, tellLog, until } from "./harness.js";

let stage, browser;
const errors = [];

async function open(user, query = "", options = {}) {
  const page = await openPage(browser, stage.url(query), { ...options, errors });
  await login(page, user, stage.passwords[user]);
  return page;
}

/** Waits for an answer of these words: in one look, since what went well is shown for 5 s only. */
const answered = (page, kind, text) => page.waitForSelector(`.toast.${kind} >> text=${text}`);

const acting = (page) => page.waitForSelector("button.primary:has(.icon-plus)");

/** Each test may run alone: a leak that is open already stays as it is. */
const leak = () => stage.sim("leak", "f2.tea");

const register = async (point) => Number((await stage.sim("get", point)).split(" ").pop());

before(async () => {
  stage = await startStage({ accounts: true });
  browser = await startBrowser();
}, { timeout: BEGIN_MS });
afterEach(async (t) => {
  for (const context of browser.contexts())
    await context.close();
  await tellLog(t, stage, "facilityd");
}, { timeout: END_MS });
after(async () => {
  await browser?.close();
  await stage?.stop();
}, { timeout: END_MS });

test("a drill is begun and ended by hand, says so everywhere, and switches nothing", { timeout: 180000 }, async () => {
  const page = await open("li");
  await acting(page);
  await page.keyboard.press("r");
  await page.selectOption("dialog select >> nth=0", "2");
  await page.selectOption("dialog select >> nth=1", "f1");
  await page.check("dialog input[value=drill]");
  await page.waitForSelector("dialog.is-drill");
  await page.click("dialog button[type=submit]");
  await page.click(card("drill-2-f1"));
  assert.match(await page.innerText(".banner.drill"), /演练进行中/);
  await shot(page, "drill-real");
  assert.equal(await register("f1-tea-boiler-supply"), 1);
  await page.click(".commands >> text=结束演练");
  await page.waitForSelector(".banner.drill", { state: "detached" });
  await page.click('.tabs a[href="#record"]');
  await page.waitForSelector(`${card("drill-2-f1")}.is-drill >> text=演练`);
});

test("water loss, from the first pixel to the closed incident, by clicking", { timeout: 180000 }, async () => {
  const page = await open("li");
  await acting(page);
  await page.waitForSelector(".list .empty");
  await stage.sim("water-cut", "f3");
  await page.waitForSelector(card("2-f3"));
  assert.match(await page.innerText(card("2-f3")), /高[\s\S]*正在发生[\s\S]*未确认[\s\S]*突发断水[\s\S]*三层/);
  await page.click(card("2-f3"));
  await page.waitForSelector(`${step("boilers-off")}.done .output.confirmed`);
  assert.match(await page.innerText(step("boilers-off")), /机器: 已完成[\s\S]*断电[\s\S]*回读证实/);
  assert.match(await page.innerText(".causes"), /供水压力过低[\s\S]*正在发生[\s\S]*三层供水压力[\s\S]*bar/);
  assert.match(await page.innerText(step("report-up")), /还有 [01]:[0-5]\d[\s\S]*总服务台/); // 2 minutes from the raise
  await shot(page, "incident-open");

  await page.click(".commands >> text=恢复设备…");
  await page.click("dialog button.danger");
  await answered(page, "refused", "/恢复设备 2-f3[^]*情况仍在发生/");
  await page.click(".toast.refused button");

  await page.click(".commands >> text=确认");
  await answered(page, "ok", "/确认 2-f3 成功/");
  await page.waitForSelector(".detail .circumstances >> text=li 于");
  await stage.sim("water-back", "f3");
  await page.waitForSelector(".detail .state >> text=情况已恢复");
  await page.click(".commands >> text=恢复设备…");
  await page.click("dialog button.danger");
  await until(async () => await register("f3-tea-boiler-supply") === 1, 30000, "the boiler is on again");

  // One step is skipped with a reason, the others are done; the last one closes the incident.
  await page.click(`${step("notices")} button:text("⋯")`);
  await page.click("dialog >> text=略过");
  assert.ok(await page.isVisible("dialog"), "not without a reason");
  await page.fill("dialog textarea", "水已恢复");
  await page.click("dialog >> text=略过");
  await page.waitForSelector(`${step("notices")}.skipped >> text=水已恢复`);
  const closed = '.detail .state:text("已结束")';
  for (let left = 20; left > 0; left--) {
    const next = await page.waitForSelector(`.detail .steps button.good:enabled, ${closed}`);
    const id = await next.evaluate((element) => element.closest("[data-step]")?.dataset.step);
    if (!id)
      break;
    await page.click(`${step(id)} button.good`); // this one, whatever has become due meanwhile
    await page.waitForSelector(`${step(id)}.done, ${closed}`);
  }
  await page.waitForSelector(closed);
  await page.click('.tabs a[href="#record"]');
  assert.match(await page.textContent(card("2-f3")), /已结束[\s\S]*突发断水/);
  await page.click('.tabs a[href="#incidents"]');
  await page.waitForSelector(".list .empty");
  const commands = await stage.heard("cmd/", (all) => all.length > 5);
  assert.ok(commands.every(([topic, , retained]) => topic.startsWith("cmd/li/") && !retained));
  const bodies = commands.map(([, text]) => JSON.parse(text));
  assert.equal(new Set(bodies.map((body) => body.id)).size, bodies.length, "each id once");
  assert.ok(bodies.every((body) => Date.parse(body.expires) - Date.now() < 16000));
});

test("two browsers see the same; of two that press at once one is done, the other is told", { timeout: 180000 }, async () => {
  const one = await open("li"), two = await open("wang");
  await Promise.all([acting(one), acting(two)]);
  await leak();
  await Promise.all([one.click(card("16-f2.tea")), two.click(card("16-f2.tea"))]);
  await Promise.all([one, two].map((page) => page.waitForSelector(".detail .output.confirmed")));
  // Both have the button under the finger: what the first one's press does may take it from the other's page before it presses.
  const buttons = await Promise.all([one, two].map((page) => page.waitForSelector(".commands button.primary")));
  await Promise.all(buttons.map((button) => button.evaluate((element) => element.click())));
  const toasts = await Promise.all([one, two].map((page) => page.waitForSelector(".toast.ok, .toast.refused")));
  const kinds = await Promise.all(toasts.map((toast) => toast.evaluate((element) => element.classList[1])));
  assert.deepEqual([...kinds].sort(), ["ok", "refused"]);
  await answered(kinds[0] === "refused" ? one : two, "refused", "/被拒绝/");
  await Promise.all([one, two].map((page) => page.waitForSelector(".detail .state:text('已确认')")));
  // Where the clock differs by a second the texts would; everything else is the same.
  const texts = () => Promise.all([one, two].map((page) => page.innerText(".causes")));
  await until(async () => new Set(await texts()).size === 1, 30000, "both have the same causes");
});

test("a cut that waits for a release is released by clicking, after a second thought, and proved", { timeout: 180000 }, async () => {
  const page = await open("li");
  await acting(page);
  await stage.sim("smoke", "f1.hall");
  await page.click(card("3-f1.hall"));
  const button = page.locator(`${step("circuits-cut")} button.danger`);
  await button.waitFor();
  await stage.messages("");
  await button.click();
  assert.match(await page.innerText("dialog"), /机器将立即动作/);
  // All that would be switched, and what is spared, before the second thought.
  assert.match(await page.innerText("dialog .outputs"), /一层大厅回路 → 分闸[\s\S]*一层茶水间回路 → 分闸[\s\S]*一层卫生间回路 → 分闸/);
  await shot(page, "release");
  await escapeDialog(page);
  await button.click();
  await page.click("dialog button.danger");
  await page.waitForSelector(`${step("circuits-cut")} .output.confirmed`);
  assert.equal((await stage.heard("cmd/li/release")).length, 1, "none before the second thought");
  const question = '.detail .fact[data-fact="can-put-out"]';
  await page.click(`${question} button >> text=/^否$/`);
  await page.waitForSelector(`${question} >> text=/li，/`);
  assert.equal(await page.locator(`${step("call-119")} button`).count() > 0, true, "119 is to be called at once");
  await stage.sim("smoke-clear", "f1.hall");
});

test("an incident is reported by hand, of any of the 28 types, and is over", { timeout: 180000 }, async () => {
  await leak();
  const page = await open("li");
  await acting(page);
  await page.waitForSelector(card("16-f2.tea")); // while it is open there is no drill
  await page.keyboard.press("r");
  await page.waitForSelector("dialog select");
  assert.equal(await page.locator("dialog select >> nth=0 >> option").count(), 29);
  await page.selectOption("dialog select >> nth=0", "2");
  await page.selectOption("dialog select >> nth=1", "f1");
  await page.check("dialog input[value=drill]");
  await page.click("dialog button[type=submit]");
  await answered(page, "refused", "/开始演练 f1 被拒绝：有真实事件未结束/");
  await page.click(".toast.refused button");
  await page.keyboard.press("r");
  await page.selectOption("dialog select >> nth=0", "13");
  await page.selectOption("dialog select >> nth=1", "f1.hall");
  await page.fill("dialog textarea", "一只狗");
  await shot(page, "report");
  await page.click("dialog button[type=submit]");
  await page.click(card("13-f1.hall"));
  assert.match(await page.innerText(".causes"), /li 上报: 一只狗/);
  await page.click(".commands >> text=上报情况已结束");
  await page.waitForSelector(".detail .state:text('情况已恢复')");
});

/** Fills in the dialog that is open, and sends it. */
async function fill(page, text, button) {
  await page.fill("dialog textarea", text);
  await page.click(`dialog .dialog-buttons >> text=${button}`);
  await page.waitForSelector("dialog", { state: "detached" });
}

test("a step is accepted, fails with a reason, is done, and opened again", { timeout: 180000 }, async () => {
  await leak();
  const page = await open("li");
  await page.click(card("16-f2.tea"));
  await acting(page);
  const id = await page.locator(".detail .steps > .step.open").first().getAttribute("data-step");
  await page.click(`${step(id)} >> text=接受`);
  await page.waitForSelector(`${step(id)}.accepted >> text=已接受`);
  await page.click(`${step(id)} button:text("⋯")`);
  await fill(page, "门打不开", "未能完成");
  await page.waitForSelector(`${step(id)}.failed >> text=门打不开`);
  await page.click(`${step(id)} button.good`);
  await page.waitForSelector(`${step(id)}.done`);
  await page.click(`${step(id)} >> text=重新打开`);
  await page.waitForSelector(`${step(id)}.open`);
});

test("an incident is shelved with an end and a reason, taken back, and handed over", { timeout: 180000 }, async () => {
  const page = await open("li");
  await acting(page);
  await stage.ctl("report", "13", "f2.hall", "a cat");
  await page.click(card("13-f2.hall"));
  await page.click(".commands >> text=搁置…");
  await page.selectOption("dialog select", "30 min");
  await fill(page, "主人马上来", "搁置");
  await page.waitForSelector(".detail .circumstances >> text=li 搁置到");
  assert.match(await page.innerText(".detail .circumstances"), /主人马上来/);
  await page.waitForSelector(`details.aside[open] ${card("13-f2.hall")}`);
  await page.click(".commands >> text=取消搁置");
  await page.waitForSelector(".detail .circumstances >> text=搁置到", { state: "detached" });
  await page.click(".commands >> text=移交…");
  await page.fill("dialog input", "派出所");
  await page.click("dialog button[type=submit]");
  await page.waitForSelector(".detail >> text=移交给 派出所");
});

test("a type is out of service in a zone, and in service again", { timeout: 180000 }, async () => {
  const page = await open("li");
  await acting(page);
  await stage.ctl("report", "19", "f4", "dripping");
  await page.click(card("19-f4"));
  await page.click(".commands >> text=停用…");
  await fill(page, "空调检修", "停用");
  await page.click("nav >> text=系统故障");
  await page.waitForSelector('[data-lock="19-f4"] >> text=空调检修');
  await page.click('[data-lock="19-f4"] >> text=恢复使用');
  await page.click("dialog button[type=submit]");
  await page.waitForSelector('[data-lock="19-f4"]', { state: "detached" });
  // Also where there is no incident.
  await page.keyboard.press("r");
  await page.check("dialog input[value=outOfService]");
  await page.selectOption("dialog select >> nth=0", "17");
  await page.selectOption("dialog select >> nth=1", "f1.toilet");
  await fill(page, "换管道", "停用");
  await page.waitForSelector('[data-lock="17-f1.toilet"] >> text=换管道');
});

test("who may only look has no buttons; a wrong password is told", { timeout: 180000 }, async () => {
  await leak();
  const page = await open("wall");
  await page.waitForSelector(".corner >> text=此账号只能查看");
  await page.click(card("16-f2.tea"));
  await page.waitForSelector(".detail .steps .step");
  assert.equal(await page.locator(".commands button, .step-buttons button, button.primary").count(), 0);
  const wall = await open("wall", "?wall", { width: 1920, height: 1080 });
  await wall.waitForSelector(".wall-cards .incident");
  assert.equal(await wall.locator("main button, main a").count(), 0);
  await shot(wall, "wall");
  const able = await open("li", "?wall");
  await able.waitForSelector(".wall-cards .incident");
  assert.equal(await able.locator("main button").count(), 0);
  const wrong = await openPage(browser, stage.url());
  await wrong.fill("input[name=user]", "li");
  await wrong.fill("input[name=password]", "guess");
  await wrong.click("button[type=submit]");
  await wrong.waitForSelector(".warning >> text=不接受此账号或密码");
  assert.equal(await wrong.evaluate(() => sessionStorage.length + localStorage.length), 0);
});

test("what the broker does not let an operator say is told, and not offered again", { timeout: 180000 }, async () => {
  await leak();
  const page = await open("an");
  await acting(page);
  await page.click(card("16-f2.tea"));
  await page.click(".commands >> text=停用…");
  await fill(page, "检修", "停用");
  await answered(page, "refused", "/没有操作权限/");
  await page.waitForSelector(".commands >> text=停用…", { state: "detached" });
  assert.ok(await page.isVisible(".commands >> text=搁置…"));
});

test("the password stays in the tab, the language in the browser", { timeout: 180000 }, async () => {
  const page = await open("li");
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await page.click("text=English");
  await page.waitForSelector("h2 >> text=Incidents");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.reload();
  await page.waitForSelector(".live.on >> text=Live");
  assert.equal(await page.evaluate((password) => JSON.stringify(localStorage).includes(password), stage.passwords.li), false);
  const other = await page.context().newPage();
  await other.goto(stage.url());
  await other.waitForSelector("text=Log in");
  await page.click("text=Log out");
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

/** From now on until the point shows a value near this: when it was drawn, in ms. It is on the watch when this returns. */
async function watch(page, selector, value) {
  await page.evaluate(({ where, wanted }) => {
    const element = document.querySelector(where);
    window.drawn = new Promise((resolve) => {
      const look = () => Math.abs(parseFloat(element.textContent) - wanted) < 0.25
        && requestAnimationFrame(() => resolve(Date.now()));
      new MutationObserver((_, observer) => look() && observer.disconnect())
        .observe(element, { childList: true, characterData: true, subtree: true });
    });
  }, { where: selector, wanted: value });
  return () => page.evaluate(() => window.drawn);
}

const asFigures = (values) => `median ${median(values)} ms, least ${Math.min(...values)} ms, most ${Math.max(...values)} ms`;

// A machine that others load for some seconds is no slow page: the best of up to three rounds counts. Two limits: the
// whole way, which polling rules; and, sharper, the page's own part of it, from when a plain client of the broker has
// heard the value: some 20 to 45 ms, also with five processes for each processor. A page that drew at its next tick only
// has anything up to 1000 ms there.
const POLL_MS = 1000, PAGE_MS = 100, ROUNDS = 3, ROUND = 15;
test("from the simulator's register to the pixel", { timeout: 300000 }, async (t) => {
  const page = await open("li", "#building");
  const point = "f4-water-pressure", cell = `a[data-point="${point}"] .point-value`;
  const wholes = [], parts = [];
  await page.waitForSelector(cell);
  for (let round = 0; round < ROUNDS; round++) {
    const whole = [], part = [];
    for (let i = 0; i < ROUND; i++) {
      const value = (ROUND * round + i) % 2 ? 3.2 : 2.6, near = ([, text]) => Math.abs(JSON.parse(text).value - value) < 0.25;
      const drawn = await watch(page, cell, value);
      await stage.messages("");
      const at = Date.now();
      await stage.sim("set", point, String(value));
      const shown = await drawn();
      const heard = (await stage.heard(`point/${point}`, (all) => all.some(near))).find(near);
      whole.push(shown - at);
      part.push(shown - heard[3]);
      await new Promise((resolve) => setTimeout(resolve, 130 * (i % 7))); // not in step with the polls
    }
    t.diagnostic(`register to pixel: ${asFigures(whole)}; poll ${POLL_MS} ms; the page's part: ${asFigures(part)}`);
    wholes.push(median(whole));
    parts.push(median(part));
    if (wholes.at(-1) <= POLL_MS + 100 && parts.at(-1) <= PAGE_MS)
      break;
  }
  assert.ok(Math.min(...wholes) <= POLL_MS + 100, `medians ${wholes.join(", ")} ms`);
  assert.ok(Math.min(...parts) <= PAGE_MS, `medians of the page's part ${parts.join(", ")} ms`);
  await stage.sim("water-back", "f4");
});

test("the broker is killed and comes back", { timeout: 180000 }, async (t) => {
  await leak();
  const page = await open("li");
  await page.click(card("16-f2.tea"));
  await acting(page);
  await page.waitForSelector(".banner.lost", { state: "detached" });
  const killed = Date.now();
  await stage.end("mosquitto", 9);
  await page.waitForSelector(".banner.lost");
  t.diagnostic(`broker killed to banner: ${Date.now() - killed} ms`);
  assert.match(await page.innerText(".banner.lost"), /与服务器的连接中断[\s\S]*截至 \d\d:\d\d:\d\d/);
  assert.equal(await page.locator(".app.away .commands, .app.away .step-buttons").count(), 0);
  assert.match(await page.evaluate(() => getComputedStyle(document.querySelector(".content")).filter), /grayscale/);
  const frozen = await page.innerText(".live time");
  await page.waitForTimeout(2200);
  assert.equal(await page.innerText(".live time"), frozen);
  assert.match(await page.title(), /^⚠/);
  await shot(page, "broker-away");
  const back = Date.now();
  await stage.broker();
  await page.waitForSelector(".live.on");
  t.diagnostic(`broker back to live: ${Date.now() - back} ms`);
  await page.waitForSelector(".commands");
  assert.ok(await page.isVisible(card("16-f2.tea")));
  assert.notEqual(await page.innerText(".live time"), frozen);
});

test("facilityd is killed and comes back", { timeout: 180000 }, async (t) => {
  await leak();
  const page = await open("li");
  await page.waitForSelector(card("16-f2.tea"));
  const killed = Date.now();
  await stage.end("facilityd", 9);
  await page.waitForSelector(".banner.lost >> text=facilityd 不在线");
  t.diagnostic(`facilityd killed to banner: ${Date.now() - killed} ms`);
  assert.match(await page.innerText(".banner.lost"), /截至 \d\d:\d\d:\d\d/);
  const late = await openPage(browser, stage.url());
  await late.fill("input[name=user]", "li");
  await late.fill("input[name=password]", stage.passwords.li);
  await late.click("button[type=submit]");
  assert.match(await late.innerText(".banner.lost"), /不是现状/);
  await stage.daemon();
  await page.waitForSelector(".live.on");
  await page.waitForSelector(card("16-f2.tea")); // the incident outlives facilityd
});

test("no page had an error of its own", () => {
  assert.deepEqual(errors, []);
});
