// Troubles, the record of what ended, and the alarm statistics.

import { shortId } from "../model.js";
import { clock, moment, span } from "../time.js";
import { outputError, pick, t, units, word } from "../words.js";
import { Icon } from "./icons.jsx";
import { TakenButtons } from "./taken.jsx";
import { DrillMark, Severity, UnprovedMark, who } from "./words.jsx";

/** What is locked for maintenance: by whom, until when, and why; and to end it. */
function Locks({ app }) {
  const { locks } = app.model;
  const may = app.may === true && !app.forbidden.has("lock");
  return (locks.length > 0 || may) && (
    <section aria-label={t("locks")}>
      <div class="list-head"><h2>{t("locks")} <span class="count">{locks.length}</span></h2>
        {may && <button onClick={() => app.ask({ kind: "lock" })}>{word("button", "lock")}…</button>}</div>
      <ul class="plain">
        {locks.map((one, i) => {
          const verb = one.lock.includes(":") ? "unlock" : "in-service";
          return (
            <li key={`${one.lock} ${i}`} class="trouble" data-lock={one.lock}>
              <Icon name="clock" />
              <div>
                <p>{one.takenBack && <><UnprovedMark /> </>}{one.lock}{one.quiet && one.lock.includes(":") ? ` (${t("quiet")})` : ""}: {one.reason}</p>
                <span class="muted small">{t("lockUntil", moment(one.until ?? 0, app.nowMs), who(app, one.by), one.outputs ?? "–")}</span>
                {app.may === true && !app.forbidden.has(verb)
                  && <button onClick={() => app.ask({ kind: "unlock", lock: one.lock })}>{word("button", verb)}…</button>}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const ofIncident = (app, claim) => app.model.incidents.get(claim.incident)?.doc;
/** Nobody wants it any more: no incident that goes on, no hand that has not ended. */
const isLeft = (app, output) => output.claims.every((claim) => claim.hand?.ended
  || (!claim.hand && !/^(active|shelved-active|suppressed-active)/.test(ofIncident(app, claim)?.state ?? "")));

/** What is held, by whom, since when; and to put it back once nobody wants it any more. */
function Held({ app }) {
  const held = [...app.model.outputs.values()].map((entry) => entry.doc);
  const may = (verb) => app.may === true && !app.forbidden.has(verb);
  return (held.length > 0 || may("set")) && (
    <section aria-label={t("heldOutputs")}>
      <div class="list-head"><h2>{t("heldOutputs")} <span class="count">{held.length}</span></h2>
        {may("set") && <button onClick={() => app.ask({ kind: "set" })}>{word("button", "set")}…</button>}</div>
      <ul class="plain">
        {held.map((output) => (
          <li key={output.id} class="trouble" data-held={output.id}>
            <Icon name="machine" />
            <div>
              <p>{pick(output.name) || output.id}{output.stuck ? `: ${outputError(output.stuck)}` : ""}</p>
              {output.claims.map((claim, i) => (
                <span key={i} class="muted small">{claim.hand ? t("byHand", who(app, claim.hand.by), moment(claim.hand.until ?? 0, app.nowMs)) : shortId(claim.incident)}
                  {claim.said && <> · <b class="state unproved">{t("saidOnly")}</b></>}
                  {claim.since ? ` · ${t("since", moment(claim.since, app.nowMs), span(app.nowMs - claim.since, units()))}` : ""} </span>
              ))}
              {may("restore") && !output.stuck && isLeft(app, output)
                && <button disabled={app.isBusy("restore", output.id)} onClick={() => app.ask({ kind: "putBack", output: output.id })}>{word("button", "restore")}…</button>}
              {may("strike") && output.stuck && isLeft(app, output)
                && <button onClick={() => app.ask({ kind: "strike", output: output.id })}>{word("button", "strike")}…</button>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

// What only lies on the broker is asked about, and so is what the configuration has lost: facilityd follows neither.
const ASIDE = { "found.": ["adopt", "discard"], "kept.": ["discard"] };

/** The buttons of an incident that a trouble names. */
function Aside({ app, trouble }) {
  const kind = Object.keys(ASIDE).find((start) => trouble.id.startsWith(start));
  return kind && <TakenButtons app={app} id={trouble.id.slice(kind.length)} verbs={ASIDE[kind]} />;
}

export function Troubles({ app }) {
  const troubles = [...app.model.troubles.values()].map((entry) => entry.doc).sort((a, b) => (b.since ?? 0) - (a.since ?? 0));
  return (
    <section class="list single" aria-label={t("troubles")}>
      <div class="list-head"><h2>{t("troubles")} <span class="count">{troubles.length}</span></h2></div>
      <Held app={app} />
      <Locks app={app} />
      <p class="muted">{t("troubleHint")}</p>
      {troubles.length === 0 && <p class="empty"><Icon name="ok" size="28" />{t("noTroubles")}</p>}
      <ul class="plain">
        {troubles.map((trouble) => (
          <li key={trouble.id} class="trouble" data-trouble={trouble.id}>
            <Icon name="trouble" />
            <div>
              <p>{pick(trouble.text) || trouble.id}</p>
              <span class="muted small">{trouble.id}{trouble.since
                && ` · ${t("since", moment(trouble.since, app.nowMs), span(app.nowMs - trouble.since, units()))}`}</span>
              <Aside app={app} trouble={trouble} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Record({ app, chosen }) {
  return (
    <section class="list" aria-label={t("record")}>
      <div class="list-head"><h2>{t("record")} <span class="count">{app.model.record.length}</span></h2></div>
      <p class="muted">{t("recordHint", clock(app.model.openedMs))}</p>
      {app.model.record.length === 0 && <p class="empty">{t("noRecord")}</p>}
      <ul class="cards">
        {app.model.record.map(({ doc, how, atMs }) => (
          <li key={doc.id}>
            <a class={`incident is-closed${doc.drill ? " is-drill" : ""}${doc.id === chosen ? " chosen" : ""}`}
              href={`#record/${encodeURIComponent(doc.id)}`} data-id={doc.id}>
              <span class="row"><Severity severity={doc.severity} />{doc.drill && <DrillMark />}<span class="state">{how === "away" ? t("endedAway") : word("state", "closed")}</span></span>
              <strong class="name">{pick(doc.name)}<span class="place">{pick(doc.zoneName) || doc.zone}</span></strong>
              <span class="row small"><span>{moment(doc.raised, app.nowMs)}–{moment(atMs, app.nowMs)}</span><span class="id">{shortId(doc.id)}</span></span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Figures({ title, rows }) {
  return (
    <section class="figures">
      <h3>{title}</h3>
      <dl>{rows.map(([key, value]) => <div key={key}><dt>{key}</dt><dd>{value ?? "–"}</dd></div>)}</dl>
    </section>
  );
}

function Ranking({ title, rows }) {
  return (
    <section class="figures">
      <h3>{title}</h3>
      {rows.length === 0 ? <p class="muted">{t("none")}</p>
        : <dl>{rows.map(([what, value], i) => <div key={i}><dt>{what}</dt><dd>{value}</dd></div>)}</dl>}
    </section>
  );
}

export function Statistics({ app }) {
  const { stats, plan } = app.model, nowMs = app.nowMs;
  if (!stats)
    return <section class="list single"><div class="list-head"><h2>{t("statistics")}</h2></div><p class="empty">{t("noStats")}</p></section>;
  const typeName = (number) => pick(plan?.types.find((type) => type.number === number)?.name) || String(number ?? "");
  const zoneName = (id) => pick(plan?.zones.find((zone) => zone.id === id)) || id;
  const lasting = (one) => [<a href={`#incident/${encodeURIComponent(one.incident)}`}>{shortId(one.incident)}</a>,
    one.since ? span(nowMs - one.since, units()) : "–"];
  const { open, raised, flood } = stats;
  const round = (value) => (value === null ? null : Math.round(value * 100) / 100);
  return (
    <section class="list single" aria-label={t("statistics")}>
      <div class="list-head"><h2>{t("statistics")}</h2>{stats.time && <span class="muted">{t("asOf", clock(stats.time))}</span>}</div>
      {flood && (
        <p class={flood.active ? "flood active" : "flood"}>
          <Icon name={flood.active ? "high" : "ok"} />{flood.active ? t("flood", flood.limit ?? 10) : t("noFlood")}
          {flood.percentOfDay !== null && <span class="muted"> · {t("floodDay", round(flood.percentOfDay))}</span>}
        </p>
      )}
      <div class="figure-grid">
        <Figures title={t("openNow")} rows={Object.entries(open).map(([key, count]) => [word("open", key), count])} />
        <Figures title={t("raisedN")} rows={[[t("last10"), raised.last_10_min], [t("lastHour"), raised.last_hour], [t("lastDay"), raised.last_day],
          [t("average10"), round(raised.average_per_10_min)],
          [t("peak10"), raised.peak_10_min === null ? null : `${raised.peak_10_min}${raised.peak_time ? ` (${moment(raised.peak_time, nowMs)})` : ""}`]]} />
        <Ranking title={t("mostFrequent")} rows={stats.mostFrequent.map((one) => [`${typeName(one.type)} · ${zoneName(one.zone)}`, t("times", one.raises)])} />
        <Ranking title={t("chatteringList")} rows={stats.chattering.map((one) => [`${one.rule} · ${zoneName(one.zone)}`, t("times", one.raises)])} />
        <Ranking title={t("standing")} rows={stats.standing.map(lasting)} />
        <Ranking title={t("staleList")} rows={stats.stale.map(lasting)} />
      </div>
    </section>
  );
}
