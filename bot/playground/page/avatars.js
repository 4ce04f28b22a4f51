/** Draws members' round avatars: the playground's mark for the bot, a coloured initial for people. */

import { cssColor, el, span } from "./dom.js";
import { nameOf } from "./store.js";

const FALLBACK_COLORS = ["#e57a5f", "#c46ad0", "#5f9de5", "#4fae86", "#d9a441", "#8f7ee7"];

/** The playground says "#rrggbb" or a number; users it does not know get a colour by their id. */
function colorOf(store, user) {
  const known = store.userById(user.id)?.avatar_color;
  const color = typeof known === "number" ? cssColor(known) : known;
  return color || FALLBACK_COLORS[Number(user.id.slice(-3)) % FALLBACK_COLORS.length];
}

/** size: "normal", "small" or "tiny". */
export function avatar(store, user, size = "normal") {
  const props = { class: `avatar avatar-${size}`, "aria-hidden": "true" };
  if (store.isBot(user)) return el("span", props, el("img", { src: "/page/mark.svg", alt: "" }));
  const [initial = "?"] = nameOf(user);
  return el("span", { ...props, style: { "--avatar": colorOf(store, user) } }, initial.toUpperCase());
}

export const appBadge = () => span("app-badge", "APP");
