// For every eye and hand: contrast, the keyboard, a phone, a wall, the sound.

import assert from "node:assert/strict";
import { test } from "node:test";
import { poorContrast } from "./contrast.js";
import { incident, state } from "./documents.js";
import { card, escapeDialog, login, shot, until, view } from "./harness.js";
import { PLAN, iso, usePaper } from "./paper.js";

const paper = usePaper();
const { open, say, gallery } = paper;

test("texts have the contrast of WCAG AA, on each view, live and away", { timeout: 180000 }, async (t) => {
  await gallery();
  let count = 0;
  const look = async (page, name) => {
    const found = await page.evaluate(poorContrast);
    count += found.count;
    assert.deepEqual(found.poor, [], name);
  };
  const page = await open();
  await page.waitForSelector("button.primary:has(.icon-plus)");
  await look(page, "incidents");
  for (const hash of ["incident/2-f3-1", "incident/drill-2-f3-8", "building/f2-water-pressure", "troubles", "record", "statistics"]) {
    await view(page, hash);
    await look(page, hash);
  }
  await shot(page, "statistics");
  await page.keyboard.press("r");
  await page.waitForSelector("dialog[open]");
  await look(page, "dialog");
  await escapeDialog(page);
  const wall = await open("?wall&user=li", { width: 1920, height: 1080, login: false });
  await wall.waitForSelector(".wall-cards .is-drill");
  await look(wall, "wall");
  const fresh = await open("", { login: false });
  await fresh.waitForSelector("input[name=user]");
  await look(fresh, "login");
  await paper.stage.publish("state", JSON.stringify(state("offline")), true);
  await page.waitForSelector(".banner.lost");
  for (const hash of ["incident/2-f3-1", "building/f2-water-pressure"]) {
    await view(page, hash);
    await look(page, `away ${hash}`);
  }
  await wall.waitForSelector(".banner.lost");
  await look(wall, "wall away");
  await shot(wall, "wall-away");
  t.diagnostic(`${count} pairs of colors looked at`);
  assert.ok(count > 500);
});

test("with the keyboard alone: log in, open, acknowledge, a step, a dialog, no trap", { timeout: 180000 }, async () => {
  await say("plan", PLAN);
  await say("incident/2-f3-1", incident("2-f3-1"));
  const page = await open("", { login: false });
  const key = async (...names) => {
    for (const name of names)
      await page.keyboard.press(name);
  };
  const focus = () => page.evaluate(() => {
    const element = document.activeElement, style = getComputedStyle(element);
    window.numbers ??= new Map();
    window.numbers.set(element, window.numbers.get(element) ?? window.numbers.size);
    return { number: window.numbers.get(element), text: (element.getAttribute("aria-label") || element.textContent).trim(), tag: element.tagName, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
  });
  /** Tab until the focus is there; each stop on the way must be seen. */
  const tabTo = async (text, back = false) => {
    for (let i = 0; i < 60; i++) {
      await key(back ? "Shift+Tab" : "Tab");
      const now = await focus();
      if (now.tag === "BODY")
        continue;
      assert.ok(now.outline, `no focus to be seen on ${now.tag} ${now.text}`);
      if (now.text.includes(text))
        return;
    }
    assert.fail(`no way to ${text}`);
  };
  await page.waitForSelector("input[name=user]:focus");
  await page.keyboard.type("li");
  await key("Tab", "Enter");
  await page.waitForSelector(".live.on");
  await page.waitForSelector("button.primary:has(.icon-plus)");
  await key("j");
  assert.match((await focus()).text, /突发断水/);
  await key("Enter");
  await page.waitForSelector(".detail h2:focus");
  await paper.stage.messages("cmd/");
  await key("a");
  const [ack] = await paper.stage.heard("cmd/li/ack");
  assert.equal(JSON.parse(ack[1]).incident, "2-f3-1");
  await tabTo("完成");
  await key("Enter");
  const [done] = await paper.stage.heard("cmd/li/done");
  assert.equal(JSON.parse(done[1]).step, "boilers-off");
  await tabTo("其他结果");
  await key("Enter");
  await page.waitForSelector("dialog[open]");
  for (let i = 0; i < 8; i++) {
    await key("Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector("dialog").contains(document.activeElement)), "the focus stays in the dialog");
  }
  await escapeDialog(page);
  assert.equal((await focus()).text, "其他结果", "and goes back to where it was");
  const switchKeys = async () => {
    await key("?");
    await page.waitForSelector("dialog[open] >> text=键盘");
    await key("Shift+Tab", "Space", "Escape");
    await page.waitForSelector("dialog", { state: "detached" });
  };
  await switchKeys();
  await key("l");
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN", "single keys can be switched off");
  await switchKeys();
  for (const [name, heading] of [["2", "楼宇"], ["3", "系统故障"], ["4", "记录"], ["5", "统计"], ["1", "事件"]]) {
    await key(name);
    await page.waitForSelector(`h2:text("${heading}")`);
  }
  await key("l");
  await page.waitForSelector('h2:text("Incidents")');
  // Out of the page and round the whole of it: nothing holds the focus. By element: after 10 s two toasts have the same button.
  const seen = [];
  for (let i = 0, rounds = 0; i < 90 && rounds < 2; i++) {
    await key("Tab");
    const now = await focus();
    rounds += now.tag === "BODY" ? 1 : 0;
    if (rounds === 1 && now.tag !== "BODY")
      seen.push(`${now.number} ${now.text}`);
  }
  assert.ok(seen.length >= 9 && new Set(seen).size === seen.length, seen.join(" | "));
});

test("on a phone of 320 pixels: no side-scroll, large buttons, one thing at a time", { timeout: 180000 }, async () => {
  await gallery();
  const page = await open("", { width: 320, height: 640, hasTouch: true, isMobile: true });
  for (const hash of ["incidents", "incident/2-f3-1", "incident/drill-2-f3-8", "building", "building/f3-water-pressure", "troubles", "record", "statistics"]) {
    for (const language of ["zh-CN", "en"]) {
      await view(page, hash);
      if (await page.getAttribute("html", "lang") !== language)
        await page.evaluate(() => document.querySelector(".top button[title*='切换'], .top button[title*='Switch']").click());
      await page.waitForSelector(`.top button[lang="${language === "en" ? "zh-CN" : "en"}"]`); // drawn, not only switched
      const { wide, small } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        small: [...document.querySelectorAll("button, .tabs a, .cards a")].filter((e) => e.checkVisibility() && e.offsetHeight < 44 && !e.closest(".corner")).map((e) => `${e.textContent} ${e.offsetHeight}`),
      }));
      assert.ok(wide <= 320, `${hash} ${language} is ${wide} wide`);
      assert.deepEqual(small, [], `${hash} ${language}`);
    }
  }
  await view(page, "incidents");
  await page.tap("text=中文");
  await page.tap(card("2-f3"));
  await page.waitForSelector(".detail");
  assert.equal(await page.isVisible(".list"), false);
  await shot(page, "phone-incident");
  await page.tap(".back");
  await shot(page, "phone");
  await page.waitForSelector(".list");
  await page.goBack();
  await page.waitForSelector(".content.has-detail > .detail"); // the phone's own way back works
});

