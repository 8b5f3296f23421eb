// The page against a real broker with documents made up here: what a building seldom does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { incident, state } from "./documents.js";
import { card, escapeDialog, median, shot, step, until, view } from "./harness.js";
import { PLAN, iso, point, usePaper } from "./paper.js";

const paper = usePaper();
const { open, say, gallery } = paper;

/** Until a countdown of the page, "4:57" after these words, is what is left until then, or over since: it is drawn each second. */
async function showsTime(page, selector, words, atMs) {
  let shown, left;
  await until(async () => {
    const [, m, s] = new RegExp(`${words} (\\d+):(\\d\\d)`).exec(await page.innerText(selector)) ?? [];
    shown = m * 60 + Number(s);
    left = Math.abs(atMs - Date.now()) / 1000;
    return Math.abs(shown - left) <= 2;
  }, 30000, `"${words}" is right`).catch((error) => assert.fail(`${error.message}: ${shown} s, and not ${left} s`));
}

test("each state says what it is, in words; what is set aside stands apart", { timeout: 180000 }, async () => {
  const [machine, people] = (await gallery()).steps;
  const page = await open();
  await page.waitForSelector(card("drill-2-f3"));
  assert.deepEqual(await page.locator(".list > .cards a").evaluateAll((all) => all.map((a) => a.dataset.id)),
    ["2-f3-1", "2-f2-2", "2-f1-3", "drill-2-f3-8"]);
  await page.click("details.aside summary");
  const words = { "2-f3": "紧急", "2-f2": "已确认", "2-f1": "情况已恢复", "2-f4": "已搁置", "2-b1": "被抑制", "2-b3": "已移交" };
  for (const [short, word] of Object.entries(words))
    assert.match(await page.innerText(card(short)), new RegExp(word), short);
  const details = { "2-f4": /li 搁置到[\s\S]*泵房检修/, "2-b1": /由 1-centre 引起/, "2-b3": /移交给 供水公司/, "2-f3": /已上报到第 1 级[\s\S]*后上报/ };
  const buttons = { "2-f4": "取消搁置", "2-f3": "搁置…" };
  for (const [short, text] of Object.entries(details)) {
    await page.click(card(short));
    await page.waitForSelector(`.detail .id:text-is("${short}")`);
    assert.match(await page.innerText(".detail"), text, short);
    if (buttons[short])
      assert.ok(await page.isVisible(`.commands >> text=${buttons[short]}`), short);
  }
  await showsTime(page, step("boilers-off"), "已超时", Date.parse(machine.deadline));
  await showsTime(page, step("notices"), "还有", Date.parse(people.deadline));
  assert.match(await page.innerText(".detail"), /目前不需要的步骤（1）/);
  await shot(page, "states");
});

