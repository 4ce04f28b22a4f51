/** Renders a message's components: action rows with buttons and selects, and the v2 layout pieces. */

import { button, el, outLink } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { icon } from "./icons.js";
import { layoutNode } from "./layout.js";
import { createSelect, isSelect } from "./selects.js";

const ROW = 1;
const BUTTON = 2;
const LINK = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", [LINK]: "link", 6: "premium" };

/** message.components -> nodes; presses go to view.actions. */
export function componentNodes(view, message) {
  return (message.components ?? []).map((component) => componentNode(view, component, message));
}

function componentNode(view, component, message) {
  const child = (nested) => componentNode(view, nested, message);
  if (component.type === ROW) return el("div", { class: "row" }, component.components.map(child));
  if (component.type === BUTTON) return buttonNode(view, component, message);
  if (isSelect(component)) return selectNode(view, component, message);
  return layoutNode(view, component, message, child);
}

function buttonNode(view, component, message) {
  const { style, label, emoji, url, disabled, custom_id: customId } = component;
  const look = `button button-${STYLES[style] ?? "secondary"}`;
  const content = [emoji ? emojiNode(emoji) : null, label ? el("span", {}, label) : null];
  const name = label ? undefined : emoji?.name;
  if (style === LINK) return outLink(url, { class: look, "aria-label": name }, content, icon("link"));
  const press = () => view.actions.press(message, component);
  return button(look, press, { disabled, "aria-label": name, "data-custom-id": customId }, content);
}

function selectNode(view, component, message) {
  const onChoose = (values) => view.actions.press(message, component, values);
  return createSelect(view, component, { onChoose }).element;
}

/** Marks a pressed control as waiting for the bot's answer. */
export function showPending(node, pending) {
  node.classList.toggle("pending", pending);
  if (pending) node.setAttribute("aria-busy", "true");
  else node.removeAttribute("aria-busy");
}
