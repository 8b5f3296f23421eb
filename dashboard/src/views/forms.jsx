// Dialogs: what needs a reason, a choice or a second thought before it is sent.

import { useEffect, useRef, useState } from "preact/hooks";
import { isReleasable } from "../model.js";
import { pick, t, word } from "../words.js";
import { named } from "./words.jsx";

const NOTE_BYTES = 200; // facilityd takes no more

/** As much of the text as facilityd takes; a Chinese character has 3 bytes. */
export function clip(text, bytes = NOTE_BYTES) {
  const encoder = new TextEncoder(), characters = [...text];
  while (encoder.encode(characters.join("")).length > bytes)
    characters.pop();
  return characters.join("");
}

/** A modal dialog: the browser keeps the focus inside, and Escape closes it. */
export function Dialog({ title, close, children, drill }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    return () => dialog.open && dialog.close();
  }, []);
  return (
    <dialog ref={ref} class={drill ? "is-drill" : ""} aria-label={title} onClose={close}
      onClick={(event) => event.target === ref.current && close()}>
      <div class="dialog-body">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

export function Field({ label, children }) {
  return <label class="field"><span>{label}</span>{children}</label>;
}

export function Buttons({ close, send, danger }) {
  return (
    <div class="dialog-buttons">
      <button type="button" onClick={close}>{t("cancel")}</button>
      <button type="submit" class={danger ? "danger" : "primary"}>{send ?? t("send")}</button>
    </div>
  );
}

export function Note({ value, set, required, label }) {
  return (
    <Field label={`${label ?? t("note")}${required ? ` (${t("required")})` : ""}`}>
      <textarea rows="2" maxlength={NOTE_BYTES} required={required} value={value}
        onInput={(event) => set((event.currentTarget.value = clip(event.currentTarget.value)))} />
    </Field>
  );
}

/** Runs the command and closes; a note of blanks is none. */
export function submit(app, close, verb, members) {
  return (event) => {
    event.preventDefault();
    const { note } = members;
    if (note !== undefined && !note.trim())
      delete members.note;
    app.run(verb, members);
    close();
  };
}

const REPORTS = {
  report: { verb: "report", title: "reportTitle" },
  drill: { verb: "drill", title: "drillTitle" },
  outOfService: { verb: "out-of-service", title: "oosTitle" },
};

/** What a person sees, an exercise, or maintenance: each is a type and a zone. */
export function ReportForm({ app, close }) {
  const { types = [], zones = [] } = app.model.plan ?? {};
  const [kind, setKind] = useState("report"), [type, setType] = useState(""), [zone, setZone] = useState(""), [note, setNote] = useState("");
  const [until, setUntil] = useState("60 min");
  const { verb, title } = REPORTS[kind];
  const members = { type: Number(type), zone, note, ...(kind === "outOfService" ? { until } : {}) };
  return (
    <Dialog title={t(title)} close={close} drill={kind === "drill"}>
      <form onSubmit={submit(app, close, verb, members)}>
        <fieldset>
          {Object.keys(REPORTS).filter((one) => !app.forbidden.has(REPORTS[one].verb)).map((one) => (
            <label key={one} class="check">
              <input type="radio" name="kind" value={one} checked={kind === one} onChange={() => setKind(one)} />{t(`${one}Kind`)}
            </label>
          ))}
        </fieldset>
        {kind === "outOfService" && <p>{t("oosHint")}</p>}
        <TypeAndZone types={types} zones={zones} type={type} setType={setType} zone={zone} setZone={setZone} />
        {kind === "outOfService" && <Until label={t("lasts")} value={until} set={setUntil} />}
        <Note value={note} set={setNote} required={kind === "outOfService"} label={kind === "outOfService" ? t("reason") : undefined} />
        <Buttons close={close} send={word("button", verb)} danger={kind !== "drill"} />
      </form>
    </Dialog>
  );
}

export function ZoneField({ zones, zone, setZone }) {
  return (
    <Field label={t("zone")}>
      <select required value={zone} onChange={(event) => setZone(event.currentTarget.value)}>
        <option value="" />
        {zones.map((one) => (
          <option key={one.id} value={one.id}>{`${"\u2003".repeat(one.id.split(".").length - 1)}${pick(one)}`}</option>
        ))}
      </select>
    </Field>
  );
}

function TypeAndZone({ types, zones, type, setType, zone, setZone }) {
  return (
    <>
      <Field label={t("type")}>
        <select required value={type} onChange={(event) => setType(event.currentTarget.value)}>
          <option value="" />
          {types.map((one) => <option key={one.id} value={String(one.number)}>{`${one.number} ${pick(one.name)}`}</option>)}
        </select>
      </Field>
      <ZoneField zones={zones} zone={zone} setZone={setZone} />
    </>
  );
}

const PERIODS = [15, 30, 60, 120, 240, 480];

export function Until({ label, value, set }) {
  return (
    <Field label={label}>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {PERIODS.map((n) => <option key={n} value={`${n} min`}>{n < 60 ? t("minutesN", n) : t("hoursN", n / 60)}</option>)}
      </select>
    </Field>
  );
}

export function ShelveForm({ app, close, incident }) {
  const [until, setUntil] = useState("60 min"), [note, setNote] = useState("");
  const send = submit(app, close, "shelve", { incident: incident.id, until, note });
  return (
    <Dialog title={`${word("button", "shelve")}… ${named(incident)}`} close={close} drill={incident.drill}>
      <form onSubmit={send}>
        <Until label={t("until")} value={until} set={setUntil} />
        <Note value={note} set={setNote} required label={t("reason")} />
        <Buttons close={close} send={word("button", "shelve")} />
      </form>
    </Dialog>
  );
}

export function HandOverForm({ app, close, incident }) {
  const [to, setTo] = useState(""), [note, setNote] = useState("");
  const send = submit(app, close, "hand-over", { incident: incident.id, to, note });
  return (
    <Dialog title={`${word("button", "hand-over")}… ${named(incident)}`} close={close} drill={incident.drill}>
      <form onSubmit={send}>
        <Field label={`${t("to")} (${t("required")})`}>
          <input required maxlength={NOTE_BYTES} list="roles" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
        </Field>
        <datalist id="roles">{(app.model.plan?.roles ?? []).map((role) => <option key={role.id} value={pick(role)} />)}</datalist>
        <Note value={note} set={setNote} />
        <Buttons close={close} send={word("button", "hand-over")} />
      </form>
    </Dialog>
  );
}

export function OutOfServiceForm({ app, close, incident }) {
  const [until, setUntil] = useState("60 min"), [note, setNote] = useState("");
  const send = submit(app, close, "out-of-service", { type: incident.type, zone: incident.zone, until, note });
  return (
    <Dialog title={`${t("oosTitle")}: ${named(incident)}`} close={close}>
      <form onSubmit={send}>
        <p>{t("oosHint")}</p>
        <Until label={t("lasts")} value={until} set={setUntil} />
        <Note value={note} set={setNote} required label={t("reason")} />
        <Buttons close={close} danger send={word("button", "out-of-service")} />
      </form>
    </Dialog>
  );
}

export function ResetForm({ app, close, incident }) {
  const [note, setNote] = useState("");
  return (
    <Dialog title={`${word("button", "reset")}… ${named(incident)}`} close={close}>
      <form onSubmit={submit(app, close, "reset", { incident: incident.id, note })}>
        <Note value={note} set={setNote} required label={t("reason")} />
        <Buttons close={close} danger send={word("button", "reset")} />
      </form>
    </Dialog>
  );
}

/** A no to the stage, which needs its reason. */
export function AnswerForm({ app, close, incident }) {
  const { fact: id, value } = app.asked, [note, setNote] = useState("");
  const fact = incident.facts.find((one) => one.id === id);
  return (
    <Dialog title={`${word("button", "answer")}: ${named(incident)}`} close={close} drill={incident.drill}>
      <form onSubmit={submit(app, close, "answer", { incident: incident.id, fact: id, answer: value, note })}>
        <p>{pick(fact?.question)} {word("answer", value)}</p>
        <Note value={note} set={setNote} required label={t("reason")} />
        <Buttons close={close} send={word("button", "answer")} />
      </form>
    </Dialog>
  );
}

/** Another person's lock needs a reason; facilityd knows whose it is. */
export function UnlockForm({ app, close }) {
  const { lock } = app.asked, [note, setNote] = useState("");
  const verb = lock.includes(":") ? "unlock" : "in-service";
  return (
    <Dialog title={`${word("button", verb)}… ${lock}`} close={close}>
      <form onSubmit={submit(app, close, verb, { ...(verb === "unlock" ? { what: lock } : { incident: lock }), note })}>
        <Note value={note} set={setNote} label={t("reason")} />
        <Buttons close={close} danger send={word("button", verb)} />
      </form>
    </Dialog>
  );
}

export function StepForm({ app, close, incident, step }) {
  const [note, setNote] = useState("");
  const members = { incident: incident.id, step: step.id, note };
  const run = (verb) => (event) => {
    // The form's own check of the required reason, for either button.
    if (event.currentTarget.form.reportValidity())
      submit(app, close, verb, members)(event);
  };
  return (
    <Dialog title={`${t("stepMore")}: ${pick(step.text)}`} close={close} drill={incident.drill}>
      <form onSubmit={(event) => event.preventDefault()}>
        <Note value={note} set={setNote} required label={t("reason")} />
        <div class="dialog-buttons">
          <button type="button" onClick={close}>{t("cancel")}</button>
          <button type="button" onClick={run("skip")}>{word("button", "skip")}</button>
          <button type="button" class="danger" onClick={run("fail")}>{word("button", "fail")}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** Between which places a person chooses first: a report in a wide zone says none; later for which more. */
function Places({ places, required, zone, set }) {
  return (
    <Field label={t("zone")}>
      <select required={required} value={zone} onChange={(event) => set(event.currentTarget.value)}>
        <option value="" />
        {places.map((place) => <option key={place.id} value={place.id}>{pick(place) || place.id}</option>)}
      </select>
    </Field>
  );
}

/** Sure? For what moves relays. */
export function SureForm({ app, close, incident, step, verb }) {
  const [zone, setZone] = useState("");
  const members = step ? { incident: incident.id, step: step.id } : { incident: incident.id };
  const places = step?.action?.places ?? [], place = places.find((one) => one.id === zone);
  const released = (step?.action?.released ?? []).length > 0;
  if (zone)
    members.zone = zone;
  return (
    <Dialog title={`${word("button", verb)}: ${named(incident)}`} close={close} drill={incident.drill}>
      <form onSubmit={submit(app, close, verb, members)}>
        <p>{t(`${verb}Ask`)}</p>
        {places.length > 0 && <Places places={places} required={!released || !isReleasable(step.action)} zone={zone} set={setZone} />}
        {place && <ul class="outputs">{place.outputs.map((id) => <li key={id}>{pick(app.model.points.get(id)?.doc.name) || id}</li>)}</ul>}
        {step?.action && (
          <ul class="outputs">
            <li><b>{pick(step.action.name)}</b></li>
            {!(place && released) && step.action.outputs.map((output) => (
              <li key={output.point}>
                {pick(output.name) || output.point}{output.text ? ` → ${pick(output.text)}` : ""}
                {output.state === "refused" && <b> ({t("outSpared")})</b>}
              </li>
            ))}
          </ul>
        )}
        <Buttons close={close} danger send={word("button", verb)} />
      </form>
    </Dialog>
  );
}
