// Marks that many views share: severity, state, drill.

import { shortId } from "../model.js";
import { pick, t, wordOr } from "../words.js";
import { Icon } from "./icons.jsx";

const ASIDE_WORDS = { shelved: "shelved", suppressed: "suppressed", "out-of-service": "outOfService",
  "handed-over": "handedOver" };

/** The words of an ISA-18.2 state: of its condition, and of what people did. */
export function stateWords(state) {
  if (state === "closed")
    return [t("closed")];
  const aside = Object.keys(ASIDE_WORDS).find((word) => state.startsWith(word));
  const words = [];
  if (aside)
    words.push(t(ASIDE_WORDS[aside]));
  if (/(^|-)active/.test(state))
    words.push(t("conditionTrue"));
  if (/(^|-)returned/.test(state))
    words.push(t("conditionReturned"));
  if (/-unacknowledged$/.test(state))
    words.push(t("unacknowledged"));
  else if (/-acknowledged$/.test(state))
    words.push(t("acknowledged"));
  return words.length ? words : [state];
}

export function Severity({ severity }) {
  const known = ["critical", "high", "medium", "low"].includes(severity) ? severity : "high";
  return (
    <span class={`severity ${known}`}>
      <Icon name={known} />
      <b>{wordOr(severity, severity)}</b>
    </span>
  );
}

export const DrillMark = () => <span class="drill-mark"><Icon name="drill" />{t("drill")}</span>;

export function StateWords({ incident }) {
  return (
    <span class="states">
      {stateWords(incident.state).map((word) => (
        <span key={word} class={word === t("unacknowledged") ? "state attention" : "state"}>{word}</span>
      ))}
    </span>
  );
}

export const title = (incident) => `${pick(incident.name)} · ${pick(incident.zoneName) || incident.zone}`;
export const named = (incident) => `${shortId(incident.id)} ${pick(incident.name)}`;

/** Who did it: an account, or where facilityd knows the person, the id of a role. */
export function who(app, by) {
  return pick(app.model.plan?.roles.find((role) => role.id === by)) || by;
}

/** A number for people: 15 digits are for machines. */
export function figure(value) {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size < 10 ? 2 : size < 1000 ? 1 : 0)));
}

/** What a reading says, or why it says nothing. */
export function readingText(reading) {
  if (reading.quality !== "good" || reading.value === null)
    return null;
  return reading.text ? pick(reading.text) : `${figure(reading.value)}${reading.unit ? ` ${reading.unit}` : ""}`;
}