test("what stays held is shown, and put back by a button once nobody wants it", { timeout: 180000 }, async () => {
  const output = (id, claim, changes = {}) => say(`output/${id}`, { v: 1, id, name: { zh: id, en: id }, zone: "f3", wanted: 0, before: 1,
    stuck: null, read_back: null, claims: [{ incident: null, step: null, hand: null, value: 0, since: iso(-90000), proved: null,
      withdrawn: false, ...claim }], ...changes });
  await say("incident/2-f3-1", incident("2-f3-1"));
  await say("plan", PLAN);
  await output("wanted", { incident: "2-f3-1", step: "boilers-off" });
  await output("left", { incident: "2-f2-9", step: "boilers-off" }); // closed since
  await output("gone", { incident: "2-f2-9", step: "boilers-off" }, { name: null, stuck: "no longer in the configuration" });
  await output("said", { incident: "2-f2-9", step: "boilers-off", said: true });
  await output("by-hand", { hand: { by: "property", reason: "试验", until: iso(-1000), ended: true } });
  const page = await open("#troubles");
  const held = (id) => page.locator(`[data-held="${id}"]`);
  await held("by-hand").waitFor();
  assert.match(await held("by-hand").innerText(), /物业处 手动设定至/);
  assert.match(await held("gone").innerText(), /配置中已没有/);
  assert.match(await held("said").innerText(), /仅消息服务器所述，未经证实/);
  assert.doesNotMatch(await held("left").innerText(), /未经证实/);
  assert.equal(await held("wanted").locator("button").count(), 0);
  await output("unknown", { incident: "2-f2-9", step: "boilers-off" }, { before: null });
  await paper.stage.messages("cmd/");
  /** What was sent by a dialog's last button, without what every command has. */
  const sent = async (verb) => {
    await page.click("dialog .dialog-buttons button[type=submit]");
    const [[, text]] = await paper.stage.heard(`cmd/li/${verb}`);
    const { id, expires, ...members } = JSON.parse(text);
    assert.ok(id && expires);
    return members;
  };
  await held("left").locator("button").click();
  assert.match(await page.innerText("dialog"), /之前为 1/);
  assert.deepEqual(await sent("restore"), { incident: "left" });
  await say("output/left", "");
  await held("left").waitFor({ state: "detached" });
  // Where nobody knows what it was, a person says it; without a value nothing is sent.
  await held("unknown").locator("button").click();
  assert.match(await page.innerText("dialog"), /无从得知/);
  await page.click("dialog .dialog-buttons button[type=submit]");
  assert.ok(await page.isVisible("dialog"));
  await page.selectOption("dialog select", "0");
  assert.deepEqual(await sent("restore"), { incident: "unknown", value: 0 });
  await held("gone").locator("button").click();
  await page.fill("dialog textarea", "电工已处理");
  assert.deepEqual(await sent("strike"), { output: "gone", note: "电工已处理" });
  await page.click(".list-head button >> text=手动设定");
  await page.fill("dialog input", "wanted");
  await page.selectOption("dialog select >> nth=0", "1");
  await page.fill("dialog textarea", "试验");
  assert.deepEqual(await sent("set"), { output: "wanted", value: 1, until: "15 min", note: "试验" });
  await shot(page, "held");
  const wall = await open("?wall&user=li", { width: 1920, height: 1080, login: false });
  await wall.waitForSelector('.wall [data-held="wanted"]');
});

test("a place is locked by a dialog, and a wide report's release names the room", { timeout: 180000 }, async () => {
  await say("plan", PLAN);
  const [machine, ...others] = incident("2-f3-1").steps, place = (id, outputs) => ({ id, zh: `${id}室`, en: id, outputs });
  machine.action = { ...machine.action, outputs: [], places: [place("f3.tea", ["f3-tea-circuit"]), place("f3.hall", ["f3-hall-circuit"])] };
  await say("incident/2-f3-1", incident("2-f3-1", { steps: [machine, ...others] }));
  const page = await open("#troubles");
  await page.click(".list-head button >> text=/^锁定…$/");
  await page.selectOption("dialog select >> nth=0", PLAN.zones[0].id);
  await page.check("dialog input[type=checkbox]");
  await page.fill("dialog textarea", "换阀");
  await paper.stage.messages("cmd/");
  await page.click("dialog .dialog-buttons button[type=submit]");
  const [[, locked]] = await paper.stage.heard("cmd/li/lock");
  const { what, until: end, quiet, note } = JSON.parse(locked);
  assert.deepEqual([what, end, quiet, note], [`zone:${PLAN.zones[0].id}`, "60 min", true, "换阀"]);
  await view(page, "incident/2-f3-1");
  await page.click(`${step("boilers-off")} button >> text=放行`);
  await page.click("dialog .dialog-buttons button[type=submit]"); // no room is chosen yet: nothing is sent
  await page.selectOption("dialog select", "f3.hall");
  assert.match(await page.innerText("dialog .outputs >> nth=0"), /f3-hall-circuit/);
  await page.click("dialog .dialog-buttons button[type=submit]");
  const orders = await paper.stage.heard("cmd/li/release");
  assert.deepEqual(orders.map(([, text]) => JSON.parse(text).zone), ["f3.hall"]);
  // Another, released for one room, is offered for the other, too.
  const { outputs: _, ...hall } = machine.action.places[1];
  const done = { ...machine.action, state: "done", released: [hall], places: machine.action.places.slice(0, 1) };
  await say("incident/2-f2-9", incident("2-f2-9", { steps: [{ ...machine, action: done }, ...others] }));
  await view(page, "incident/2-f2-9");
  await page.waitForSelector(`${step("boilers-off")} >> text=已对 f3.hall室 放行`);
  await page.click(`${step("boilers-off")} button >> text=放行`);
  await page.selectOption("dialog select", "f3.tea");
  await page.click("dialog .dialog-buttons button[type=submit]");
  const [[, more]] = await paper.stage.heard("cmd/li/release");
  assert.equal(JSON.parse(more).zone, "f3.tea");
  await say("incident/2-f2-9", "");
});

