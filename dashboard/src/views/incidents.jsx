// The list of open incidents, the most urgent first.

import { isAside, isOpenStep, isOverdue, isUnacknowledged, stepCounts } from "../model.js";
import { countdown, moment, span } from "../time.js";
import { pick, t, units } from "../words.js";
import { Icon } from "./icons.jsx";
import { DrillMark, FirstMark, Severity, StateWords, UnprovedMark } from "./words.jsx";

/** What of its steps is most urgent: { overdue, dueMs, done, all }. */
export function progress(incident, nowMs) {
  const steps = incident.steps.filter((step) => stepCounts(step));
  const open = steps.filter(isOpenStep);
  const due = open.map((step) => step.deadline).filter((at) => at !== null && at >= nowMs);
  return { overdue: open.filter((step) => isOverdue(step, nowMs)).length, all: steps.length,
    done: steps.length - open.length, dueMs: due.length ? Math.min(...due) - nowMs : null };
}

export function Progress({ incident, nowMs }) {
  const { overdue, dueMs, done, all } = progress(incident, nowMs);
  return (
    <span class="progress">
      {overdue > 0 && <b class="overdue"><Icon name="clock" />{t("overdueSteps", overdue)}</b>}
      {overdue === 0 && dueMs !== null && <span class="due"><Icon name="clock" />{t("nextDue", countdown(dueMs))}</span>}
      <span class="count">{t("stepsDone", done, all)}</span>
    </span>
  );
}

export function classesOf(incident) {
  return `incident ${incident.severity}${incident.drill ? " is-drill" : ""}${isAside(incident) ? " is-aside" : ""}`
    + (isUnacknowledged(incident) ? " is-new" : "");
}

export function IncidentCard({ incident, nowMs, chosen }) {
  return (
    <li>
      <a class={classesOf(incident) + (chosen ? " chosen" : "")} href={`#incident/${encodeURIComponent(incident.id)}`}
        aria-current={chosen ? "true" : undefined} data-id={incident.id}>
        <span class="row">
          <Severity severity={incident.severity} />
          {incident.drill && <DrillMark />}
          {incident.stage === "first" && <FirstMark />}
          {incident.takenBack && <UnprovedMark />}
          <StateWords incident={incident} />
        </span>
        <strong class="name">{pick(incident.name)}<span class="place">{pick(incident.zoneName) || incident.zone}</span></strong>
        <span class="row small">
          <span>{t("since", moment(incident.raised, nowMs), span(nowMs - incident.raised, units()))}</span>
          <Progress incident={incident} nowMs={nowMs} />
        </span>
      </a>
    </li>
  );
}

export function IncidentList({ app, chosen }) {
  const nowMs = app.nowMs, all = app.model.list();
  const open = all.filter((incident) => !isAside(incident)), aside = all.filter(isAside);
  const card = (incident) => (
    <IncidentCard key={incident.id} incident={incident} nowMs={nowMs} chosen={incident.id === chosen} />
  );
  return (
    <section class="list" aria-label={t("incidents")}>
      <div class="list-head">
        <h2>{t("incidents")} <span class="count">{open.length}</span></h2>
        {app.canAct && (
          <button class="primary" onClick={() => app.ask({ kind: "report" })}><Icon name="plus" />{t("report")}</button>
        )}
      </div>
      {open.length === 0 && <p class="empty"><Icon name="ok" size="28" />{t("noneOpen")}</p>}
      <ul class="cards">{open.map(card)}</ul>
      {aside.length > 0 && (
        <details class="aside" open={aside.some((incident) => incident.id === chosen) || undefined}>
          <summary>{t("setAside", aside.length)}</summary>
          <ul class="cards">{aside.map(card)}</ul>
        </details>
      )}
    </section>
  );
}
