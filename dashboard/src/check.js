// What comes from the broker is untrusted: each document is read member by member into a plain
// object with times in ms. A member that is unknown is ignored; one that is missing or of another
// kind becomes null or "". A document without what makes it one throws, and is counted.

const TEXT_MAX = 4000, LIST_MAX = 1000;

export class Malformed extends Error {}

function demand(condition, what) {
  if (!condition)
    throw new Malformed(what);
}

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const text = (value) => (typeof value === "string" ? value.slice(0, TEXT_MAX) : "");
const number = (value) => (Number.isFinite(value) ? value : null);
const time = (value) => {
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isFinite(ms) ? ms : null;
};
const list = (value, each) => (Array.isArray(value) ? value.slice(0, LIST_MAX).filter(isObject).map(each) : []);
const optional = (value, each) => (isObject(value) ? each(value) : null);
const names = (value) => (isObject(value) ? { zh: text(value.zh), en: text(value.en) } : { zh: "", en: "" });
const named = (value) => ({ id: text(value.id), zh: text(value.zh), en: text(value.en) });

function parse(payload) {
  let value;
  try {
    value = JSON.parse(payload);
  } catch {
    throw new Malformed("not JSON");
  }
  demand(isObject(value), "not an object");
  demand(value.v === 1, "not version 1");
  return value;
}

const reading = (value) => ({
  value: number(value.value), text: optional(value.text, names), unit: text(value.unit),
  quality: text(value.quality) || "bad", reason: text(value.reason), time: time(value.time),
});

const cause = (value) => ({
  rule: text(value.rule), name: names(value.name), by: text(value.by), note: text(value.note),
  active: value.active === true, chattering: value.chattering === true, since: time(value.since),
  until: time(value.until),
  readings: list(value.readings, (r) => ({ point: text(r.point), name: names(r.name), ...reading(r) })),
});

const action = (value) => ({
  id: text(value.id), name: names(value.name), mode: text(value.mode), state: text(value.state),
  time: time(value.time), first: optional(value.first, (f) => ({ by: text(f.by), until: time(f.until) })),
  outputs: list(value.outputs, (o) => ({
    point: text(o.point), name: names(o.name), wanted: number(o.wanted), text: optional(o.text, names),
    state: text(o.state), error: text(o.error), time: time(o.time), again: time(o.again),
  })),
  released: list(value.released, named),
  places: list(value.places, (place) => ({ ...named(place),
    outputs: (Array.isArray(place.outputs) ? place.outputs : []).map(text).filter(Boolean) })),
});

const step = (value) => ({
  id: text(value.id), clause: text(value.clause), text: names(value.text), roles: list(value.roles, named),
  deadline: time(value.deadline), mandatory: value.mandatory === true, applies: text(value.applies) || "unknown",
  status: text(value.status) || "open", overdue: value.overdue === true,
  by: list(value.by, named), tell: list(value.tell, named), fact: text(value.fact), user: text(value.user),
  time: time(value.time), note: text(value.note), action: optional(value.action, action),
});

const fact = (value) => ({
  id: text(value.id), question: names(value.question), ask: list(value.ask, named), value: text(value.value) || "unknown",
  assumed: value.assumed === true, by: text(value.by), time: time(value.time), note: text(value.note),
  asked: value.asked === true, deadline: time(value.deadline), overdue: value.overdue === true,
});

const done = (value) => ({ by: text(value.by), time: time(value.time), note: text(value.note) });

function incidentOf(value) {
  demand(isObject(value) && text(value.id), "an incident without id");
  demand(text(value.state), "an incident without state");
  demand(isObject(value.name), "an incident without name");
  const raised = time(value.raised);
  demand(raised !== null, "an incident without time of its raise");
  return {
    id: text(value.id), type: number(value.type), typeId: text(value.type_id), name: names(value.name),
    zone: text(value.zone), zoneName: names(value.zone_name), severity: text(value.severity),
    state: text(value.state), stage: text(value.stage), drill: value.drill === true,
    takenBack: value.taken_back === true, raised, returned: time(value.returned),
    closed: time(value.closed), acknowledged: optional(value.acknowledged, done),
    shelved: optional(value.shelved, (s) => ({ ...done(s), until: time(s.until) })),
    suppressed: optional(value.suppressed, (s) => ({ by: text(s.by), until: time(s.until) })),
    handedOver: optional(value.handed_over, (h) => ({ ...done(h), to: text(h.to) })),
    escalation: optional(value.escalation, (e) => ({ level: number(e.level) ?? 0, of: number(e.of) ?? 0,
      next: time(e.next) })),
    causes: list(value.causes, cause), facts: list(value.facts, fact), steps: list(value.steps, step),
  };
}