test("what only the broker says is marked, and adopted or discarded in a dialog that says what that means", { timeout: 180000 }, async () => {
  await say("plan", PLAN);
  const [machine, ...others] = incident("2-f3-1").steps;
  machine.action = { ...machine.action, mode: "auto" };
  await say("incident/2-f3-1", incident("2-f3-1", { taken_back: true, steps: [machine, ...others] }));
  await say("incident/2-f2-2", incident("2-f2-2"));
  const trouble = (id) => say(`trouble/${id}`, { v: 1, id, text: { zh: id, en: id }, since: iso(-9000) });
  for (const id of ["found.2-f4-9", "kept.2-b1-8", "device.water-f2"])
    await trouble(id);
  const page = await open("#incident/2-f2-2");
  await page.waitForSelector(".commands >> text=搁置…");
  assert.equal(await page.locator(".commands >> text=/认可|作废/").count(), 0, "of what is proved there is nothing to adopt");
  await view(page, "incident/2-f3-1");
  await page.waitForSelector(".detail header .unproved >> text=未经证实");
  await paper.stage.messages("cmd/");
  /** What the dialog sends, without what every command has. */
  const sent = async (verb) => {
    await page.click("dialog .dialog-buttons button[type=submit]");
    const all = await paper.stage.heard("cmd/li/");
    assert.deepEqual(all.map(([topic]) => topic), [`cmd/li/${verb}`]);
    const { id, expires, ...members } = JSON.parse(all[0][1]);
    assert.ok(id && expires);
    return members;
  };
  await page.click(".commands >> text=认可…");
  assert.match(await page.innerText("dialog"), /确认属实[\s\S]*可能随即执行[\s\S]*机器: 关闭开水炉/);
  await shot(page, "adopt");
  await escapeDialog(page);
  assert.deepEqual(await paper.stage.messages("cmd/"), [], "none before the second thought");
  await page.click(".commands >> text=认可…");
  assert.deepEqual(await sent("adopt"), { incident: "2-f3-1" });
  await page.click(".commands >> text=作废…");
  assert.match(await page.innerText("dialog"), /不动任何设备/);
  await page.fill("dialog textarea", "昨天已结束");
  assert.deepEqual(await sent("discard"), { incident: "2-f3-1", note: "昨天已结束" });
  // What was put aside: of what lies on the broker both, of what the configuration has lost one, and no document is needed.
  await view(page, "troubles");
  const aside = (id) => page.locator(`[data-trouble="${id}"] button`);
  await aside("kept.2-b1-8").waitFor();
  assert.deepEqual(await aside("found.2-f4-9").allInnerTexts(), ["认可…", "作废…"]);
  assert.deepEqual(await aside("kept.2-b1-8").allInnerTexts(), ["作废…"]);
  assert.equal(await aside("device.water-f2").count(), 0);
  await aside("found.2-f4-9").nth(0).click();
  assert.deepEqual(await sent("adopt"), { incident: "2-f4-9" });
  await aside("kept.2-b1-8").click();
  assert.deepEqual(await sent("discard"), { incident: "2-b1-8" });
  await say("state", state("offline"));
  await aside("kept.2-b1-8").waitFor({ state: "detached" });
});

