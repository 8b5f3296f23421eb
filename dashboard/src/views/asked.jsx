// Which dialog is open, if any.

import { t, word } from "../words.js";
import { AnswerForm, Dialog, HandOverForm, OutOfServiceForm, ReportForm, ResetForm, ShelveForm, StepForm, SureForm, UnlockForm } from "./forms.jsx";
import { LockForm, PutBackForm, SetForm, StrikeForm } from "./holding.jsx";
import { TakenForm } from "./taken.jsx";

const keys = () => [["j k ↓ ↑", t("keyMove")], ["a", word("button", "ack")], ["r", t("report")], ["s", t("keySilence")],
  ["l", t("languageTitle")], ["1 – 5", t("keyTabs")], ["Esc", t("keyEscape")], ["?", t("keyHelp")]];

function HelpForm({ app, close }) {
  return (
    <Dialog title={t("help")} close={close}>
      <h3>{t("keys")}</h3>
      <dl class="keys">
        {keys().map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}
      </dl>
      <label class="check"><input type="checkbox" checked={app.keysOn} onChange={(event) => app.setKeys(event.currentTarget.checked)} />{t("keysOn")}</label>
      <div class="dialog-buttons"><button autofocus onClick={close}>{t("close")}</button></div>
    </Dialog>
  );
}

function MalformedForm({ app, close }) {
  return (
    <Dialog title={t("malformed", app.model.malformed)} close={close}>
      <ul class="outputs">{app.model.complaints.map((one, i) => <li key={i}><code>{one.topic}</code> {one.why}</li>)}</ul>
      <div class="dialog-buttons"><button autofocus onClick={close}>{t("close")}</button></div>
    </Dialog>
  );
}

const FORMS = { report: ReportForm, shelve: ShelveForm, handOver: HandOverForm, outOfService: OutOfServiceForm, reset: ResetForm, answer: AnswerForm, unlock: UnlockForm,
  step: StepForm, release: SureForm, restore: SureForm, set: SetForm, putBack: PutBackForm, strike: StrikeForm, lock: LockForm,
  adopt: TakenForm, discard: TakenForm };

/** The dialog that is asked for: { kind, incident, step }. It closes when its incident has gone. */
export function Asked({ app }) {
  const { asked } = app, close = () => app.ask(null);
  if (!asked)
    return null;
  if (asked.kind === "help")
    return <HelpForm app={app} close={close} />;
  if (asked.kind === "malformed")
    return <MalformedForm app={app} close={close} />;
  const incident = asked.incident && app.model.incidents.get(asked.incident)?.doc;
  const step = asked.step && incident?.steps.find((one) => one.id === asked.step);
  if (app.may !== true || (asked.incident && !incident) || (asked.step && !step))
    return null;
  const Form = FORMS[asked.kind];
  return <Form app={app} close={close} incident={incident || null} step={step || null} verb={asked.kind} />;
}
