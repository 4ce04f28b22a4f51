/** A keyboard-friendly menu of actions in a popover. */

import { button, el, twoLines } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./popover.js";

/**
 * entries: {heading} or {label, hint?, icon? | node?, checked?, dataset?, run}; anchor: an element or {x, y};
 * options: openPopover's. The focus goes to the checked or first entry.
 */
export function openMenu(entries, anchor, options = {}) {
  const panel = el("div", { class: "menu", role: "menu", "data-testid": "menu" });
  panel.append(...entries.map((entry) => (entry.heading === undefined ? item(entry, panel) : heading(entry))));
  panel.addEventListener("keydown", (event) => moveFocus(event, panel));
  openPopover(panel, anchor, options);
  (panel.querySelector("[aria-checked=true]") ?? panel.querySelector("button"))?.focus();
}

const heading = (entry) => el("p", { class: "menu-heading", role: "presentation" }, entry.heading);

function item(entry, panel) {
  const { label, hint, node, checked, dataset = {} } = entry;
  const role =
    checked === undefined ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": String(checked) };
  const run = () => {
    panel.hidePopover();
    entry.run();
  };
  const mark = node ?? (entry.icon ? icon(entry.icon) : null);
  return button("menu-item", run, { ...role, dataset }, mark, twoLines(label, hint), checked ? icon("check") : null);
}

function moveFocus(event, panel) {
  const items = [...panel.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (goal === undefined) return;
  event.preventDefault();
  items[(goal + items.length) % items.length].focus();
}