export function incident(payload, id) {
  const value = incidentOf(parse(payload));
  demand(value.id === id, "the id is not that of the topic");
  return value;
}

export function point(payload, id) {
  const value = parse(payload);
  demand(value.id === id, "the id is not that of the topic");
  return { id, zone: text(value.zone), class: text(value.class), name: names(value.name), ...reading(value) };
}

export function trouble(payload, id) {
  const value = parse(payload);
  demand(value.id === id, "the id is not that of the topic");
  return { id, text: names(value.text), since: time(value.since) };
}

export function state(payload) {
  const value = parse(payload);
  demand(value.status === "online" || value.status === "offline", "status is neither online nor offline");
  return { status: value.status, site: optional(value.site, named), version: text(value.version),
    since: time(value.since) };
}

export function plan(payload) {
  const value = parse(payload);
  return {
    types: list(value.types, (t) => ({ number: number(t.number), id: text(t.id), name: names(t.name),
      severity: text(t.severity) })).filter((t) => t.number !== null),
    roles: list(value.roles, named), zones: list(value.zones, named),
    chain: list(value.chain, (c) => ({
      roles: (Array.isArray(c.roles) ? c.roles : []).map(text).filter(Boolean), afterS: number(c.after_s),
    })),
  };
}

export function alert(payload) {
  const value = parse(payload);
  demand(text(value.id), "an event without id");
  demand(text(value.event), "an event without name");
  return { id: text(value.id), event: text(value.event), time: time(value.time), replayed: value.replayed === true,
    drill: value.drill === true, step: text(value.step), user: text(value.user), note: text(value.note),
    incident: isObject(value.incident) ? incidentOf(value.incident) : null };
}

export function reply(payload) {
  const value = parse(payload);
  demand(typeof value.ok === "boolean", "an answer without ok");
  return { id: text(value.id), ok: value.ok, error: text(value.error), time: time(value.time) };
}

export function output(payload, id) {
  const value = parse(payload);
  const claims = list(value.claims, (one) => ({ incident: text(one.incident), hand: optional(one.hand, (hand) => ({
    by: text(hand.by), until: time(hand.until), ended: hand.ended === true })), since: time(one.since), said: one.said === true }));
  return { id, name: names(value.name), wanted: number(value.wanted), before: number(value.before), stuck: text(value.stuck), claims };
}

export function locks(payload) {
  return list(parse(payload).locks, (one) => ({ lock: text(one.lock), quiet: one.quiet === true, takenBack: one.taken_back === true, type: number(one.type),
    by: text(one.by), reason: text(one.reason), until: time(one.until),
    outputs: isObject(one.covers?.outputs) ? number(one.covers.outputs.count) : null }));
}

function counts(value, keys) {
  return Object.fromEntries(keys.map((key) => [key, isObject(value) ? number(value[key]) : null]));
}

export function stats(payload) {
  const value = parse(payload), raised = isObject(value.raised) ? value.raised : {};
  const one = (entry) => ({ incident: text(entry.incident), rule: text(entry.rule), zone: text(entry.zone),
    type: number(entry.type), raises: number(entry.raises), since: time(entry.since) });
  return {
    time: time(value.time),
    open: counts(value.open, ["active", "returned", "unacknowledged", "shelved", "suppressed", "handed_over",
      "drills"]),
    raised: { ...counts(raised, ["last_10_min", "last_hour", "last_day", "average_per_10_min", "peak_10_min"]),
      peak_time: time(raised.peak_time) },
    flood: optional(value.flood, (f) => ({ active: f.active === true, since: time(f.since), limit: number(f.limit),
      percentOfDay: number(f.percent_of_day) })),
    chattering: list(value.chattering, one), standing: list(value.standing, one), stale: list(value.stale, one),
    mostFrequent: list(value.most_frequent, one),
  };
}
