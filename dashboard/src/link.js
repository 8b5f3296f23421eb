// The link to the broker: MQTT 5 over websockets. Feeds the model; sends commands and matches their
// answers. One link at a time, for one account.

import mqtt from "mqtt";
import * as check from "./check.js";

const ANSWER_MS = 10000;
const EXPIRES_MS = 15000; // a command that was held up does nothing after this
const LATE_MS = 60000; // an answer that comes after its time is still told
// Mosquitto sends what is longer than 4 KiB over a websocket in parts, and the next part only when its loop turns: with
// any packet of anybody, or after 100 ms. An incident has 5 to 10 KiB; pings turn the loop while some are on their way.
const NUDGE_EVERY_MS = 5, NUDGE_FOR_MS = 150, NUDGE_LOADING_MS = 20000;
const REFUSED = new Set([0x86, 0x87, 0x8c, 4, 5]); // user or password, not authorised, method
// What is retained needs no acknowledgement: the newest is all that counts, and each connect brings it anew. It would cost
// a broker that saves itself at each change (as facilityd asks for) a save for each of them.
const RETAINED = ["plan", "stats", "locks", "point/+", "incident/+", "trouble/+", "output/+"], STREAMS = ["alert"];
const USER = /^[a-z0-9]+([-_.][a-z0-9]+)*$/;

export const isUser = (name) => name.length <= 32 && USER.test(name);

const random = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

/**
 * options: url, user, password, site ("": the only one that the broker tells of), model,
 * refused(): the broker does not let this account in; sites(list): there are several, or (none named)
 * it does not say;
 * may(yes): whether this account may command; late(verb, answer).
 */
export function openLink({ url, user, password, site: wanted, wall, model, refused, sites, may, late }) {
  const page = random();
  const pending = new Map(); // id -> { verb, settle, sentMs }
  let site = wanted, found = new Set(), prefix = "", ended = false, askedHello = false, nudging = null, nudgeUntilMs = 0;
  const client = mqtt.connect(url, {
    protocolVersion: 5, clean: true, resubscribe: false, reconnectPeriod: 1000, connectTimeout: 5000, keepalive: 5,
    clientId: `dashboard-${page}`, username: user || undefined, password: password || undefined, queueQoSZero: false,
  });

  function nudge(forMs) {
    nudgeUntilMs = Math.max(nudgeUntilMs, Date.now() + forMs);
    nudging ??= setInterval(() => {
      if (client.connected && Date.now() < nudgeUntilMs) {
        client.sendPing();
        return;
      }
      clearInterval(nudging);
      nudging = null;
    }, NUDGE_EVERY_MS);
  }

  function subscribe() {
    nudgeUntilMs = 0;
    nudge(NUDGE_LOADING_MS);
    prefix = `facility/${site}/`;
    const replies = isUser(user) ? [`reply/${user}/${page}`] : [];
    client.subscribe([...STREAMS, ...replies].map((topic) => prefix + topic), { qos: 1 }, () => {});
    client.subscribe(RETAINED.map((topic) => prefix + topic), { qos: 0 }, () => {});
    // Last: when its retained message has come, all others have.
    client.subscribe(`${prefix}state`, { qos: 0 }, () => {});
  }

  function takeSite(topic) {
    const match = /^facility\/([^/]+)\/state$/.exec(topic);
    if (!match || site)
      return;
    found.add(match[1]);
    setTimeout(() => {
      if (site || ended)
        return;
      if (found.size === 1) {
        [site] = found;
        client.unsubscribe("facility/+/state");
        subscribe();
      } else {
        sites([...found].sort());
      }
    }, 300);
  }

  function takeReply(payload, packet) {
    const answer = check.reply(payload);
    const id = packet.properties?.correlationData?.toString() || answer.id;
    const asked = pending.get(id);
    if (!asked)
      return;
    pending.delete(id);
    if (answer.time)
      model.clock.answered(answer.time, asked.sentMs);
    if (asked.settle)
      asked.settle(answer);
    else
      late(asked.verb, answer);
  }

  function onMessage(topic, payload, packet) {
    const text = payload.toString();
    if (!site) {
      takeSite(topic);
      return;
    }
    if (!topic.startsWith(prefix))
      return;
    const below = topic.slice(prefix.length);
    if (!below.startsWith("reply/")) {
      const wasCurrent = model.current;
      model.message(below, text, packet.retain === true);
      if (model.current && !wasCurrent)
        nudgeUntilMs = 0;
      if (below === "alert" || below.startsWith("incident/"))
        nudge(NUDGE_FOR_MS);
      greet();
      return;
    }
    try {
      takeReply(text, packet);
    } catch (error) {
      if (!(error instanceof check.Malformed))
        throw error;
      model.complain(below, error.message);
    }
  }

  /** Asks whether this account may command, once for each connect. */
  function greet() {
    if (askedHello || !model.current)
      return;
    askedHello = true;
    if (wall || !isUser(user)) {
      may(false);
      return;
    }
    command("hello", {}).then((answer) => may(!answer.denied));
  }

  /** { ok, error }, or { ok: false, denied | unsent | silent: true }. Never rejects. */
  function command(verb, members) {
    if (!client.connected || !prefix)
      return Promise.resolve({ ok: false, unsent: true });
    const id = random(), sentMs = Date.now();
    const body = { id, expires: new Date(model.clock.now() + EXPIRES_MS).toISOString(), ...members };
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle({ ok: false, silent: true }), ANSWER_MS);
      const entry = { verb, sentMs, settle };
      function settle(answer) {
        clearTimeout(timer);
        entry.settle = null;
        resolve(answer);
      }
      pending.set(id, entry);
      setTimeout(() => pending.delete(id), LATE_MS);
      const properties = { responseTopic: `${prefix}reply/${user}/${page}`, correlationData: id,
        messageExpiryInterval: EXPIRES_MS / 1000, contentType: "application/json" };
      client.publish(`${prefix}cmd/${user}/${verb}`, JSON.stringify(body), { qos: 1, properties }, (error) => {
        if (error?.code === 0x87 && entry.settle)
          settle({ ok: false, denied: true });
        else if (error && entry.settle)
          settle({ ok: false, unsent: true });
      });
    });
  }

  client.on("connect", () => {
    askedHello = false;
    model.link(true);
    if (site)
      subscribe();
    else
      client.subscribe("facility/+/state", { qos: 0 }, (_, granted) => {
        if ((granted?.[0]?.qos ?? 0) >= 0x80)
          sites([]); // the access list does not let one ask
      });
  });
  client.on("message", onMessage);
  client.on("packetreceive", () => model.alive());
  client.on("close", () => model.link(false));
  client.on("error", (error) => {
    if (REFUSED.has(error.code) && !ended) {
      end();
      refused();
    }
  });

  function end() {
    ended = true;
    client.end(true);
    model.link(false);
  }
  return { command, end, get site() { return site; } };
}