test("who has released first is named, until when a second must", { timeout: 180000 }, async () => {
  await say("plan", PLAN);
  const [machine, ...others] = incident("2-f3-1").steps;
  const released = (first) => say("incident/2-f3-1", incident("2-f3-1", { steps: [{ ...machine, action: { ...machine.action, first } }, ...others] }));
  await released(null);
  const page = await open("#incident/2-f3-1"), action = step("boilers-off");
  await page.waitForSelector(`${action} button >> text=放行…`);
  assert.doesNotMatch(await page.innerText(action), /第二人/);
  await released({ by: "property", time: iso(0), until: iso(300000) });
  await page.waitForSelector(`${action} >> text=/已由 物业处 放行，须由第二人在 \\d\\d:\\d\\d:\\d\\d 前放行/`);
  assert.ok(await page.isVisible(`${action} button >> text=放行…`), "by the second");
  await shot(page, "first-of-two");
  await released({ by: "property", time: iso(-301000), until: iso(-1000) });
  await page.waitForSelector(`${action} >> text=第二人`, { state: "detached" });
});

test("a drill looks different everywhere: banner, border, word", { timeout: 180000 }, async () => {
  await gallery();
  const page = await open("#incident/drill-2-f3-8");
  assert.match(await page.innerText(".banner.drill"), /演练进行中：突发断水 · 三层/);
  for (const selector of [card("drill-2-f3"), ".detail"]) {
    assert.match(await page.evaluate((s) => getComputedStyle(document.querySelector(s)).borderImageSource, selector), /repeating-linear-gradient/);
    assert.match(await page.innerText(selector), /演练/);
  }
  assert.ok(await page.isVisible(".commands >> text=结束演练"));
  await shot(page, "drill");
  const wall = await open("?wall&user=li", { width: 1920, height: 1080, login: false });
  await wall.waitForSelector(".wall-cards .is-drill >> text=演练");
  assert.match(await wall.innerText(".banner.drill"), /演练进行中/);
  await shot(wall, "wall-many");
});

test("what people write is shown as text and never runs", { timeout: 180000 }, async () => {
  const attack = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>\"'><svg onload=window.hacked=1> javascript:alert(1) {{7*7}}";
  const names = { zh: attack, en: attack };
  await say("incident/9-f3-1", incident("9-f3-1", {
    name: names, zone: attack, zone_name: names, severity: attack, state: `active-${attack}`,
    causes: [{ rule: attack, name: names, by: attack, note: attack, active: true, since: iso(0), until: null, readings: [{ point: attack, name: names, value: 1, text: names, unit: attack, quality: "bad", reason: attack, time: iso(0) }] }],
    facts: [{ id: attack, question: names, ask: [{ id: attack, zh: attack, en: attack }], value: attack, assumed: attack, by: attack, time: iso(0), note: attack, asked: true, deadline: iso(9000) }],
    steps: [{ id: attack, fact: attack, clause: attack, text: names, by: [{ id: attack, zh: attack, en: attack }], tell: [{ id: attack, zh: attack, en: attack }], deadline: iso(9000), applies: attack, status: attack, user: attack, time: iso(0), note: attack,
      action: { id: attack, name: names, mode: attack, state: attack, outputs: [{ point: attack, name: names, wanted: 1, text: names, state: attack, error: attack }] } }],
    shelved: { by: attack, note: attack, until: iso(9000) }, handed_over: { to: attack, by: attack, note: attack } }));
  await say("trouble/x", { v: 1, id: "x", text: names, since: iso(0) });
  await say("plan", { ...PLAN, types: [{ number: 2, id: attack, name: names, severity: attack }], zones: [...PLAN.zones, { id: attack, zh: attack, en: attack }] });
  await say(`point/<img src=x onerror=window.hacked=1>`, point("<img src=x onerror=window.hacked=1>", { name: names, unit: attack }));
  await paper.stage.publish("state", JSON.stringify({ ...state("online"), site: { id: "centre", zh: attack, en: attack } }), true);
  const page = await open("#incident/9-f3-1");
  await page.waitForSelector(".detail .causes");
  for (const hash of ["incident/9-f3-1", "troubles", "building", "record", "statistics", `building/${encodeURIComponent("<img src=x onerror=window.hacked=1>")}`]) {
    await view(page, hash);
    await page.waitForTimeout(150); // for what would come after it is drawn
  }
  await view(page, "incident/9-f3-1");
  await page.waitForSelector("button.primary:has(.icon-plus)");
  await page.keyboard.press("r");
  await page.waitForSelector("dialog[open]");
  await page.waitForTimeout(150);
  assert.match(await page.innerText(".detail"), /<img src=x onerror=window\.hacked=1><script>/);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("#page img, #page script, #page svg:not(.icon)").count(), 0);
  // And if something did get in, the page's policy would not let it run.
  assert.equal(await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.hacked = 2";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hacked=3'>");
    return new Promise((resolve) => setTimeout(() => resolve(window.hacked), 200));
  }), undefined);
});

