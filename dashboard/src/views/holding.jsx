// Dialogs about one output, held or not, and about places that are locked: no incident is asked for.

import { useState } from "preact/hooks";
import { pick, t, word } from "../words.js";
import { Buttons, Dialog, Field, Note, Until, ZoneField, submit } from "./forms.jsx";

/** The outputs that the page knows: those that somebody holds, and those that open incidents would switch. */
export function knownOutputs(model) {
  const known = new Map([...model.outputs.values()].map(({ doc }) => [doc.id, pick(doc.name)]));
  for (const { doc } of model.incidents.values())
    for (const output of doc.steps.flatMap((step) => step.action?.outputs ?? []))
      known.set(output.point, pick(output.name));
  return [...known].map(([id, name]) => ({ id, name: name || id }));
}

function ValueField({ value, set }) {
  return (
    <Field label={t("outputValue")}>
      <select required value={value} onChange={(event) => set(event.currentTarget.value)}>
        <option value="" />
        <option value="0">{t("valueOff")}</option>
        <option value="1">{t("valueOn")}</option>
      </select>
    </Field>
  );
}

export function SetForm({ app, close }) {
  const [output, setOutput] = useState(app.asked.output ?? ""), [value, setValue] = useState("");
  const [until, setUntil] = useState("15 min"), [note, setNote] = useState("");
  return (
    <Dialog title={t("setTitle")} close={close}>
      <form onSubmit={submit(app, close, "set", { output: output.trim(), value: Number(value), until, note })}>
        <p>{t("setHint")}</p>
        <Field label={`${t("output")} (${t("required")})`}>
          <input required maxlength="64" list="outputs" value={output} onInput={(event) => setOutput(event.currentTarget.value)} />
        </Field>
        <datalist id="outputs">{knownOutputs(app.model).map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</datalist>
        <ValueField value={value} set={setValue} />
        <Until label={t("lasts")} value={until} set={setUntil} />
        <Note value={note} set={setNote} required label={t("reason")} />
        <Buttons close={close} danger send={word("button", "set")} />
      </form>
    </Dialog>
  );
}

/** Sure? And where nobody knows what it was before, a person says it. */
export function PutBackForm({ app, close }) {
  const output = app.model.outputs.get(app.asked.output)?.doc, [value, setValue] = useState("");
  if (!output)
    return null;
  const members = { incident: output.id, ...(output.before === null ? { value: Number(value) } : {}) };
  return (
    <Dialog title={`${word("button", "restore")}: ${pick(output.name) || output.id}`} close={close}>
      <form onSubmit={submit(app, close, "restore", members)}>
        <p>{t("putBackAsk")}</p>
        {output.before === null
          ? <><p>{t("notKnownBefore")}</p><ValueField value={value} set={setValue} /></>
          : <p>{t("putBackTo", output.before)}</p>}
        <Buttons close={close} danger send={word("button", "restore")} />
      </form>
    </Dialog>
  );
}

export function StrikeForm({ app, close }) {
  const { output } = app.asked, [note, setNote] = useState("");
  return (
    <Dialog title={`${word("button", "strike")}: ${output}`} close={close}>
      <form onSubmit={submit(app, close, "strike", { output, note })}>
        <p>{t("strikeAsk")}</p>
        <Note value={note} set={setNote} required label={t("reason")} />
        <Buttons close={close} danger send={word("button", "strike")} />
      </form>
    </Dialog>
  );
}

export function LockForm({ app, close }) {
  const [zone, setZone] = useState(""), [until, setUntil] = useState("60 min"), [note, setNote] = useState("");
  const [quiet, setQuiet] = useState(false);
  const members = { what: `zone:${zone}`, until, note, ...(quiet ? { quiet } : {}) };
  return (
    <Dialog title={t("lockTitle")} close={close}>
      <form onSubmit={submit(app, close, "lock", members)}>
        <p>{t("lockHint")}</p>
        <ZoneField zones={app.model.plan?.zones ?? []} zone={zone} setZone={setZone} />
        <label class="check"><input type="checkbox" checked={quiet} onChange={(event) => setQuiet(event.currentTarget.checked)} />{t("lockQuiet")}</label>
        <Until label={t("lasts")} value={until} set={setUntil} />
        <Note value={note} set={setNote} required label={t("reason")} />
        <Buttons close={close} danger send={word("button", "lock")} />
      </form>
    </Dialog>
  );
}
