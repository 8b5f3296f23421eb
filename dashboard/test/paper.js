// A real broker with documents made up here, for what a building seldom does; and a browser.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { incident, state } from "./documents.js";
import { BEGIN_MS, END_MS, login, openPage, startBrowser, startStage, tellLog } from "./harness.js";

export const iso = (after) => new Date(Date.now() + after).toISOString();
export const point = (id, changes = {}) => ({ v: 1, id, zone: "f3", class: "water.pressure", name: { zh: "三层水压", en: "Water pressure" },
  value: 0.31, text: null, unit: "bar", quality: "good", reason: null, time: iso(0), ...changes });
export const PLAN = { v: 1, types: [{ number: 2, id: "water-loss", name: { zh: "突发断水", en: "Water loss" }, severity: "high" }],
  roles: [{ id: "property", zh: "物业处", en: "Property office" }],
  zones: [{ id: "centre", zh: "行政服务中心", en: "Centre" }, { id: "f2", zh: "二层", en: "Floor 2" }, { id: "f3", zh: "三层", en: "Floor 3" }] };
const STATS = { v: 1, time: iso(0), open: { active: 3, returned: 1, unacknowledged: 2, shelved: 1, suppressed: 0, handed_over: 0, drills: 1 },
  raised: { last_10_min: 12, last_hour: 15, last_day: 40, average_per_10_min: 0.2777, peak_10_min: 12, peak_time: iso(-60000) },
  flood: { active: true, since: iso(-60000), limit: 10, percent_of_day: 1.4 }, chattering: [{ rule: "water-pressure-low", zone: "f3", raises: 9 }],
  standing: [{ incident: "2-f3-1", since: iso(-86400000) }], stale: [], most_frequent: [{ type: 2, zone: "f3", raises: 9 }] };

/** Registers what begins and ends a file of tests. `paper.stage` is there once a test runs. */
export function usePaper() {
  const errors = [], left = new Set(), paper = {};

  paper.open = async (query = "", options = {}) => {
    const page = await openPage(paper.browser, paper.stage.url(query), { ...options, errors });
    if (options.login !== false)
      await login(page);
    return page;
  };
  paper.say = async (topic, document, retain = true) => {
    if (retain)
      left.add(topic);
    await paper.stage.publish(topic, typeof document === "string" ? document : JSON.stringify(document), retain);
  };
  paper.many = async (messages) => {
    messages.forEach(([topic]) => left.add(topic));
    await paper.stage.many(messages);
  };
  paper.clear = async () => {
    await paper.stage.many([...left].map((topic) => [topic, ""]));
    left.clear();
  };
  paper.gallery = () => gallery(paper.say);
  /** To be called after all tests. */
  paper.checkErrors = () => test("no page had an error of its own", () => {
    assert.deepEqual(errors, []);
  });

  before(async () => {
    paper.stage = await startStage({ daemon: false });
    paper.browser = await startBrowser();
    await paper.stage.publish("state", JSON.stringify(state("online")), true);
  }, { timeout: BEGIN_MS });
  // Also of a test that failed nothing is left for the next one.
  afterEach(async (t) => {
    for (const context of paper.browser.contexts())
      await context.close();
    await tellLog(t, paper.stage, "mosquitto");
    await paper.clear();
    await paper.stage.publish("state", JSON.stringify(state("online")), true);
  }, { timeout: END_MS });
  after(async () => {
    await paper.browser?.close();
    await paper.stage?.stop();
  }, { timeout: END_MS });
  return paper;
}

/** Every state that an incident can have, two of them drills. Returns the first. */
async function gallery(say) {
  const done = { by: "li", time: iso(-60000), note: "泵房检修" };
  const first = incident("2-f3-1", { severity: "critical", escalation: { level: 1, of: 2, next: iso(600000) } });
  await say("plan", PLAN);
  await say("stats", STATS);
  await say("incident/2-f3-1", first);
  await say("incident/2-f2-2", incident("2-f2-2", { state: "active-acknowledged", acknowledged: done, severity: "medium" }));
  await say("incident/2-f1-3", incident("2-f1-3", { state: "returned-unacknowledged", returned: iso(-1000), severity: "low" }));
  await say("incident/2-f4-4", incident("2-f4-4", { state: "shelved-active", shelved: { ...done, until: iso(3600000) } }));
  await say("incident/2-b1-5", incident("2-b1-5", { state: "suppressed-active", suppressed: { by: "1-centre-9", until: null } }));
  await say("incident/2-b3-7", incident("2-b3-7", { state: "handed-over", handed_over: { ...done, to: "供水公司" } }));
  await say("incident/drill-2-f3-8", incident("drill-2-f3-8", { drill: true }));
  await say("point/f3-water-pressure", point("f3-water-pressure"));
  await say("point/f2-water-pressure", point("f2-water-pressure", { zone: "f2", quality: "bad", value: null, reason: "timeout" }));
  await say("trouble/device.water-f2", { v: 1, id: "device.water-f2", text: { zh: "设备“二层水表”无法读取", en: "device cannot be read" }, since: iso(-9000) });
  return first;
}