test("malformed documents are ignored, and counted in a corner", { timeout: 180000 }, async () => {
  await say("incident/2-f3-1", incident("2-f3-1"));
  const page = await open("?lang=en");
  await page.waitForSelector(card("2-f3"));
  await say("incident/2-f3-1", "{broken");
  await say("incident/2-f9-1", JSON.stringify({ v: 9 }));
  await say("alert", "\u0000\u0001", false);
  await say("trouble/a", "[]");
  await say("stats", "7");
  await page.waitForSelector(".corner >> text=5 messages not understood");
  assert.equal(await page.locator(".cards a").count(), 1);
  await page.click(".corner button");
  assert.match(await page.innerText("dialog"), /trouble\/a not an object[\s\S]*incident\/2-f9-1 not version 1[\s\S]*incident\/2-f3-1 not JSON/);
  await escapeDialog(page);
});

test("200 open incidents: how long until all are drawn, and how long a press takes", { timeout: 180000 }, async (t) => {
  const all = [...Array(200)].map((_, i) => {
    const one = incident(`2-z${i}-1`, { zone_name: { zh: `地点 ${i}`, en: `Place ${i}` }, severity: ["low", "medium", "high", "critical"][i % 4] });
    one.steps = [...Array(10)].map((_, n) => ({ ...one.steps[n % 2], id: `step-${n}` }));
    return [`incident/${one.id}`, JSON.stringify(one)];
  });
  await paper.many(all);
  const page = await open("", { login: false });
  await page.fill("input[name=user]", "li");
  const began = Date.now();
  await page.click("button[type=submit]");
  await page.waitForFunction(() => document.querySelectorAll(".cards a").length === 200 && document.querySelector(".live.on"));
  t.diagnostic(`login to 200 incidents drawn: ${Date.now() - began} ms`);
  assert.ok(Date.now() - began < 30000); // some 50 s where the page does not keep the broker's loop turning (link.js)
  const frame = (act) => page.evaluate((name) => new Promise((resolve) => {
    const at = performance.now();
    document.querySelector(name).click();
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(Math.round(performance.now() - at))));
  }), act);
  // A machine that others load for a moment is no slow page: the best of up to three rounds counts.
  const medians = [];
  for (let round = 0; round < 3 && !(Math.min(...medians) < 300); round++) {
    const opened = [];
    for (let i = 0; i < 7; i++)
      opened.push(await frame(`.cards li:nth-child(${20 * i + round + 1}) a`));
    medians.push(median(opened));
    t.diagnostic(`press to incident drawn, with 200 open: median ${median(opened)} ms, most ${Math.max(...opened)} ms`);
  }
  assert.ok(Math.min(...medians) < 300, `medians ${medians.join(", ")} ms`);
  await page.evaluate(() => {
    const target = document.querySelector('.cards a[data-id="2-z7-1"]');
    window.changed = new Promise((resolve) => {
      new MutationObserver(() => target.textContent.includes("已确认") && requestAnimationFrame(() => resolve(Date.now()))).observe(target, { childList: true, subtree: true, characterData: true });
    });
  });
  const sent = Date.now();
  await say("incident/2-z7-1", incident("2-z7-1", { state: "active-acknowledged" }));
  t.diagnostic(`change of one of 200 to pixel: ${await page.evaluate(() => window.changed) - sent} ms`);
  assert.match(await page.title(), /^\(200\)/);
  await shot(page, "200-incidents");
  await paper.clear();
  await page.waitForSelector(".list .empty");
});

