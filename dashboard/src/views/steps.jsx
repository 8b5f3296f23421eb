// The plan's steps as a checklist: who, by when, what the machine did, and whether that is proved.

import { isOpenStep, isOverdue, isReleasable, isWaiting, stepCounts } from "../model.js";
import { clock, countdown, moment } from "../time.js";
import { noteText, outputError, pick, t, word } from "../words.js";
import { Icon } from "./icons.jsx";
import { progress } from "./incidents.jsx";
import { who } from "./words.jsx";

function Outputs({ outputs }) {
  return outputs.map((output) => (
    <li key={output.point} class={`output ${output.state}`}>
      <Icon name={output.state === "confirmed" ? "done" : output.state === "failed" || output.state === "unproven" ? "failed" : "open"} />
      <span>
        {pick(output.name) || output.point}
        {output.text ? ` → ${pick(output.text)}` : output.wanted !== null ? ` → ${output.wanted}` : ""}
      </span>
      <b>{word("output", output.state)}</b>
      {output.time && <span class="muted">{clock(output.time)}</span>}
      {output.error && <span class="error">{outputError(output.error)}</span>}
      {output.again && <span class="muted">{t("againAt", clock(output.again))}</span>}
    </li>
  ));
}

function Action({ app, incident, step, canAct }) {
  const { action } = step;
  return (
    <div class={`action ${action.state}`}>
      <span class="row">
        <Icon name="machine" /><b>{t("machine")}: {word("action", action.state)}</b>
        <span>{pick(action.name)}</span>
        <span class="muted">{word("mode", action.mode)}</span>
        {action.released.length > 0 && <span>{t("releasedIn", action.released.map((zone) => pick(zone) || zone.id).join(", "))}</span>}
      </span>
      {action.outputs.length > 0 && <ul class="outputs"><Outputs outputs={action.outputs} /></ul>}
      {action.first && action.first.until > app.nowMs && <b>{t("firstReleased", who(app, action.first.by), clock(action.first.until))}</b>}
      {canAct && (isReleasable(action) || (action.released.length > 0 && action.places.length > 0)) && (
        <button class="danger" onClick={() => app.ask({ kind: "release", incident: incident.id, step: step.id })}>{word("button", "release")}…</button>
      )}
    </div>
  );
}

function Due({ step, nowMs }) {
  if (!isOpenStep(step))
    return null;
  if (isOverdue(step, nowMs))
    return <b class="overdue"><Icon name="clock" />{t("lateBy", countdown(nowMs - (step.deadline ?? nowMs)))}</b>;
  return step.deadline !== null
    && <span class="due"><Icon name="clock" />{t("dueIn", countdown(step.deadline - nowMs))}</span>;
}

function StepButtons({ app, incident, step }) {
  const members = { incident: incident.id, step: step.id };
  const button = (verb, style) => (
    <button class={style} disabled={app.isBusy(verb, incident.id, step.id)} onClick={() => app.run(verb, members)}>{word("button", verb)}</button>
  );
  return (
    <span class="step-buttons">
      {button("done", "good")}
      {step.status !== "accepted" && button("accept", "")}
      <button onClick={() => app.ask({ kind: "step", ...members })} aria-label={t("stepMore")} title={t("stepMore")}>⋯</button>
    </span>
  );
}

/** That of the fact which the step needs: "trapped", or "!trapped" for its no. */
function question(incident, step) {
  const id = step.fact.replace(/^!/, "");
  return pick(incident.facts.find((fact) => fact.id === id)?.question) || id;
}

function Step({ app, incident, step, canAct }) {
  const nowMs = app.nowMs, late = isOverdue(step, nowMs), waits = isWaiting(step) && isOpenStep(step);
  return (
    <li class={`step ${step.status}${late ? " late" : ""}${waits ? " waits" : ""}`} data-step={step.id}>
      <span class="status"><Icon name={step.status} size="20" /></span>
      <div class="body">
        <p class="text">{pick(step.text)}</p>
        <span class="row small">
          <b class="word">{word("status", step.status)}</b>
          <Due step={step} nowMs={nowMs} />
          {step.by.map((role) => <span key={role.id} class="role">{pick(role) || role.id}</span>)}
          {step.tell.length > 0 && <span class="muted">{t("told", step.tell.map((role) => pick(role) || role.id).join(", "))}</span>}
          <span class="muted">{t("clause", step.clause)}{step.mandatory ? "" : ` · ${t("optional")}`}</span>
        </span>
        {waits ? <span class="said">{t("waitsFor", question(incident, step))}</span>
          : step.applies === "unknown" && isOpenStep(step) && <span class="said">{t("mayApply")}</span>}
        {step.user && <span class="said">{t("byAt", who(app, step.user), step.time ? moment(step.time, nowMs) : "")}{step.note ? `: ${noteText(step.note)}` : ""}</span>}
        {step.action && <Action app={app} incident={incident} step={step} canAct={canAct} />}
        {canAct && isOpenStep(step) && !waits && <StepButtons app={app} incident={incident} step={step} />}
        {canAct && !isOpenStep(step) && step.user !== "facilityd" && (
          <span class="step-buttons">
            <button class="plain" disabled={app.isBusy("reopen", incident.id, step.id)}
              onClick={() => app.run("reopen", { incident: incident.id, step: step.id })}>{word("button", "reopen")}</button>
          </span>
        )}
      </div>
    </li>
  );
}

export function Steps({ app, incident, canAct }) {
  const due = incident.steps.filter((step) => stepCounts(step) || isWaiting(step) || !isOpenStep(step));
  const rest = incident.steps.filter((step) => !due.includes(step));
  const { done, all } = progress(incident, app.nowMs);
  const row = (step) => <Step key={step.id} app={app} incident={incident} step={step} canAct={canAct} />;
  return (
    <>
      <h3>{t("steps")} <span class="count">{t("stepsDone", done, all)}</span></h3>
      <ol class="steps">{due.map(row)}</ol>
      {rest.length > 0 && (
        <details class="aside">
          <summary>{t("notNeeded", rest.length)}</summary>
          <ol class="steps">{rest.map(row)}</ol>
        </details>
      )}
    </>
  );
}
