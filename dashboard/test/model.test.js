// What the page knows, without a page: resync, retained and live, malformed, the clock, the sound.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createAlarm } from "../src/alarm.js";
import * as check from "../src/check.js";
import { SETTLE_MS, byUrgency, createModel, isOverdue, shortId, stepCounts } from "../src/model.js";
import { countdown, serverClock, span } from "../src/time.js";
import { incident, state } from "./documents.js";

function setup() {
  const timers = [];
  let ms = 1_000_000_000;
  const model = createModel({ now: () => ms, later: (run, after) => timers.push({ run, at: ms + after }) });
  return {
    model,
    pass(after) {
      ms += after;
      for (const timer of timers.splice(0))
        if (timer.at <= ms)
          timer.run();
        else
          timers.push(timer);
    },
    take: (topic, document, retained = false) => model.message(topic, document === null ? "" : JSON.stringify(document), retained),
  };
}

test("nothing is current before all that is retained has come", () => {
  const { model, take } = setup();
  model.link(true);
  take("incident/2-f3-1", incident("2-f3-1"), true);
  assert.equal(model.current, false);
  take("state", state("online"), true);
  assert.equal(model.current, true);
  take("state", state("offline"));
  assert.equal(model.current, false);
});

test("what went while the page was away is gone after the next connect, and in the record", () => {
  const { model, take } = setup();
  model.link(true);
  take("incident/2-f3-1", incident("2-f3-1"), true);
  take("incident/2-f4-2", incident("2-f4-2"), true);
  take("trouble/bus.a", { v: 1, id: "bus.a", text: { zh: "a", en: "a" }, since: null }, true);
  take("state", state("online"), true);
  model.link(false);
  assert.equal(model.current, false);
  assert.equal(model.incidents.size, 2, "kept as it was, for the eye");
  model.link(true);
  take("incident/2-f4-2", incident("2-f4-2"), true);
  assert.equal(model.current, false);
  take("state", state("online"), true);
  assert.deepEqual([...model.incidents.keys()], ["2-f4-2"]);
  assert.equal(model.troubles.size, 0);
  assert.deepEqual(model.record.map((entry) => [entry.doc.id, entry.how]), [["2-f3-1", "away"]]);
});

test("a broker that came back empty shows the present only after facilityd has told it all", () => {
  const { model, take, pass } = setup();
  model.link(true);
  take("incident/2-f3-1", incident("2-f3-1"), true);
  take("state", state("online"), true);
  model.link(false);
  model.link(true);
  take("state", state("online")); // live: facilityd connects after the page
  assert.equal(model.current, false);
  take("incident/2-f3-1", incident("2-f3-1"));
  pass(SETTLE_MS);
  assert.equal(model.current, true);
  assert.equal(model.incidents.size, 1);
});

test("facilityd that comes back is believed only after it has told all", () => {
  const { model, take, pass } = setup();
  model.link(true);
  take("incident/2-f3-1", incident("2-f3-1"), true);
  take("state", state("offline"), true);
  assert.equal(model.current, false);
  take("state", state("online"));
  assert.equal(model.current, false);
  pass(SETTLE_MS);
  assert.equal(model.current, true);
  assert.equal(model.list().length, 1);
  take("incident/2-f3-1", null);
  assert.equal(model.list().length, 0);
});

test("an output is on the list as long as somebody holds it", () => {
  const { model, take } = setup();
  model.link(true);
  take("output/f3-tea-boiler-supply", { v: 1, id: "f3-tea-boiler-supply", name: { zh: "开水炉", en: "Boiler" }, wanted: 0, stuck: null,
    claims: [{ incident: null, step: null, hand: { by: "property", reason: "", until: null, ended: true }, since: null }] }, true);
  take("state", state("online"), true);
  const [{ doc }] = [...model.outputs.values()];
  assert.equal(doc.id, "f3-tea-boiler-supply");
  assert.deepEqual(doc.claims, [{ incident: "", hand: { by: "property", until: null, ended: true }, said: false, since: null }]);
  take("output/f3-tea-boiler-supply", null);
  assert.equal(model.outputs.size, 0);
});

test("the clock stands still while nothing is current", () => {
  const { model, take, pass } = setup();
  model.link(true);
  take("state", state("online"), true);
  const then = model.now();
  model.link(false);
  pass(60000);
  assert.equal(model.now(), then);
  model.link(true);
  take("state", state("online"), true);
  assert.equal(model.now(), then + 60000);
});