test("it sounds while an incident is not acknowledged, can be silenced, and comes back with the next", { timeout: 180000 }, async () => {
  const context = { login: false };
  const page = await open("", context);
  await page.addInitScript(() => {
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...values) {
      window.tones++;
      return start.apply(this, values);
    };
  });
  await page.reload();
  await login(page);
  const tones = () => page.evaluate(() => window.tones);
  await page.waitForSelector(".sound.on"); // a browser's first sound may take seconds to be ready
  await page.waitForTimeout(600);
  assert.equal(await tones(), 0);
  // The alert comes after the document, perhaps after the silence: it is the same raise.
  await say("incident/2-f3-1", incident("2-f3-1"));
  await say("alert", { v: 1, id: "run-1", seq: 1, event: "raised", time: iso(0), replayed: false, drill: false, incident: incident("2-f3-1") }, false);
  await until(async () => await tones() > 0, 30000, "a sound");
  await page.keyboard.press("s");
  await page.waitForSelector(".sound.silenced >> text=静音到");
  const silent = await tones();
  await page.waitForTimeout(5000);
  assert.equal(await tones(), silent);
  await say("incident/2-f3-1", incident("2-f3-1", { zone_name: { zh: "三楼", en: "Floor 3" } }));
  await page.waitForSelector(`${card("2-f3")} >> text=三楼`);
  await page.waitForTimeout(500);
  assert.equal(await tones(), silent, "a change is no raise");
  await say("incident/2-f4-1", incident("2-f4-1")); // without an alert: a viewer hears none
  await until(async () => await tones() > silent, 30000, "the next raise is heard");
  await page.waitForSelector(".sound.on");
  await say("incident/2-f3-1", incident("2-f3-1", { state: "active-acknowledged" }));
  await say("incident/2-f4-1", incident("2-f4-1", { state: "active-acknowledged" }));
  await page.waitForSelector(".cards a.is-new", { state: "detached" });
  const quiet = await tones();
  await page.waitForTimeout(5000);
  assert.equal(await tones(), quiet);
});

test("a wall needs no scrolling, however many are open", { timeout: 180000 }, async () => {
  const wall = await open("?wall&user=li", { width: 1920, height: 1080, login: false });
  await wall.waitForSelector(".live.on");
  for (let n = 1; n <= 11; n++) {
    await say(`incident/2-f${n}-1`, incident(`2-f${n}-1`, { zone: `f${n}`, zone_name: { zh: `${n} 层`, en: `Floor ${n}` } }));
    await wall.waitForFunction((count) => document.querySelectorAll(".wall-cards > li").length === Math.min(count, 8), n);
    const over = await wall.evaluate(() => document.querySelector(".wall").scrollHeight - document.querySelector(".wall").clientHeight);
    assert.ok(over <= 0, `${n} are ${over} pixels too high`);
  }
  await wall.waitForSelector(".wall-more >> text=另有 3 个");
  await shot(wall, "wall-full");
});

paper.checkErrors();