test("a question stands with its buttons; what waits for it says so, and is nothing to do yet", { timeout: 180000 }, async () => {
  const asked = (id, changes) => ({ id, question: { zh: `${id}吗？`, en: `${id}?` }, ask: [{ id: "property", zh: "物业处", en: "Property office" }],
    value: "unknown", assumed: false, by: null, time: null, note: "", asked: true, deadline: iso(120000), overdue: false, level: 0, ...changes });
  const [machine, people] = incident("6-f3-1").steps;
  const facts = [
    asked("said", { value: "no", by: "li", time: iso(-5000), note: "looked", asked: false, deadline: null }),
    asked("sensed", { value: "yes", by: "facilityd", time: iso(-5000), asked: false, deadline: null }),
    asked("assumed", { value: "yes", assumed: true, time: iso(-5000), asked: false, deadline: null }),
    asked("late", { deadline: iso(-30000), overdue: true }),
    asked("trapped"),
  ];
  await say("incident/6-f3-1", incident("6-f3-1", { facts, steps: [
    { ...people, id: "rescue", fact: "trapped", applies: "unknown" }, { ...people, id: "engineer", fact: "!trapped", applies: "unknown" },
    { ...people, id: "gone", fact: "said", applies: "no" }, { ...people, id: "never", status: "did-not-occur" }, machine] }));
  await paper.stage.messages("cmd/");
  const page = await open("#incident/6-f3-1");
  const fact = (id) => `.detail .fact[data-fact="${id}"]`;
  await page.waitForSelector(fact("trapped"));
  // Those that stand are first.
  assert.deepEqual(await page.locator(".detail .fact").evaluateAll((all) => all.map((one) => one.dataset.fact)),
    ["late", "trapped", "said", "sensed", "assumed"]);
  assert.match(await page.innerText(".detail"), /待确认的情况 待回答 2 项/);
  for (const [id, text] of Object.entries({ trapped: /trapped吗？[\s\S]*尚未回答[\s\S]*还有 [12]:[\s\S]*物业处/, late: /已超时 0:[34]/,
    said: /否[\s\S]*li，[\s\S]*looked/, sensed: /是[\s\S]*传感器，/, assumed: /是：无人回答，按较坏情况处理/ }))
    assert.match(await page.innerText(fact(id)), text, id);
  for (const id of ["rescue", "engineer"]) {
    assert.match(await page.innerText(step(id)), /等待回答：trapped吗？/);
    assert.equal(await page.locator(`${step(id)} button`).count(), 0);
  }
  // One waits for nothing and is open; the one that did not occur is accounted for.
  assert.match(await page.innerText(".detail h3 >> text=/步/"), /1\/2 步/);
  await shot(page, "questions");
  await page.click(`${fact("trapped")} button >> text=/^是$/`);
  await page.waitForSelector(`${fact("trapped")} button:disabled`);
  const sent = await paper.stage.heard("cmd/li/answer");
  assert.equal(sent.length, 1);
  const { incident: about, fact: which, answer } = JSON.parse(sent[0][1]);
  assert.deepEqual([about, which, answer], ["6-f3-1", "trapped", "yes"]);
});

