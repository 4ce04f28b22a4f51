/** The small line over a message: who used which command, pressed which message's button, or what it replies to. */

import { avatar } from "./avatars.js";
import { button, el, span } from "./dom.js";
import { inline } from "./markdown_inline.js";
import { EPHEMERAL } from "./message_flags.js";
import { nameOf } from "./store.js";

const FORWARD = 1;
const EXCERPT = 200;

/** What the line is drawn from. */
export function contextData(message) {
  const { interaction_metadata: origin, message_reference: reference, referenced_message: target } = message;
  return [origin?.name, pressedId(origin), reference, target?.content];
}

export function contextLine(view, message) {
  const { interaction_metadata: origin, message_reference: reference } = message;
  const pressed = view.store.find(pressedId(origin));
  if (pressed && !(pressed.flags & EPHEMERAL)) return pressedLine(view, origin.user, pressed);
  if (origin?.name) return usedLine(view, origin);
  if (!reference || reference.type === FORWARD) return [];
  return replyLine(view, message.referenced_message ?? view.store.find(reference.message_id));
}

/** The message whose button, or whose button's modal, was answered. */
const pressedId = (origin) =>
  origin?.interacted_message_id ?? origin?.triggering_interaction_metadata?.interacted_message_id;

const pressedLine = (view, user, target) => [...who(view.store, user), "pressed a button under", link(view, target)];

function usedLine({ store }, { user, name }) {
  const fromMenu = store.commands.some((command) => command.name === name && command.type > 1);
  return [...who(store, user), " used ", span("used-command", fromMenu ? name : `/${name}`)];
}

function replyLine(view, target) {
  if (!target) return [span("context-curve"), el("em", {}, "The original message was deleted")];
  return [...who(view.store, target.author), link(view, target)];
}

function link(view, target) {
  return button("reply-words", () => view.list.show(target.id), {}, excerpt(target, view.store));
}

function who(store, user) {
  return [span("context-curve"), avatar(store, user, "tiny"), el("strong", {}, nameOf(user))];
}

/** The first line, of its words or its embed, as markdown reads without its looks. */
function excerpt(message, names) {
  const [embed] = message.embeds ?? [];
  const [line] = (message.content || embed?.title || embed?.description || "").split("\n");
  if (line) return span("", inline(line.slice(0, EXCERPT), names)).textContent;
  return message.attachments?.length ? "Press to see the picture" : "Press to see the message";
}
