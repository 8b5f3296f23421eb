// What decides which steps apply: questions, who has answered what, and the buttons to answer.

import { isLateQuestion } from "../model.js";
import { countdown, moment } from "../time.js";
import { noteText, pick, t } from "../words.js";
import { Icon } from "./icons.jsx";
import { who } from "./words.jsx";

const ANSWERS = { yes: "answerYes", no: "answerNo", unknown: "answerUnknown" };

function Due({ fact, nowMs }) {
  if (!fact.asked || fact.deadline === null)
    return null;
  return isLateQuestion(fact, nowMs)
    ? <b class="overdue"><Icon name="clock" />{t("lateBy", countdown(nowMs - fact.deadline))}</b>
    : <span class="due"><Icon name="clock" />{t("dueIn", countdown(fact.deadline - nowMs))}</span>;
}

/** What is known of it: nothing yet, what was assumed, or who said so. */
function Known({ app, fact }) {
  const { nowMs } = app;
  if (fact.value === "unknown")
    return <b class="word">{t("unanswered")}</b>;
  const value = t(ANSWERS[fact.value] ?? ANSWERS.unknown);
  const at = fact.time ? moment(fact.time, nowMs) : "";
  return (
    <>
      <b class="word">{fact.assumed ? t("assumedSo", value) : value}</b>
      {!fact.assumed && <span class="muted">{t("byAt", fact.by && fact.by !== "facilityd" ? who(app, fact.by) : t("bySensor"), at)}{fact.note ? `: ${noteText(fact.note)}` : ""}</span>}
    </>
  );
}

function Fact({ app, incident, fact, canAct }) {
  const may = canAct && !app.forbidden.has("answer");
  // Whoever sends the others home says why.
  const asksWhy = (value) => fact.id === "stage" && value === "no";
  const say = (value) => (asksWhy(value) ? app.ask({ kind: "answer", incident: incident.id, fact: fact.id, value })
    : app.run("answer", { incident: incident.id, fact: fact.id, answer: value }));
  const answer = (value) => (
    <button key={value} aria-pressed={value !== "unknown" && fact.value === value && !fact.assumed} disabled={app.isBusy("answer", incident.id, fact.id)}
      onClick={() => say(value)}>{t(ANSWERS[value])}{asksWhy(value) ? "…" : ""}</button>
  );
  return (
    <li class={`fact${fact.asked ? " asked" : ""}${isLateQuestion(fact, app.nowMs) ? " late" : ""}`} data-fact={fact.id}>
      <p class="text">{pick(fact.question)}</p>
      <span class="row small">
        <Known app={app} fact={fact} />
        <Due fact={fact} nowMs={app.nowMs} />
        {fact.ask.map((role) => <span key={role.id} class="role">{pick(role) || role.id}</span>)}
      </span>
      {may && <span class="step-buttons" role="group" aria-label={pick(fact.question)}>{Object.keys(ANSWERS).map(answer)}</span>}
    </li>
  );
}

/** Those that stand first, in their order. */
export function Facts({ app, incident, canAct }) {
  if (incident.facts.length === 0)
    return null;
  const standing = incident.facts.filter((fact) => fact.asked), rest = incident.facts.filter((fact) => !fact.asked);
  return (
    <>
      <h3>{t("questions")} <span class="count">{t("questionsOpen", standing.length)}</span></h3>
      <ol class="facts">{[...standing, ...rest].map((fact) => <Fact key={fact.id} app={app} incident={incident} fact={fact} canAct={canAct} />)}</ol>
    </>
  );
}
