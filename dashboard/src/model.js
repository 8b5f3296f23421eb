// What the page knows. Fed with messages by link.js; knows neither MQTT nor the page, so that tests
// run it as it is. `current` says whether it may be shown as the present.

import * as check from "./check.js";
import { serverClock } from "./time.js";

const RECORD_MAX = 500, SEEN_MAX = 2000, COMPLAINTS_MAX = 20;
const HISTORY_MS = 8 * 3600 * 1000, HISTORY_MAX = 4000;
export const SETTLE_MS = 3000; // facilityd says "online" first, and then all that is retained

const RANK = { critical: 3, high: 2, medium: 1, low: 0 };
const ASIDE = /^(shelved|suppressed|handed-over)/;

export const isAside = (incident) => ASIDE.test(incident.state);
export const isUnacknowledged = (incident) => /-unacknowledged$/.test(incident.state);
export const isOpenStep = (step) => !["done", "skipped", "did-not-occur"].includes(step.status);
/** "2-f3": what people say, and commands take. */
export const shortId = (id) => id.replace(/-[^-]+$/, "");
export const floorOf = (zone) => zone.split(".")[0];

/** An action that waits for a person, or may be ordered again; else only for a room more. */
export const isReleasable = (action) => ["awaiting", "failed", "lost"].includes(action.state);
/** A step that waits for the answer to its fact's question: nothing is expected of it yet. */
export const isWaiting = (step) => Boolean(step.fact) && step.applies === "unknown";

/** A step that counts: it applies, or may. */
export function stepCounts(step) {
  return step.applies !== "no" && !isWaiting(step);
}

export const isLateQuestion = (fact, nowMs) => fact.asked
  && (fact.overdue || (fact.deadline !== null && fact.deadline < nowMs));

export function isOverdue(step, nowMs) {
  return isOpenStep(step) && stepCounts(step)
    && (step.overdue || (step.deadline !== null && step.deadline < nowMs));
}

/** The most urgent first; set aside last. */
export function byUrgency(a, b) {
  return isAside(a) - isAside(b) || a.drill - b.drill || (RANK[b.severity] ?? 2) - (RANK[a.severity] ?? 2)
    || isUnacknowledged(b) - isUnacknowledged(a) || b.raised - a.raised || (a.id < b.id ? -1 : 1);
}

