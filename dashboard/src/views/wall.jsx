// The wall screen: what goes on, and the building at a glance. Nothing to press.

import { isAside, isOpenStep, stepCounts } from "../model.js";
import { countdown, moment, span } from "../time.js";
import { pick, t, units } from "../words.js";
import { floorsOf } from "./building.jsx";
import { Icon } from "./icons.jsx";
import { Progress, classesOf } from "./incidents.jsx";
import { DrillMark, FirstMark, Severity, StateWords, UnprovedMark } from "./words.jsx";

// Nobody scrolls a wall: the more cards, the fewer steps on each.
const CARDS_MAX = 8, TROUBLES_MAX = 4, STEPS = [0, 7, 3, 2, 2, 1, 1, 0, 0];

/** The open steps that are due first. */
function nextSteps(incident, most) {
  return incident.steps.filter((step) => isOpenStep(step) && stepCounts(step))
    .sort((a, b) => (a.deadline ?? Infinity) - (b.deadline ?? Infinity)).slice(0, most);
}

function WallCard({ incident, nowMs, steps }) {
  return (
    <li class={classesOf(incident)} data-id={incident.id}>
      <span class="row"><Severity severity={incident.severity} />{incident.drill && <DrillMark />}{incident.stage === "first" && <FirstMark />}{incident.takenBack && <UnprovedMark />}<StateWords incident={incident} /></span>
      <strong class="name">{pick(incident.name)}<span class="place">{pick(incident.zoneName) || incident.zone}</span></strong>
      <span class="row"><span>{t("since", moment(incident.raised, nowMs), span(nowMs - incident.raised, units()))}</span>
        <Progress incident={incident} nowMs={nowMs} /></span>
      {steps > 0 && (
        <ul class="wall-steps">
          {nextSteps(incident, steps).map((step) => (
            <li key={step.id}>
              <b class={step.deadline !== null && step.deadline < nowMs ? "overdue" : "due"}>
                {step.deadline === null ? "–" : step.deadline < nowMs ? t("lateBy", countdown(nowMs - step.deadline)) : countdown(step.deadline - nowMs)}
              </b>
              <span>{pick(step.text)}</span>
              <span class="muted">{step.by.map((role) => pick(role)).join(", ")}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function FloorTile({ floor }) {
  const worst = floor.incidents.find((incident) => !isAside(incident));
  const poor = floor.points.filter((point) => point.quality !== "good").length;
  return (
    <li class={`tile ${worst ? worst.severity : poor ? "poor" : ""}${worst?.drill ? " is-drill" : ""}`}>
      <span class="row"><strong>{floor.name}</strong>{worst ? <Severity severity={worst.severity} /> : <Icon name={poor ? "away" : "ok"} />}</span>
      <span class="small">{worst ? floor.incidents.filter((one) => !isAside(one)).map((one) => pick(one.name)).join(" · ")
        : poor ? t("notGood", poor) : t("allGood", floor.points.length)}</span>
    </li>
  );
}

export function Wall({ app }) {
  const nowMs = app.nowMs, open = app.model.list().filter((incident) => !isAside(incident));
  const shown = open.slice(0, CARDS_MAX), troubles = [...app.model.troubles.values()].slice(0, TROUBLES_MAX);
  return (
    <main class="wall" id="content">
      <section aria-label={t("incidents")}>
        <h2>{t("incidents")} <span class="count">{open.length}</span></h2>
        {open.length === 0 && <p class="empty"><Icon name="ok" size="56" />{t("noneOpen")}</p>}
        <ul class={`wall-cards n${Math.min(shown.length, 3)}`}>
          {shown.map((incident) => <WallCard key={incident.id} incident={incident} nowMs={nowMs} steps={STEPS[shown.length]} />)}
        </ul>
        {open.length > shown.length && <p class="wall-more">{t("wallMore", open.length - shown.length)}</p>}
      </section>
      <section aria-label={t("wallTitle")}>
        <h2>{t("wallTitle")}</h2>
        <ul class="tiles">{floorsOf(app.model).map((floor) => <FloorTile key={floor.id} floor={floor} />)}</ul>
        {app.model.outputs.size > 0 && <h2>{t("heldOutputs")} <span class="count">{app.model.outputs.size}</span></h2>}
        <ul class="plain">
          {[...app.model.outputs.values()].slice(0, TROUBLES_MAX).map(({ doc }) => (
            <li key={doc.id} class="trouble" data-held={doc.id}><Icon name="machine" /><p>{pick(doc.name) || doc.id}</p></li>
          ))}
        </ul>
        {app.model.outputs.size > TROUBLES_MAX && <p class="wall-more">{t("wallMore", app.model.outputs.size - TROUBLES_MAX)}</p>}
        <h2>{t("troubles")} <span class="count">{app.model.troubles.size}</span></h2>
        {app.model.troubles.size === 0 && <p class="muted">{t("noTroubles")}</p>}
        <ul class="plain">{troubles.map(({ doc }) => <li key={doc.id} class="trouble"><Icon name="trouble" /><p>{pick(doc.text) || doc.id}</p></li>)}</ul>
        {app.model.troubles.size > troubles.length && <p class="wall-more">{t("wallMore", app.model.troubles.size - troubles.length)}</p>}
      </section>
    </main>
  );
}