test("a first stage is marked, and a no to it is not sent without its reason", { timeout: 180000 }, async () => {
  const facts = [{ id: "stage", question: { zh: "确实着火了吗？", en: "Is it a fire?" }, ask: [], value: "unknown", assumed: false, by: null,
    time: null, note: "", asked: true, deadline: iso(120000), overdue: false, level: 0 }];
  await say("incident/3-f3-1", incident("3-f3-1", { facts, stage: "first" }));
  await paper.stage.messages("cmd/");
  const page = await open("#incident/3-f3-1");
  await page.waitForSelector(".detail header .first-stage");
  await page.click('.detail .fact[data-fact="stage"] button >> text=/^否…$/');
  await page.click("dialog button.primary");
  await page.waitForSelector("dialog textarea:invalid");
  await page.fill("dialog textarea", "灰尘");
  await page.click("dialog button.primary");
  const sent = await paper.stage.heard("cmd/li/answer");
  assert.equal(sent.length, 1);
  const { fact, answer, note } = JSON.parse(sent[0][1]);
  assert.deepEqual([fact, answer, note], ["stage", "no", "灰尘"]);
  await say("incident/3-f3-1", incident("3-f3-1", { facts, stage: "full" }));
  await page.waitForSelector(".detail header .first-stage", { state: "detached" });
});

test("a command without an answer is told after 10 s, and names its end; hello is sent once", { timeout: 180000 }, async () => {
  await say("incident/2-f3-1", incident("2-f3-1"));
  await paper.stage.messages("cmd/");
  const page = await open("#incident/2-f3-1");
  const began = Date.now();
  await page.click(".commands button.primary");
  await page.evaluate(() => document.querySelector(".commands button.primary").click()); // not twice
  await page.waitForSelector(".commands button.primary:disabled");
  await page.waitForSelector(".toast.pending");
  await page.waitForSelector(".toast.refused >> text=10 秒内没有答复");
  // Not before its time; and while the command is still good, which it is for 15 s.
  const told = Date.now() - began;
  assert.ok(told >= 9900 && told < 15000, `${told} ms`);
  assert.equal(await page.isEnabled(".commands button.primary"), true);
  const sent = await paper.stage.heard("cmd/", (all) => all.length >= 2);
  assert.deepEqual(sent.map(([topic]) => topic), ["cmd/li/hello", "cmd/li/ack"]);
});

test("several sites: a choice; another broker in the address: a warning", { timeout: 180000 }, async () => {
  await paper.stage.elsewhere("facility/annex/state", JSON.stringify({ ...state("online"), site: { id: "annex", zh: "附楼", en: "Annex" } }));
  const two = await open("?lang=en", { login: false });
  try {
    await two.fill("input[name=user]", "li");
    await two.click("button[type=submit]");
    await two.waitForSelector("text=Choose the site");
    await two.click("button:text('annex')");
    await two.waitForSelector(".live.on");
    await two.waitForSelector("h1 >> text=Annex");
  } finally {
    await paper.stage.elsewhere("facility/annex/state", ""); // else all tests after it would have to choose
  }
  const page = await open(`?broker=ws://127.0.0.1:${paper.stage.port}/other&lang=en`, { login: false });
  assert.match(await page.innerText(".warning"), /names another broker[\s\S]*ws:\/\/127\.0\.0\.1/);
  assert.equal(await page.inputValue("input[name=password]"), "");
});

test("the plot says where it comes from, and has what came since", { timeout: 180000 }, async () => {
  await say("point/f3-water-pressure", point("f3-water-pressure", { value: 3, time: iso(-5000) }));
  const page = await open("#building/f3-water-pressure");
  await page.waitForSelector(".plot canvas");
  assert.match(await page.innerText(".detail"), /曲线只含本页打开后的数据（\d\d:\d\d:\d\d 起），保存在此浏览器中/);
  const ink = () => page.evaluate(() => {
    const canvas = document.querySelector(".plot canvas"), data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let blue = 0;
    for (let i = 0; i < data.length; i += 4)
      blue += data[i + 3] > 200 && data[i + 2] > data[i] + 40 ? 1 : 0;
    return blue;
  });
  await until(async () => await ink() > 100, 30000, "a line");
  await say("point/f3-water-pressure", point("f3-water-pressure", { value: null, quality: "bad", reason: "timeout" }));
  await page.waitForSelector(".big-value >> text=无值");
  assert.match(await page.innerText(".big-value"), /无效: 超时/);
  await page.waitForTimeout(300); // a second picture, if there were one
  await until(async () => await ink() > 100, 30000, "what was known stays");
  await shot(page, "plot");
});

paper.checkErrors();
