/** Shows Discord's emoji objects; custom ones, which the playground does not serve, appear by name. */

import { el } from "./dom.js";

/** The few reactions the picker offers. */
export const QUICK_REACTIONS = ["👍", "❤️", "🔥", "🎨", "😂", "😮", "👀", "🎉", "✅", "❌"];

export const emojiNode = (emoji) =>
  el("span", { class: "emoji", "aria-hidden": "true" }, emoji.id ? `:${emoji.name}:` : emoji.name);

/** The form the reactions call takes: the character, or name:id. */
export const emojiKey = (emoji) => (emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name);
