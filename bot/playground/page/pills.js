/** Draws a command draft as pills around the composer's field. */

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** handlers: {leave(), open(name), more()}. Returns {before, after}: nodes on either side of the field. */
export function draftPills(draft, { marked, handlers }) {
  const pills = draft.shown.map((name) => pill(draft, name, marked.has(name), () => handlers.open(name)));
  const at = draft.active === null ? pills.length : draft.shown.indexOf(draft.active);
  const rest = draft.hiddenOptions.length;
  return {
    before: [commandPill(draft.entry.name, handlers.leave), ...pills.slice(0, at)],
    after: [...pills.slice(at + 1), ...(rest ? [morePill(rest, handlers.more)] : [])],
  };
}

function commandPill(name, leave) {
  const props = {
    class: "pill pill-command",
    "aria-label": `Command ${name}, press to leave it`,
    "data-testid": "active-command",
    "data-command": name,
  };
  return el("button", { type: "button", ...props, on: { click: leave } }, `/${name}`, icon("close"));
}

function morePill(count, more) {
  const props = { class: "pill pill-more", "aria-label": `${count} more options`, "data-testid": "more-options" };
  return el("button", { type: "button", ...props, on: { click: more } }, `+${count} more`);
}

function pill(draft, name, marked, open) {
  const { description, required } = draft.option(name);
  const { text, preview, uploading } = draft.filled(name);
  const problem = marked || (text && !uploading) ? draft.problemOf(name) : undefined;
  const look = ["pill", problem && "pill-wrong", !text && "pill-empty"].filter(Boolean).join(" ");
  return el(
    "button",
    { type: "button", class: look, title: problem ?? description, dataset: { option: name }, on: { click: open } },
    el("span", { class: "pill-name" }, name),
    preview ? el("img", { class: "pill-preview", src: preview, alt: "" }) : null,
    el("span", { class: "pill-value" }, text.trim() || (required ? "required" : "empty")),
    uploading ? el("span", { class: "spinner", role: "img", "aria-label": "uploading" }) : null,
  );
}
