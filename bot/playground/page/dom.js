/** Builds DOM nodes from plain calls; text always enters as text nodes, never as HTML. */

import { icon } from "./icons.js";

const ASSIGN = {
  on: (node, listeners) => eachEntry(listeners, (type, listener) => node.addEventListener(type, listener)),
  style: (node, rules) => eachEntry(rules, (name, value) => node.style.setProperty(name, value)),
  dataset: (node, data) => Object.assign(node.dataset, data),
};

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "multiple"]);

function eachEntry(record, apply) {
  for (const [key, value] of Object.entries(record)) apply(key, value);
}

function assign(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (ASSIGN[name]) ASSIGN[name](node, value);
  else if (PROPERTIES.has(name)) node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

/** el("p", {class: "note", on: {click}}, "text", [node], null): null, undefined and false children are left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  eachEntry(props, (name, value) => assign(node, name, value));
  node.append(...children.flat(Infinity).filter((child) => (child ?? false) !== false));
  return node;
}

/** button("text-button", press, {title: "…"}, "Remove"). */
export function button(look, press, props = {}, ...children) {
  return el("button", { type: "button", class: look, on: press ? { click: press } : {}, ...props }, ...children);
}

/** A button that holds only an icon, with its spoken name. */
export function iconButton(name, label, press, { class: look = "", ...props } = {}) {
  return button(`icon-button ${look}`, press, { "aria-label": label, title: label, ...props }, icon(name));
}

export const span = (look, ...children) => el("span", { class: look }, ...children);

/** A label with a fainter line under it where there is more to say. */
export const twoLines = (label, hint) => span("menu-words", span("", label), hint ? span("faint", hint) : null);

/** A link to somewhere else; plain words where the address is not http or https. */
export function outLink(address, props, ...children) {
  const href = safeUrl(address);
  return el(href ? "a" : "span", { ...props, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Only http and https addresses may become links or pictures; anything else is undefined. */
export function safeUrl(text) {
  try {
    const url = new URL(text, location.href);
    return ["http:", "https:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Discord's colour number as CSS; 0 and nothing are undefined. */
export function cssColor(number) {
  return number ? `#${number.toString(16).padStart(6, "0")}` : undefined;
}

/** A random id for correlating requests; crypto.randomUUID needs a secure context, which loopback is. */
export function nonce() {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 24);
}
