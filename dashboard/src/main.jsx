// Puts the parts together: the address, the session, the link, the model, what is drawn and when.

import { render } from "preact";
import { createAlarm } from "./alarm.js";
import { openLink } from "./link.js";
import { createModel, isAside, isUnacknowledged, shortId } from "./model.js";
import { answerText, currentLanguage, pick, setLanguage, switchLanguage, t, word } from "./words.js";
import { watchKeys } from "./keys.js";
import { App, TABS } from "./views/app.jsx";

const OK_MS = 5000, LOADING_EVERY_MS = 300;
const RANKS = ["critical", "high", "medium", "low", "drill"];

const address = new URLSearchParams(location.search);
const ownUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/mqtt`;

/** Storage may be forbidden; then nothing is remembered. */
function remembered(storage, key, value) {
  try {
    if (value === undefined)
      return storage().getItem(key);
    if (value === null)
      storage().removeItem(key);
    else
      storage().setItem(key, value);
  } catch { /* as if empty */ }
  return null;
}
const local = () => localStorage, session = () => sessionStorage;

function parseRoute() {
  let [tab, id] = location.hash.slice(1).split("/");
  if (tab === "incident")
    tab = "incidents";
  try {
    id = id ? decodeURIComponent(id) : null;
  } catch {
    id = null;
  }
  return { tab: TABS.includes(tab) ? tab : "incidents", id };
}

const url = address.get("broker") || (location.host ? ownUrl : "");
const sessionKey = `facilityd ${url}`; // an account of one broker is never offered to another
const app = {
  url, brokerIsOther: url !== ownUrl, wall: address.has("wall"), wantedUser: address.get("user") ?? "",
  link: null, refused: false, sites: null, may: null, user: "", asked: null, toasts: [], route: parseRoute(),
  keysOn: remembered(local, "facilityd keys") !== "off", startedMs: 0,
};
app.forbidden = new Set(); // verbs that the broker did not let this account say
const busy = new Set();
let toastId = 0, drawing = false;

function draw() {
  drawing = false;
  const { model } = app;
  app.nowMs = model.now();
  app.waitedMs = Date.now() - app.startedMs;
  app.language = currentLanguage();
  app.canAct = app.may === true && model.current && !app.wall;
  render(<App app={app} />, document.getElementById("page"));
}

function changed() {
  soundAndTitle();
  if (drawing)
    return;
  drawing = true;
  // While all comes at once, a picture now and then is enough.
  if (app.model.connected && !app.model.synced)
    setTimeout(() => requestAnimationFrame(draw), LOADING_EVERY_MS);
  else
    requestAnimationFrame(draw);
}

// Not in draw(): a hidden tab draws nothing, but must sound.
let wasCurrent = false;
function soundAndTitle() {
  const { model, alarm } = app;
  const open = model.list().filter((incident) => !isAside(incident));
  const loud = open.filter(isUnacknowledged).map((incident) => (incident.drill ? "drill" : incident.severity));
  alarm.want(model.current && loud.length ? RANKS.find((rank) => loud.includes(rank)) ?? "high" : null);
  if (wasCurrent && !model.current && app.link)
    alarm.once("lost");
  wasCurrent = model.current;
  const name = pick(model.state?.site) || "facilityd";
  document.title = `${model.current ? "" : "⚠ "}${open.length ? `(${open.length}) ` : ""}${name}`;
}

function fresh() {
  app.model = createModel();
  app.model.changed = changed;
  app.model.raised = (incident) => {
    if (!isAside(incident))
      app.alarm.raise();
    changed();
  };
}

function open(user, password, site) {
  app.link?.end();
  fresh();
  Object.assign(app, { user, may: null, refused: false, sites: null, asked: null, toasts: [], startedMs: Date.now() });
  app.forbidden.clear();
  app.link = openLink({
    url, user, password, site, wall: app.wall, model: app.model,
    refused: () => {
      remembered(session, sessionKey, null);
      Object.assign(app, { link: null, refused: Boolean(user || password) });
      changed();
    },
    sites: (sites) => {
      app.sites = sites;
      changed();
    },
    may: (yes) => {
      app.may = yes;
      changed();
    },
    late: (verb, answer) => toast({ what: word("button", verb), kind: answer.ok ? "ok" : "refused",
      text: t("answerLate", answer.ok ? t("answerOk") : answerText(answer.error)) }),
  });
  app.chooseSite = (chosen) => open(user, password, chosen);
  changed();
}

app.alarm = createAlarm({ changed: () => changed() });
app.login = (user, password) => {
  app.alarm.enable();
  remembered(session, sessionKey, JSON.stringify({ user, password }));
  open(user, password, address.get("site") ?? "");
};
app.logout = () => {
  remembered(session, sessionKey, null);
  const { link } = app;
  Object.assign(app, { link: null, wantedUser: app.user });
  link?.end();
  fresh();
  changed();
};
app.switchLanguage = () => {
  remembered(local, "facilityd language", switchLanguage());
  changed();
};
app.setKeys = (on) => {
  app.keysOn = on;
  remembered(local, "facilityd keys", on ? "on" : "off");
  changed();
};
app.ask = (asked) => {
  app.asked = asked;
  changed();
};
app.toggleSound = () => {
  const state = app.alarm.state();
  if (state === "blocked")
    app.alarm.enable();
  else if (state === "on")
    app.alarm.silence();
  else
    app.alarm.unsilence();
};
app.skip = (event) => {
  event.preventDefault();
  document.querySelector("#content a, #content button")?.focus();
};

// Commands ---------------------------------------------------------------

function toast(entry) {
  const id = ++toastId;
  app.toasts = [...app.toasts, { id, ...entry }].slice(-6);
  changed();
  if (entry.kind === "ok")
    setTimeout(() => app.dismiss(id), OK_MS);
  return id;
}
app.dismiss = (id) => {
  app.toasts = app.toasts.filter((one) => one.id !== id);
  changed();
};

function outcome(answer) {
  if (answer.ok)
    return t("answerOk");
  if (answer.denied)
    return t("answerDenied");
  if (answer.unsent)
    return t("answerUnsent");
  return answer.silent ? t("answerSilent") : t("answerRefused", answerText(answer.error));
}

const busyKey = (verb, incident, step) => `${verb} ${incident ?? ""} ${step ?? ""}`;
app.isBusy = (verb, incident, step) => busy.has(busyKey(verb, incident, step));
app.run = async (verb, members) => {
  const key = busyKey(verb, members.incident, members.step ?? members.fact);
  const what = `${word("button", verb)} ${members.incident ? shortId(members.incident) : members.zone ?? ""}`;
  if (busy.has(key))
    return; // pressed again before it was drawn
  busy.add(key);
  const pending = toast({ what, kind: "pending", text: t("sending") });
  const answer = await app.link.command(verb, { ...members });
  busy.delete(key);
  app.dismiss(pending);
  toast({ what, kind: answer.ok ? "ok" : "refused", text: outcome(answer) });
  if (answer.denied)
    app.forbidden.add(verb);
  changed();
};

// Start ------------------------------------------------------------------

setLanguage(address.get("lang") ?? remembered(local, "facilityd language") ?? "zh");
fresh();
if (app.wall)
  document.documentElement.classList.add("dark");
addEventListener("hashchange", () => {
  app.route = parseRoute();
  draw();
  if (app.route.id)
    document.getElementById("detail-title")?.focus({ preventScroll: true });
  scrollTo(0, 0);
});
watchKeys(app);
setInterval(changed, 1000);
addEventListener("pointerdown", () => app.alarm.enable(), { once: true });
addEventListener("keydown", () => app.alarm.enable(), { once: true });

const kept = JSON.parse(remembered(session, sessionKey) ?? "null");
if (kept)
  open(kept.user, kept.password, address.get("site") ?? "");
else if (app.wall)
  open(app.wantedUser, "", address.get("site") ?? ""); // a broker may show the wall to anybody
changed();
