/** A list to pick one or several entries from, in a popover, driven by mouse, keys or typed letters. */

import { button, el, span, twoLines } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./popover.js";

/**
 * entries: [{value, label, hint?, node?}]; picked: the values chosen so far; most: how many may be; name: spoken.
 * change(values) is called at every pick, close() at the end; a single choice closes the list at once.
 */
export function openListBox({ entries, picked, most, anchor, name }, { change, close }) {
  const many = most > 1;
  const props = { role: "listbox", tabindex: "0", "aria-label": name, "aria-multiselectable": String(many) };
  const panel = el("div", { class: "list", ...props, "data-testid": "select-list" });
  const rows = entries.map((entry, index) => row(entry, index, many));
  let values = picked;
  let at = Math.max(
    0,
    entries.findIndex(({ value }) => values.includes(value)),
  );

  function paint() {
    rows.forEach((node, index) => {
      node.setAttribute("aria-selected", String(values.includes(entries[index].value)));
      node.classList.toggle("active", index === at);
    });
    panel.setAttribute("aria-activedescendant", rows[at]?.id ?? "");
    rows[at]?.scrollIntoView({ block: "nearest" });
  }

  function pick(index) {
    at = index;
    values = withPick(values, entries[index].value, most);
    change(values);
    if (many) paint();
    else panel.hidePopover();
  }

  function press(event) {
    if (event.target !== panel || !rows.length) return;
    const goal = goalOf(event.key, at, entries);
    if (goal !== undefined) at = goal;
    else if (["Enter", " "].includes(event.key)) pick(at);
    else return;
    event.preventDefault();
    paint();
  }

  rows.forEach((node, index) => node.addEventListener("click", () => pick(index)));
  panel.append(el("div", { class: "list-rows", role: "presentation" }, rows));
  if (!rows.length) panel.append(el("p", { class: "list-empty" }, "There is nothing to choose from."));
  if (many) panel.append(button("list-done", () => panel.hidePopover(), {}, "Done"));
  panel.addEventListener("keydown", press);
  panel.addEventListener("toggle", (event) => event.newState === "closed" && (close(), anchor.focus()));
  openPopover(panel, anchor, { width: anchor.offsetWidth });
  panel.focus();
  paint();
}

/** The values after picking one: it replaces the only one, or is added or taken back. */
function withPick(values, value, most) {
  if (most === 1) return [value];
  if (values.includes(value)) return values.filter((other) => other !== value);
  return values.length < most ? [...values, value] : values;
}

function row(entry, index, many) {
  const props = { role: "option", id: `list-row-${index}`, "data-value": entry.value };
  const tick = span(many ? "tick tick-box" : "tick", icon("check"));
  return el("div", { class: "list-row", ...props }, entry.node, twoLines(entry.label, entry.hint), tick);
}

/** Where a key moves to: arrows, Home, End, or the next entry that starts with a typed letter; else undefined. */
function goalOf(key, at, entries) {
  const last = entries.length - 1;
  const moves = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last };
  if (key in moves) return moves[key];
  if (key.length !== 1 || key === " ") return undefined;
  const starts = ({ label }) => label.toLowerCase().startsWith(key.toLowerCase());
  const order = [...entries.keys()].map((step) => (at + 1 + step) % entries.length);
  return order.find((index) => starts(entries[index]));
}
