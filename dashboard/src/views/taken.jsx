// What was taken back from the broker, or only lies there, and nobody proves: is it real?

import { useState } from "preact/hooks";
import { shortId } from "../model.js";
import { pick, t, word } from "../words.js";
import { Buttons, Dialog, Note, submit } from "./forms.jsx";
import { named } from "./words.jsx";

/** Of an incident, by id: its document may be one that nobody follows, or lack. */
export function TakenButtons({ app, id, verbs = ["adopt", "discard"] }) {
  return app.canAct && verbs.filter((verb) => !app.forbidden.has(verb)).map((verb) => (
    <button key={verb} disabled={app.isBusy(verb, id)} onClick={() => app.ask({ kind: verb, taken: id })}>{word("button", verb)}…</button>
  ));
}

/** What a rule calls for, and waits until it is adopted: then it may be done by itself. */
const waiting = (incident) => (incident.causes.some((cause) => cause.rule !== "report")
  ? incident.steps.map((step) => step.action).filter((action) => action?.mode === "auto" && action.state === "awaiting") : []);

export function TakenForm({ app, close, verb }) {
  const { taken: id } = app.asked, [note, setNote] = useState("");
  const incident = app.model.incidents.get(id)?.doc, adopts = verb === "adopt";
  return (
    <Dialog title={`${word("button", verb)}… ${incident ? named(incident) : shortId(id)}`} close={close}>
      <form onSubmit={submit(app, close, verb, { incident: id, ...(adopts ? {} : { note }) })}>
        <p>{t(`${verb}Ask`)}</p>
        {adopts && incident && <ul class="outputs">{waiting(incident).map((action) => <li key={action.id}>{t("machine")}: <b>{pick(action.name)}</b></li>)}</ul>}
        {!adopts && <Note value={note} set={setNote} />}
        <Buttons close={close} danger send={word("button", verb)} />
      </form>
    </Dialog>
  );
}
