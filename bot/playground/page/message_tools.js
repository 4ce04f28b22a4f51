/** The small toolbar that floats over a message: react, and its menu of app commands. */

import { button, el, iconButton } from "./dom.js";
import { QUICK_REACTIONS } from "./emoji.js";
import { openPopover } from "./popover.js";

/** current() gives the row's latest message. */
export function messageTools(view, current) {
  const openPicker = ({ currentTarget }) => openReactions(view, current(), currentTarget);
  const openMenu = ({ currentTarget }) => view.menus.message(current(), currentTarget);
  const popup = { "aria-haspopup": "menu" };
  return el(
    "div",
    { class: "message-tools", role: "toolbar", "aria-label": "Message actions" },
    iconButton("smile", "Add a reaction", openPicker, { ...popup, "data-testid": "add-reaction" }),
    iconButton("more", "Apps and more", openMenu, { ...popup, "data-testid": "message-menu" }),
  );
}

function openReactions(view, message, anchor) {
  const panel = el("div", { class: "reaction-picker", role: "menu", "aria-label": "Reactions" });
  const react = (name) => () => {
    panel.hidePopover();
    view.actions.react(message, { name });
  };
  panel.append(...QUICK_REACTIONS.map((name) => button("", react(name), { role: "menuitem" }, name)));
  openPopover(panel, anchor);
  panel.firstElementChild.focus();
}
