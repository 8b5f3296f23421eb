// The building by floor: each point's value, unit, quality and age; and the plot of one.

import { useState } from "preact/hooks";
import { floorOf } from "../model.js";
import { clock, span } from "../time.js";
import { pick, reasonText, t, units, word } from "../words.js";
import { Icon } from "./icons.jsx";
import { BackLink } from "./incident.jsx";
import { Plot } from "./plot.jsx";
import { Severity, readingText } from "./words.jsx";

/** Floors in the order of the plan's zones: [{ id, name, points, incidents }]. */
export function floorsOf(model) {
  const zones = model.plan?.zones ?? [], site = model.state?.site?.id;
  const order = new Map(zones.map((zone, i) => [zone.id, i])), floors = new Map();
  const floor = (zone) => {
    const id = floorOf(zone);
    if (!floors.has(id)) {
      const known = zones.find((one) => one.id === id);
      floors.set(id, { id, name: id === site ? t("wholeSite") : pick(known) || id, points: [], incidents: [] });
    }
    return floors.get(id);
  };
  for (const { doc } of model.points.values())
    floor(doc.zone).points.push(doc);
  for (const incident of model.list())
    floor(incident.zone).incidents.push(incident);
  const rank = (id) => order.get(id) ?? 1e6;
  for (const one of floors.values())
    one.points.sort((a, b) => rank(a.zone) - rank(b.zone) || (a.class < b.class ? -1 : a.class > b.class ? 1 : a.id < b.id ? -1 : 1));
  return [...floors.values()].sort((a, b) => rank(a.id) - rank(b.id));
}

function qualityText(point) {
  return `${word("quality", point.quality)}${point.quality !== "good" && point.reason ? `: ${reasonText(point.reason)}` : ""}`;
}

function PointRow({ point, zones, nowMs, chosen }) {
  const text = readingText(point);
  return (
    <li>
      <a class={`point ${point.quality}${chosen ? " chosen" : ""}`} href={`#building/${encodeURIComponent(point.id)}`}
        aria-current={chosen ? "true" : undefined} data-point={point.id}>
        <span class="point-name">{pick(point.name) || point.id}<span class="muted">{zones.get(point.zone) ?? point.zone}</span></span>
        <b class="point-value">{text ?? t("noValue")}</b>
        <span class="point-quality">{point.quality !== "good" && <Icon name="away" />}{qualityText(point)}</span>
        <span class="point-age muted">{point.time ? t("ago", span(nowMs - point.time, units())) : t("never")}</span>
      </a>
    </li>
  );
}

export function Building({ app, chosen }) {
  const [filter, setFilter] = useState("");
  const zones = new Map((app.model.plan?.zones ?? []).map((zone) => [zone.id, pick(zone)]));
  const wanted = filter.trim().toLowerCase();
  const matches = (point) => !wanted || [point.id, point.zone, point.class, point.name.zh, point.name.en, zones.get(point.zone) ?? ""]
    .some((text) => text.toLowerCase().includes(wanted));
  return (
    <section class="list wide" aria-label={t("building")}>
      <div class="list-head">
        <h2>{t("building")}</h2>
        <input type="search" placeholder={t("filter")} aria-label={t("filter")} value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)} />
      </div>
      {app.model.points.size === 0 && <p class="empty">{t("noPoints")}</p>}
      {floorsOf(app.model).map((floor) => {
        const points = floor.points.filter(matches), poor = floor.points.filter((p) => p.quality !== "good").length;
        return points.length > 0 && (
          <section key={floor.id} class="floor">
            <h3>
              {floor.name}
              {floor.incidents[0] && <Severity severity={floor.incidents[0].severity} />}
              <span class="count">{poor ? t("notGood", poor) : t("allGood", floor.points.length)}</span>
            </h3>
            <ul class="points">
              {points.map((point) => <PointRow key={point.id} point={point} zones={zones} nowMs={app.nowMs} chosen={point.id === chosen} />)}
            </ul>
          </section>
        );
      })}
    </section>
  );
}

export function Point({ app, id }) {
  const point = app.model.points.get(id)?.doc;
  if (!point)
    return <section class="detail"><BackLink to="#building" /><p class="empty">{t("noPoints")}</p></section>;
  return (
    <section class="detail" aria-label={pick(point.name)}>
      <BackLink to="#building" />
      <header>
        <span class="row"><span class="id">{point.id}</span><span class="muted">{point.class}</span></span>
        <h2 tabindex="-1" id="detail-title">{pick(point.name) || point.id}</h2>
        <p class="big-value">{readingText(point) ?? t("noValue")} <span class="muted">{qualityText(point)}</span></p>
      </header>
      <Plot app={app} point={point} />
      <p class="muted small">{t("plotKept", clock(app.model.openedMs))}</p>
    </section>
  );
}
