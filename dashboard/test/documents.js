// Documents as facilityd would publish them.

/** An incident as facilityd would publish it. */
export function incident(id, changes = {}) {
  const now = Date.now(), iso = (ms) => new Date(ms).toISOString();
  return {
    v: 1, id, type: 2, type_id: "water-loss", name: { zh: "突发断水", en: "Water loss" }, zone: "f3",
    zone_name: { zh: "三层", en: "Floor 3" }, severity: "high", state: "active-unacknowledged", drill: false,
    raised: iso(now - 90000), acknowledged: null, returned: null, closed: null, shelved: null, suppressed: null,
    handed_over: null, escalation: { level: 0, of: 2, next: iso(now + 60000) },
    causes: [{ rule: "water-pressure-low", name: { zh: "水压低", en: "Water pressure low" }, by: null, note: "", active: true,
      since: iso(now - 95000), until: null, chattering: false,
      readings: [{ point: "f3-water-pressure", name: { zh: "三层水压", en: "Water pressure, floor 3" }, value: 0.31, text: null,
        unit: "bar", quality: "good", reason: null, time: iso(now - 95000) }] }],
    steps: [
      { id: "boilers-off", clause: "2.2", text: { zh: "系统自动切断断水区域的开水炉电源。", en: "The machine switches off the boilers." },
        roles: [], by: [{ id: "property", zh: "物业处", en: "Property office" }], tell: [{ id: "centre", zh: "中心", en: "Centre" }], deadline: iso(now - 30000), mandatory: true, applies: "yes",
        status: "open", user: null, time: null, note: "", overdue: true,
        action: { id: "boilers-off", name: { zh: "关闭开水炉", en: "Boilers off" }, mode: "confirm", state: "awaiting", time: null,
          outputs: [{ point: "f3-tea-boiler-supply", name: { zh: "三层开水炉", en: "Boiler, floor 3" }, wanted: 0,
            text: { zh: "断电", en: "off" }, state: "recording", error: null, time: null }] } },
      { id: "notices", clause: "2.3", text: { zh: "摆放停水告示。", en: "Put up notices." }, roles: [], by: [], tell: [], deadline: iso(now + 300000),
        mandatory: true, applies: "yes", status: "open", user: null, time: null, note: "", overdue: false, action: null },
      { id: "later", clause: "2.4", text: { zh: "送水。", en: "Bring water." }, roles: [], by: [], tell: [], deadline: null, mandatory: false,
        applies: "no", status: "open", user: null, time: null, note: "", overdue: false, action: null },
    ],
    ...changes,
  };
}

export const state = (status) => ({ v: 1, status, site: { id: "centre", zh: "行政服务中心", en: "Administrative Service Centre" },
  version: "0", since: new Date().toISOString() });
