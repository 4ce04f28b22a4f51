/** Reactions under a message, each a toggle with its count. */

import { button, span } from "./dom.js";
import { emojiKey, emojiNode } from "./emoji.js";

export function reactionNodes(view, message) {
  return (message.reactions ?? []).map(({ emoji, count, me }) => {
    const react = () => view.actions.react(message, emoji);
    const names = { "aria-label": `${emoji.name}, ${count}`, "data-emoji": emojiKey(emoji) };
    return button(
      "reaction",
      react,
      { "aria-pressed": String(Boolean(me)), ...names },
      emojiNode(emoji),
      span("", `${count}`),
    );
  });
}
