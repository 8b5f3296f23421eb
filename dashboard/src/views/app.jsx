// The frame: what the link is worth, where one is, what was answered.

import { isAside } from "../model.js";
import { clock, span } from "../time.js";
import { nextLanguage, pick, t, units } from "../words.js";
import { Building, Point } from "./building.jsx";
import { Asked } from "./asked.jsx";
import { Icon } from "./icons.jsx";
import { Incident } from "./incident.jsx";
import { IncidentList } from "./incidents.jsx";
import { Record, Statistics, Troubles } from "./lists.jsx";
import { Login, Sites } from "./login.jsx";
import { Wall } from "./wall.jsx";
import { title } from "./words.jsx";

export const TABS = ["incidents", "building", "troubles", "record", "statistics"];
const ICONS = { incidents: "high", building: "building", troubles: "trouble", record: "record", statistics: "statistics" };

/** Why what is shown is not the present; null: it is. */
function away(app) {
  const { model } = app;
  if (model.current)
    return null;
  if (!model.connected)
    return app.waitedMs < 2000 ? "connecting" : "brokerAway";
  if (model.state?.status === "offline")
    return "daemonAway";
  return model.state || app.waitedMs < 3000 ? "loading" : "daemonNever";
}

function Sound({ app }) {
  const state = app.alarm.state();
  const word = { on: t("soundOn"), silenced: t("soundSilenced", clock(app.alarm.silencedUntil()).slice(0, 5)), blocked: t("soundBlocked") }[state];
  return (
    <button class={`sound ${state}`} onClick={app.toggleSound} aria-label={state === "on" ? `${word}: ${t("silence")}` : word} title={word}>
      <Icon name={state === "on" ? "sound" : "mute"} size="18" /><span class="label">{word}</span>
    </button>
  );
}

function Header({ app, why }) {
  const site = app.model.state?.site;
  return (
    <header class="top">
      <h1><Icon name="building" size="20" /><span>{pick(site) || "facilityd"}</span></h1>
      <span class={`live ${why ? "off" : "on"}`}><Icon name={why ? "away" : "link"} />{why ? t("linkOff") : t("linkOn")}
        <time>{why && !app.model.heardMs ? "–" : clock(app.nowMs)}</time></span>
      <Sound app={app} />
      {!app.wall && (
        <>
          <button class="plain" lang={app.language === "zh" ? "en" : "zh-CN"} title={t("languageTitle")} onClick={app.switchLanguage}>{nextLanguage()}</button>
          <button class="plain wide-only" onClick={() => app.ask({ kind: "help" })} aria-label={t("help")} title={t("help")}>?</button>
          <button class="plain" onClick={app.logout} title={`${app.user} · ${t("logout")}`}>
            <span class="wide-only">{app.user} · </span>{t("logout")}</button>
        </>
      )}
    </header>
  );
}

function Banners({ app, why }) {
  const drills = app.model.list().filter((incident) => incident.drill);
  const { heardMs, state } = app.model;
  const asOf = heardMs ?? (state?.status === "offline" ? state.since : null);
  return (
    <div class="banners" aria-live="assertive">
      {why && (
        <p class={`banner ${why === "connecting" || why === "loading" ? "quiet" : "lost"}`} role={why === "connecting" ? "status" : "alert"}>
          <Icon name="away" size="20" /><b>{t(why)}</b>
          {why !== "connecting" && why !== "loading" && <span>{asOf ? t("notCurrent", clock(asOf)) : t("notCurrentUnknown")}</span>}
        </p>
      )}
      {drills.length > 0 && (
        <p class="banner drill"><Icon name="drill" size="20" /><b>{t("drillBanner", drills.map(title).join(", "))}</b></p>
      )}
    </div>
  );
}

function Nav({ app }) {
  const counts = { incidents: app.model.list().filter((incident) => !isAside(incident)).length, troubles: app.model.troubles.size };
  const here = app.route.tab;
  return (
    <nav class="tabs" aria-label="facilityd">
      {TABS.map((tab) => (
        <a key={tab} href={`#${tab}`} aria-current={tab === here ? "page" : undefined}>
          <Icon name={ICONS[tab]} size="20" /><span>{t(tab)}</span>
          {counts[tab] > 0 && <b class={`badge ${tab}`}>{counts[tab]}</b>}
        </a>
      ))}
    </nav>
  );
}

function Content({ app }) {
  const { tab, id } = app.route;
  const none = (key) => <section class="detail empty-detail"><p class="empty">{t(key)}</p></section>;
  const lists = {
    incidents: () => [<IncidentList app={app} chosen={id} />, id ? <Incident key={id} app={app} id={id} /> : none("chooseIncident")],
    building: () => [<Building app={app} chosen={id} />, id ? <Point key={id} app={app} id={id} /> : none("choosePoint")],
    troubles: () => [<Troubles app={app} />],
    record: () => [<Record app={app} chosen={id} />, id ? <Incident key={id} app={app} id={id} /> : none("chooseIncident")],
    statistics: () => [<Statistics app={app} />],
  };
  return <main class={`content${id ? " has-detail" : ""}`} id="content" key={tab}>{lists[tab]()}</main>;
}

function Toasts({ app }) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {app.toasts.map((toast) => (
        <p key={toast.id} class={`toast ${toast.kind}`}>
          <Icon name={{ ok: "done", refused: "failed", pending: "clock" }[toast.kind]} size="18" />
          <span><b>{toast.what}</b> {toast.text}</span>
          {toast.kind === "refused" && <button class="plain" onClick={() => app.dismiss(toast.id)}>{t("dismiss")}</button>}
        </p>
      ))}
    </div>
  );
}

function Corner({ app }) {
  const { model } = app, offMs = model.clock.offset();
  return (
    <footer class="corner">
      {app.may === false && !app.wall && <span class="chip"><Icon name="away" />{t("readOnly")}</span>}
      {Math.abs(offMs) > 5000 && <span class="chip">{t("clockOff", span(Math.abs(offMs), units()))}</span>}
      {model.malformed > 0 && <button class="chip" onClick={() => app.ask({ kind: "malformed" })}>{t("malformed", model.malformed)}</button>}
    </footer>
  );
}

export function App({ app }) {
  if (!app.link)
    return <Login app={app} />;
  if (app.sites)
    return <Sites app={app} />;
  const why = away(app);
  const drill = app.model.list().some((incident) => incident.drill);
  return (
    <div class={`app${why ? " away" : ""}${app.wall ? " dark" : ""}${drill ? " in-drill" : ""}`}>
      {!app.wall && <a class="skip" href="#content" onClick={app.skip}>{t("skipLink")}</a>}
      <Header app={app} why={why} />
      <Banners app={app} why={why} />
      {app.wall ? <Wall app={app} /> : <><Nav app={app} /><Content app={app} /></>}
      <Corner app={app} />
      <Toasts app={app} />
      <Asked app={app} />
    </div>
  );
}