test("an alert is heard once, and raises are told", () => {
  const { model, take } = setup();
  const told = [];
  model.raised = (doc, event) => told.push([doc.id, event]);
  const alert = { v: 1, id: "run-7", seq: 7, event: "raised", time: null, incident: incident("2-f3-1") };
  take("alert", alert);
  take("alert", { ...alert, replayed: true });
  take("alert", { ...alert, id: "run-8", event: "closed", incident: incident("2-f3-1", { state: "closed", closed: new Date().toISOString() }) });
  assert.deepEqual(told, [["2-f3-1", "raised"]]);
  assert.deepEqual(model.record.map((entry) => entry.how), ["closed"]);
  take("incident/2-f3-1", null);
  assert.equal(model.record.length, 1, "not twice");
  take("incident/2-f4-1", incident("2-f4-1"));
  take("incident/2-f4-1", null); // the streams are not in step
  take("alert", { ...alert, id: "run-9", event: "closed", incident: incident("2-f4-1", { state: "closed", closed: new Date().toISOString() }) });
  assert.deepEqual(model.record.map((entry) => entry.doc.state), ["closed", "closed"]);
});

test("an alert and its document are one raise, whichever comes first; the next one is another", () => {
  const { model, take } = setup();
  const told = [];
  model.raised = (doc, event) => told.push([doc.id, event]);
  model.link(true);
  take("state", state("online"), true);
  const alert = (id, event, incidentId, changes) =>
    take("alert", { v: 1, id, seq: 1, event, time: null, incident: incident(incidentId, changes) });
  take("incident/2-f3-1", incident("2-f3-1"));
  alert("run-1", "raised", "2-f3-1");
  alert("run-2", "raised", "2-f4-1");
  take("incident/2-f4-1", incident("2-f4-1"));
  assert.deepEqual(told.splice(0), [["2-f3-1", "raised"], ["2-f4-1", "raised"]]);
  alert("run-3", "escalated", "2-f3-1");
  take("incident/2-f4-1", incident("2-f4-1", { state: "active-acknowledged" }));
  take("incident/2-f4-1", incident("2-f4-1"));
  assert.deepEqual(told.splice(0), [["2-f3-1", "escalated"], ["2-f4-1", "raised"]]);
  // What was a first stage and is full now sounds again, by its alert or by its document alone.
  alert("run-9", "stage", "2-f3-1", { stage: "full" });
  take("incident/3-f3-1", incident("3-f3-1", { stage: "first" }), true);
  take("incident/3-f3-1", incident("3-f3-1", { stage: "full" }));
  assert.deepEqual(told, [["2-f3-1", "stage"], ["3-f3-1", "raised"]]);
});

test("malformed documents change nothing and are counted", () => {
  const { model, take } = setup();
  take("incident/2-f3-1", incident("2-f3-1"), true);
  const before = model.incidents.get("2-f3-1");
  const bad = ["{", "null", "[]", "7", '{"v":2,"id":"2-f3-1"}', '{"v":1}', JSON.stringify(incident("2-f3-1", { raised: "yesterday" })),
    JSON.stringify(incident("2-f3-1", { state: 7 })), JSON.stringify(incident("2-f3-9"))];
  for (const text of bad)
    model.message("incident/2-f3-1", text, false);
  assert.equal(model.malformed, bad.length);
  assert.equal(model.incidents.get("2-f3-1"), before);
  model.message("state", '{"v":1,"status":"perhaps"}', true);
  model.message("point/a", '{"v":1,"id":"b"}', true);
  assert.equal(model.malformed, bad.length + 2);
  assert.equal(model.points.size, 0);
});

test("unknown members and topics are ignored, missing ones have no value", () => {
  const { model, take } = setup();
  take("incident/2-f3-1", { v: 1, id: "2-f3-1", name: { zh: "水" }, state: "active-unacknowledged", raised: "2026-11-24T03:01:09.250+08:00",
    steps: [{ id: "a" }, "nonsense", null], causes: { no: "list" }, novelty: { a: 1 } }, true);
  take("weather", { v: 1 });
  take("stats", { v: 1 });
  assert.equal(model.malformed, 0);
  const { doc } = model.incidents.get("2-f3-1");
  assert.deepEqual([doc.steps.length, doc.causes.length, doc.drill, doc.shelved, doc.novelty], [1, 0, false, null, undefined]);
  assert.deepEqual([doc.steps[0].applies, doc.steps[0].status, doc.steps[0].deadline], ["unknown", "open", null]);
});

test("a value that is not good is no number, in the history too", () => {
  const { model, take } = setup();
  const point = (time, changes) => take("point/p", { v: 1, id: "p", zone: "f1", class: "c", name: {}, value: 3, text: null, unit: "bar",
    quality: "good", reason: null, time: new Date(time).toISOString(), ...changes });
  point(1000, {});
  point(2000, { value: 4 });
  point(2000, { value: null, quality: "stale", reason: "too old" });
  point(1500, { value: 9 }); // older than what is known
  assert.deepEqual(model.history.get("p"), { times: [1, 2], values: [3, null] });
  for (let i = 0; i < 5000; i++)
    point(10000 + i * 100, { value: i });
  assert.equal(model.history.get("p").times.length, 4000);
  point(10 * 3600 * 1000, {});
  assert.equal(model.history.get("p").times.length, 1, "older than 8 hours");
});

