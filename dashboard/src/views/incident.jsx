// One incident: what, where, since when, why, what the plan says, and what a person may do.

import { isUnacknowledged, shortId } from "../model.js";
import { clock, countdown, moment, span } from "../time.js";
import { pick, reasonText, states, t, units, word } from "../words.js";
import { Icon } from "./icons.jsx";
import { Facts } from "./facts.jsx";
import { classesOf } from "./incidents.jsx";
import { Steps } from "./steps.jsx";
import { TakenButtons } from "./taken.jsx";
import { DrillMark, FirstMark, Severity, StateWords, UnprovedMark, readingText, who } from "./words.jsx";

function Cause({ app, cause }) {
  const { nowMs } = app;
  return (
    <li class={cause.active ? "cause" : "cause over"}>
      <span class="row">
        <strong>{pick(cause.name)}</strong>
        <span class="state">{states(cause.active ? "active-acknowledged" : "returned-acknowledged")[0]}</span>
        {cause.chattering && <span class="state">{t("chattering")}</span>}
        {cause.since && <span class="muted">{moment(cause.since, nowMs)}{cause.until ? `–${moment(cause.until, nowMs)}` : ""}</span>}
      </span>
      {cause.by && <span class="said">{t("reportedBy", who(app, cause.by))}{cause.note ? `: ${cause.note}` : ""}</span>}
      {!cause.by && cause.note && <span class="said">{cause.note}</span>}
      {cause.readings.map((reading) => (
        <a key={reading.point} class="reading" href={`#building/${encodeURIComponent(reading.point)}`}>
          <span>{pick(reading.name) || reading.point}</span>
          <b>{readingText(reading) ?? `${t("noValue")}: ${reasonText(reading.reason)}`}</b>
          {reading.time && <span class="muted">{clock(reading.time)}</span>}
        </a>
      ))}
    </li>
  );
}

/** Why it stands aside, and how far it went up the chain. */
function Circumstances({ app, incident }) {
  const { nowMs } = app;
  const { acknowledged, shelved, suppressed, handedOver, escalation } = incident;
  const lines = [];
  if (acknowledged)
    lines.push(t("acknowledgedBy", who(app, acknowledged.by), moment(acknowledged.time ?? 0, nowMs)));
  if (shelved)
    lines.push(`${t("shelvedUntil", who(app, shelved.by), moment(shelved.until ?? 0, nowMs))} ${shelved.note}`);
  if (suppressed)
    lines.push(`${t("suppressedBy", shortId(suppressed.by))} ${suppressed.until ? t("suppressedUntil", moment(suppressed.until, nowMs)) : ""}`);
  if (handedOver)
    lines.push(`${t("handedOverTo", handedOver.to, who(app, handedOver.by))} ${handedOver.note}`);
  if (escalation?.level > 0)
    lines.push(t("escalatedTo", escalation.level, escalation.of));
  if (escalation?.next && escalation.next > nowMs && isUnacknowledged(incident))
    lines.push(t("escalatesAt", countdown(escalation.next - nowMs)));
  return lines.length > 0 && <ul class="circumstances">{lines.map((line) => <li key={line}>{line}</li>)}</ul>;
}

/** What may be done with it now; facilityd has the last word. */
function commandsFor(incident) {
  const { state, drill, causes, steps } = incident;
  const acted = steps.some((step) => step.action && (step.action.state === "done"
    || step.action.outputs.some((output) => output.state === "confirmed")) && step.action.state !== "restored");
  return {
    ack: isUnacknowledged(incident), restore: acted, unshelve: state.startsWith("shelved"),
    endDrill: drill,
    over: causes.some((cause) => cause.active && cause.rule === "report"),
    reset: !drill && causes.some((cause) => cause.active && cause.rule !== "report"),
    shelve: !state.startsWith("shelved") && state !== "closed" && state !== "handed-over",
    handOver: state !== "handed-over" && state !== "closed",
    takeOut: !drill && state !== "closed",
  };
}

const VERBS = { ack: "ack", restore: "restore", unshelve: "unshelve", endDrill: "drill-end", over: "over",
  reset: "reset", shelve: "shelve", handOver: "hand-over", takeOut: "out-of-service" };

function Commands({ app, incident }) {
  const id = incident.id, fits = commandsFor(incident);
  const may = Object.fromEntries(Object.entries(fits).map(([key, yes]) => [key, yes && !app.forbidden.has(VERBS[key])]));
  const direct = (verb, primary) => (
    <button class={primary ? "primary" : ""} disabled={app.isBusy(verb, id)} onClick={() => app.run(verb, { incident: id })}>
      {word("button", verb)}
    </button>
  );
  const asking = (kind, verb) => <button onClick={() => app.ask({ kind, incident: id })}>{word("button", verb)}…</button>;
  return (
    <div class="commands" role="group" aria-label={t("moreActions")}>
      {may.ack && direct("ack", true)}
      {incident.takenBack && <TakenButtons app={app} id={id} />}
      {may.over && direct("over")}
      {may.reset && asking("reset", "reset")}
      {may.restore && asking("restore", "restore")}
      {may.unshelve && direct("unshelve", true)}
      {may.endDrill && direct("drill-end")}
      {may.shelve && asking("shelve", "shelve")}
      {may.handOver && asking("handOver", "hand-over")}
      {may.takeOut && asking("outOfService", "out-of-service")}
    </div>
  );
}

export function Incident({ app, id }) {
  const entry = app.model.incidents.get(id);
  const kept = entry ? null : app.model.record.find((one) => one.doc.id === id);
  const incident = entry?.doc ?? kept?.doc, nowMs = app.nowMs;
  if (!incident)
    return <section class="detail"><BackLink to="#incidents" /><p class="empty">{t("notThere")}</p></section>;
  return (
    <section class={`detail ${classesOf(incident)}`} aria-label={pick(incident.name)}>
      <BackLink to={entry ? "#incidents" : "#record"} />
      <header>
        <span class="row">
          <Severity severity={incident.severity} />
          {incident.drill && <DrillMark />}
          {incident.stage === "first" && <FirstMark />}
          {incident.takenBack && <UnprovedMark />}
          <StateWords incident={incident} />
          <span class="id">{shortId(incident.id)}</span>
        </span>
        <h2 tabindex="-1" id="detail-title">{pick(incident.name)} <span class="place">{pick(incident.zoneName) || incident.zone}</span></h2>
        <p class="muted">
          {incident.closed ? `${moment(incident.raised, nowMs)}–${moment(incident.closed, nowMs)}`
            : t("since", moment(incident.raised, nowMs), span(nowMs - incident.raised, units()))}
          {incident.returned && ` · ${word("event", "returned")} ${moment(incident.returned, nowMs)}`}
        </p>
        <Circumstances app={app} incident={incident} />
        {entry && app.canAct && <Commands app={app} incident={incident} />}
      </header>
      <h3>{t("causes")}</h3>
      <ul class="causes">{incident.causes.map((cause, i) => <Cause key={i} app={app} cause={cause} />)}</ul>
      <Facts app={app} incident={incident} canAct={app.canAct && Boolean(entry)} />
      <Steps app={app} incident={incident} canAct={app.canAct && Boolean(entry)} />
    </section>
  );
}

export function BackLink({ to }) {
  return <a class="back" href={to}><Icon name="back" />{t("back")}</a>;
}
