// Single-key shortcuts; off while somebody types or a dialog is open, and where they are switched off.

import { isUnacknowledged } from "./model.js";
import { TABS } from "./views/app.jsx";

const TYPING = "input, textarea, select, dialog[open] *";

function move(by) {
  const links = [...document.querySelectorAll(".list .cards a, .list .points a")].filter((link) => link.offsetParent);
  const at = links.indexOf(document.activeElement);
  const chosen = at >= 0 ? at : links.findIndex((link) => link.classList.contains("chosen"));
  links[Math.min(links.length - 1, Math.max(0, chosen + by))]?.focus();
}

function acknowledge(app) {
  const focused = document.activeElement?.dataset?.id, id = focused ?? app.route.id;
  const incident = id && app.model.incidents.get(id)?.doc;
  if (app.canAct && incident && isUnacknowledged(incident) && !app.isBusy("ack", id))
    app.run("ack", { incident: id });
}

function goBack(app) {
  const { tab, id } = app.route;
  if (!id)
    return;
  location.hash = tab;
  requestAnimationFrame(() => document.querySelector(`a[data-id="${CSS.escape(id)}"], a[data-point="${CSS.escape(id)}"]`)?.focus());
}

export function watchKeys(app) {
  const keys = {
    j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
    a: () => acknowledge(app), s: () => app.toggleSound(), l: () => app.switchLanguage(),
    r: () => app.canAct && app.ask({ kind: "report" }), "?": () => app.ask({ kind: "help" }), Escape: () => goBack(app),
  };
  TABS.forEach((tab, i) => {
    keys[i + 1] = () => {
      location.hash = tab;
    };
  });
  addEventListener("keydown", (event) => {
    const always = event.key === "Escape" || event.key === "?";
    if (event.ctrlKey || event.altKey || event.metaKey || !app.link || app.wall || (!app.keysOn && !always))
      return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]") || !(event.key in keys))
      return;
    // Arrows move only within a list; elsewhere they scroll.
    if (event.key.startsWith("Arrow") && !event.target.closest?.(".cards, .points"))
      return;
    event.preventDefault();
    keys[event.key]();
  });
}