test("the most urgent first: real before drill, severe before slight, new before known", () => {
  const one = (id, changes) => ({ ...check.incident(JSON.stringify(incident(id)), id), ...changes });
  const list = [one("a", { severity: "low" }), one("b", { severity: "critical", drill: true }), one("c", { severity: "critical", state: "shelved-active" }),
    one("d", { severity: "high", state: "active-acknowledged" }), one("e", { severity: "high" }), one("f", { severity: "critical" })];
  assert.deepEqual(list.sort(byUrgency).map((doc) => doc.id), ["f", "e", "d", "a", "b", "c"]);
});

test("a step is overdue when it counts, is open, and its time has passed", () => {
  const base = { applies: "yes", status: "open", overdue: false, deadline: 1000 };
  assert.equal(isOverdue(base, 999), false);
  assert.equal(isOverdue(base, 1001), true);
  assert.equal(isOverdue({ ...base, status: "accepted" }, 1001), true);
  assert.equal(isOverdue({ ...base, status: "failed" }, 1001), true);
  assert.equal(isOverdue({ ...base, status: "done" }, 1001), false);
  assert.equal(isOverdue({ ...base, applies: "no" }, 1001), false);
  assert.equal(isOverdue({ ...base, deadline: null, overdue: true }, 1), true);
  assert.equal(stepCounts({ ...base, applies: "unknown" }), true);
  assert.equal(shortId("drill-2-f3.tea-1b3xk"), "drill-2-f3.tea");
});

test("the clock of facilityd is learned from its messages, and best from an answer", () => {
  let ms = 100000;
  const clock = serverClock(() => ms);
  for (let i = 0; i < 5; i++)
    clock.seen(ms - 30000 - i * 100); // this device is 30 s ahead, plus the way
  assert.equal(clock.offset(), 30000);
  assert.equal(clock.now(), 70000);
  clock.answered(ms - 29000, ms);
  assert.equal(clock.offset(), 29000);
  clock.forget();
  clock.seen(ms - 400);
  assert.equal(clock.now(), ms);
});

test("times for people", () => {
  const words = { seconds: "s", minutes: "min", hours: "h", days: "d" };
  assert.deepEqual([0, 65000, 3_900_000, -5].map(countdown), ["0:00", "1:05", "1:05:00", "0:00"]);
  assert.deepEqual([5000, 61000, 3_660_000, 7_200_000, 200_000_000].map((ms) => span(ms, words)), ["5 s", "1 min", "1 h 1 min", "2 h", "2 d"]);
});

/** Runs with a browser's sound that starts as it is told, and ticks by hand: pass(ms) gives how often it sounded. */
function withSound(state, run) {
  let ms = 1_000_000;
  const ticks = [], node = () => ({ connect: (to) => to, frequency: {}, start() {}, stop() {}, gain: { setValueAtTime() {}, linearRampToValueAtTime() {} } });
  const context = { state, currentTime: 0, createOscillator: node, createGain: node, resume: () => Promise.resolve() };
  const real = globalThis.setInterval;
  globalThis.window = { AudioContext: function AudioContext() {
    return context;
  } };
  globalThis.setInterval = (tick) => ticks.push(tick);
  try {
    const alarm = createAlarm({ now: () => ms, changed() {} });
    run(alarm, (after) => {
      for (const end = ms + after; ms < end; ms += 250)
        ticks.forEach((tick) => tick());
      return alarm.played;
    }, context);
  } finally {
    globalThis.setInterval = real;
    delete globalThis.window;
  }
}

test("a silenced sound comes back with the next raise, and after a time", () => withSound("running", (alarm, pass) => {
  assert.equal(alarm.state(), "blocked");
  alarm.enable();
  alarm.want("critical");
  assert.equal(pass(8000), 2);
  alarm.silence();
  assert.equal(pass(60000), 2);
  alarm.raise();
  assert.equal(pass(4000), 3);
  alarm.silence();
  assert.equal(pass(4 * 60000), 3);
  assert.ok(pass(2 * 60000) > 10, "after five minutes it is back");
  alarm.want(null);
  const last = alarm.played;
  assert.equal(pass(10000), last);
}));

test("what was raised before the browser gives sound is heard as soon as it does", () => withSound("suspended", (alarm, pass, context) => {
  alarm.enable();
  alarm.want("high");
  assert.equal(pass(1000), 0);
  context.state = "running";
  assert.equal(pass(250), 1, "and not at the next turn only");
}));

test("what was taken back from the broker is marked, also a lock", () => {
  const taken = incident("18-f2-1", { taken_back: true }), other = incident("18-f2-1");
  assert.equal(check.incident(JSON.stringify(taken), taken.id).takenBack, true);
  assert.equal(check.incident(JSON.stringify(other), other.id).takenBack, false);
  assert.equal(check.locks(JSON.stringify({ v: 1, locks: [{ lock: "zone:f2", taken_back: true }] }))[0].takenBack, true);
});