export function createModel({ now = Date.now, later = setTimeout } = {}) {
  const model = {
    clock: serverClock(now),
    openedMs: now(),
    connected: false, // to the broker
    synced: false, // all that the broker retained has come since the last connect
    heardMs: null, // this device's time: when facilityd was last heard, while it was there
    state: null, plan: null, stats: null, locks: [],
    incidents: new Map(), points: new Map(), troubles: new Map(), outputs: new Map(), // id -> { doc, fresh }
    record: [], // of closed incidents, the newest first: { doc, how, atMs }
    history: new Map(), // point -> { times: [s], values: [number|null] }
    malformed: 0,
    complaints: [], // the last ones: { topic, why }
    raised: () => {}, // called at each raise that is heard live
    changed: () => {},
  };
  const seen = new Set(); // ids of alerts
  const told = new Set(); // ids of incidents whose first raise was told
  let sorted = null; // the list, until an incident changes
  const kinds = { incident: model.incidents, point: model.points, trouble: model.troubles, output: model.outputs };

  const isThere = () => model.connected && model.synced && model.state?.status === "online";
  Object.defineProperty(model, "current", { get: isThere });

  /** The alert has the last document, but may come after the topic was cleared: it wins. */
  function keepRecord(doc, how) {
    const entry = { doc, how, atMs: doc.closed ?? model.clock.now() };
    const known = model.record.findIndex((one) => one.doc.id === doc.id);
    if (known < 0)
      model.record = [entry, ...model.record].slice(0, RECORD_MAX);
    else if (how === "closed")
      model.record[known] = entry;
  }

  function keepHistory(point) {
    if (point.time === null)
      return;
    const line = model.history.get(point.id) ?? { times: [], values: [] };
    const at = point.time / 1000, last = line.times.length - 1;
    const value = point.quality === "good" ? point.value : null;
    model.history.set(point.id, line);
    if (last >= 0 && at < line.times[last])
      return;
    if (last >= 0 && at === line.times[last]) {
      line.values[last] = value; // it was read then, and has gone stale since
      return;
    }
    line.times.push(at);
    line.values.push(value);
    const floor = at - HISTORY_MS / 1000;
    let old = Math.max(0, line.times.length - HISTORY_MAX);
    while (line.times[old] < floor)
      old++;
    line.times.splice(0, old);
    line.values.splice(0, old);
  }

  /** What was not told again since the last connect is not there any more. */
  function dropUnconfirmed() {
    sorted = null;
    for (const [kind, map] of Object.entries(kinds))
      for (const [id, entry] of map)
        if (!entry.fresh) {
          map.delete(id);
          if (kind === "incident")
            keepRecord(entry.doc, "away");
        }
    model.synced = true;
  }

  function takeState(payload, isRetained) {
    const doc = check.state(payload), was = model.state;
    model.state = doc;
    if (isRetained) {
      dropUnconfirmed(); // the broker sends it last: it was subscribed last
    } else if (doc.status === "online" && (!model.synced || was?.status !== "online")) {
      model.synced = false;
      later(() => {
        if (model.connected) {
          dropUnconfirmed();
          model.changed();
        }
      }, SETTLE_MS);
    }
  }

  /** False when it is there already. */
  function remember(ids, id) {
    if (ids.has(id))
      return false;
    ids.add(id);
    if (ids.size > SEEN_MAX)
      ids.delete(ids.values().next().value);
    return true;
  }

  /** Its alert and its document tell of the same first raise: the later of them ends no silence, and does not sound again. */
  const isTold = (incident, isFirst) => !remember(told, incident.id) && isFirst;

  function takeAlert(payload) {
    const doc = check.alert(payload);
    if (!remember(seen, doc.id))
      return;
    if (doc.event === "closed" && doc.incident)
      keepRecord(doc.incident, "closed");
    const isFull = doc.event === "stage" && doc.incident?.stage === "full";
    if ((doc.event === "raised" || doc.event === "reraised" || doc.event === "escalated" || isFull) && doc.incident
      && !isTold(doc.incident, doc.event === "raised"))
      model.raised(doc.incident, doc.event);
  }

  /** Not every account hears alerts: a new incident that calls for people, or one that does so again, or is full now, is a raise too. */
  function callsForPeople(doc) {
    const was = model.incidents.get(doc.id)?.doc, calls = (one) => isUnacknowledged(one) && !isAside(one);
    return calls(doc) && !(was && calls(was) && !(was.stage === "first" && doc.stage === "full"));
  }

  function takeKept(kind, id, payload, isRetained) {
    const map = kinds[kind];
    if (payload !== "") {
      const doc = check[kind](payload, id);
      const isRaise = kind === "incident" && !isRetained && callsForPeople(doc), isFirst = !map.has(id);
      sorted = kind === "incident" ? null : sorted;
      map.set(id, { doc, fresh: true });
      if (kind === "point")
        keepHistory(doc);
      if (isRaise && model.current && !isTold(doc, isFirst))
        model.raised(doc, "raised");
      return doc.time ?? null;
    }
    const gone = map.get(id);
    map.delete(id);
    sorted = null;
    if (kind === "incident" && gone)
      keepRecord(gone.doc, "gone");
    return null;
  }

  function take(topic, payload, isRetained) {
    const slash = topic.indexOf("/");
    const kind = slash < 0 ? topic : topic.slice(0, slash), id = slash < 0 ? "" : topic.slice(slash + 1);
    if (kind in kinds && id) {
      const time = takeKept(kind, id, payload, isRetained);
      if (time && !isRetained && kind === "point")
        model.clock.seen(time);
    } else if (topic === "state" && payload !== "") {
      takeState(payload, isRetained);
    } else if ((topic === "plan" || topic === "stats" || topic === "locks") && payload !== "") {
      model[topic] = check[topic](payload);
    } else if (topic === "alert") {
      takeAlert(payload);
    }
  }

  /** One message below the prefix. */
  model.message = (topic, payload, isRetained) => {
    try {
      take(topic, payload, isRetained);
    } catch (error) {
      if (!(error instanceof check.Malformed))
        throw error;
      model.complain(topic, error.message);
    }
    if (model.current)
      model.heardMs = now();
    model.changed();
  };

  model.complain = (topic, why) => {
    model.malformed++;
    model.complaints = [{ topic: topic.slice(0, 200), why }, ...model.complaints].slice(0, COMPLAINTS_MAX);
    model.changed();
  };

  /** The broker is there still (a sign of life that says nothing new). */
  model.alive = () => {
    if (model.current)
      model.heardMs = now();
  };

  model.link = (connected) => {
    if (connected && !model.connected) {
      model.synced = false;
      for (const map of Object.values(kinds))
        for (const entry of map.values())
          entry.fresh = false;
    }
    model.connected = connected;
    model.changed();
  };

  /** Now, as facilityd has it; frozen while nothing can be said of the present. */
  model.now = () => {
    const offset = now() - model.clock.now();
    return model.current ? now() - offset : (model.heardMs ?? now()) - offset;
  };

  model.list = () => {
    sorted ??= [...model.incidents.values()].map((entry) => entry.doc).sort(byUrgency);
    return sorted;
  };
  return model;
}
