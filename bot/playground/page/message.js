/** One message as a row whose parts change in place, only where their data changed. */

import { carryPictures } from "./attachments.js";
import { avatar } from "./avatars.js";
import { showPending } from "./components.js";
import { button, el } from "./dom.js";
import { contextData, contextLine } from "./message_context.js";
import { EPHEMERAL } from "./message_flags.js";
import { PARTS } from "./message_parts.js";
import { messageTools } from "./message_tools.js";
import { nameOf } from "./store.js";
import { clock, fullTime } from "./time.js";

/** Returns {element, message, update(message)}. */
export function createMessageRow(view, first) {
  const context = slot({ name: "context", reads: contextData, draw: contextLine });
  const slots = PARTS.map(slot);
  const body = el("div", { class: "message-body" }, ...slots.map(({ node }) => node));
  const tools = messageTools(view, () => row.message);
  const element = el("article", rowProps(first), context.node, face(view, first), body, tools);
  const row = { element, message: first, update };

  function update(message) {
    row.message = message;
    element.classList.toggle("ephemeral", Boolean(message.flags & EPHEMERAL));
    for (const each of [context, ...slots]) redraw(each, view, message);
    for (const node of element.querySelectorAll("[data-custom-id]")) {
      showPending(node, view.actions.isPending(message.id, node.dataset.customId));
    }
  }

  update(first);
  return row;
}

const slot = (part) => ({ ...part, node: el("div", { class: `message-${part.name}` }), key: undefined });

function rowProps({ id, author }) {
  const name = `Message by ${nameOf(author)}`;
  return { class: "message", "data-message-id": id, "data-author-id": author.id, "aria-label": name };
}

function face(view, { author, timestamp }) {
  const sent = new Date(timestamp);
  const open = (event) => view.menus.user(author, event.currentTarget);
  const names = { "aria-label": `About ${nameOf(author)}`, tabindex: "-1" };
  return el(
    "div",
    { class: "message-face" },
    button("face-button", open, names, avatar(view.store, author)),
    el("time", { class: "message-side-time", datetime: timestamp, title: fullTime(sent) }, clock(sent)),
  );
}

function redraw(part, view, message) {
  const key = dataKey(part.reads(message, view));
  if (key === part.key) return;
  part.key = key;
  const pictures = [...part.node.querySelectorAll("img")];
  const focused = part.node.contains(document.activeElement) ? document.activeElement.dataset.customId : undefined;
  part.node.replaceChildren(...[part.draw(view, message)].flat().filter(Boolean));
  carryPictures(pictures, [...part.node.querySelectorAll("img")]);
  if (focused) part.node.querySelector(`[data-custom-id="${CSS.escape(focused)}"]`)?.focus();
}

/** Signed attachment addresses change with every answer; the path alone says whether the picture did. */
function dataKey(data) {
  const isAddress = (name, value) => name.endsWith("url") && typeof value === "string";
  return JSON.stringify(data ?? null, (name, value) => (isAddress(name, value) ? value.split("?")[0] : value));
}
