/** The small line over a message: who used which command, or what it replies to. */

import { avatar } from "./avatars.js";
import { button, el, span } from "./dom.js";
import { inline } from "./markdown_inline.js";
import { nameOf } from "./store.js";

const FORWARD = 1;
const EXCERPT = 200;

/** What the line is drawn from. */
export function contextData(message) {
  return [message.interaction_metadata?.name, message.message_reference, message.referenced_message?.content];
}

export function contextLine(view, message) {
  if (message.interaction_metadata?.name) return usedLine(view, message.interaction_metadata);
  const reference = message.message_reference;
  if (!reference || reference.type === FORWARD) return [];
  return replyLine(view, message.referenced_message ?? view.store.find(reference.message_id));
}

function usedLine({ store }, { user, name }) {
  const fromMenu = store.commands.some((command) => command.name === name && command.type > 1);
  return [...who(store, user), " used ", span("used-command", fromMenu ? name : `/${name}`)];
}

function replyLine(view, target) {
  if (!target) return [span("context-curve"), el("em", {}, "The original message was deleted")];
  const show = () => view.list.show(target.id);
  return [...who(view.store, target.author), button("reply-words", show, {}, excerpt(target, view.store))];
}

function who(store, user) {
  return [span("context-curve"), avatar(store, user, "tiny"), el("strong", {}, nameOf(user))];
}

/** The first line as markdown reads without its looks. */
function excerpt(message, names) {
  const [line] = message.content.split("\n");
  if (line) return span("", inline(line.slice(0, EXCERPT), names)).textContent;
  return message.attachments?.length ? "Press to see the picture" : "Press to see the message";
}
