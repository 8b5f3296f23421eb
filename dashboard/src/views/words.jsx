// Marks that many views share: severity, state, drill.

import { shortId } from "../model.js";
import { pick, states, word } from "../words.js";
import { Icon } from "./icons.jsx";

export function Severity({ severity }) {
  const known = ["critical", "high", "medium", "low"].includes(severity) ? severity : "high";
  return (
    <span class={`severity ${known}`}>
      <Icon name={known} />
      <b>{word("severity", severity)}</b>
    </span>
  );
}

export const DrillMark = () => <span class="drill-mark"><Icon name="drill" />{word("mark", "drill")}</span>;

/** Somebody goes and looks: all else waits until it is full. */
export const FirstMark = () => <span class="state first-stage">{word("stage", "first")}</span>;

/** The journal was lost, and only the broker says so: nothing of it is proved, and it writes nothing. */
export const UnprovedMark = () => <span class="state unproved">{word("mark", "taken-back")}</span>;

/** The words of an ISA-18.2 state: of its condition, and of what people did. */
export function StateWords({ incident }) {
  const words = states(incident.state), attention = incident.state.endsWith("-unacknowledged");
  return (
    <span class="states">
      {words.map((text, i) => (
        <span key={text} class={attention && i === words.length - 1 ? "state attention" : "state"}>{text}</span>
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
  if (reading.quality === "over" || reading.quality === "under")
    return pick(reading.text) || null;
  if (reading.quality !== "good" || reading.value === null)
    return null;
  return reading.text ? pick(reading.text) : `${figure(reading.value)}${reading.unit ? ` ${reading.unit}` : ""}`;
}
