/** Right-click and "Apps" menus: the bot's message and user commands, and small helpers. */

import { avatar } from "./avatars.js";
import { availableCommands } from "./commands.js";
import { openMenu } from "./menu.js";
import { nameOf } from "./store.js";

const USER_COMMAND = 2;
const MESSAGE_COMMAND = 3;

/** Returns {message(message, anchor), user(user, anchor)}; an anchor is an element or a point. */
export function createContextMenus(view) {
  const { store } = view;

  function appEntries(type, targetId) {
    const commands = availableCommands(store).filter((command) => command.type === type);
    const entries = commands.map((command) => ({
      label: command.name,
      node: avatar(store, store.application.bot_user, "tiny"),
      dataset: { command: command.name },
      run: () => view.actions.runContextCommand(command, targetId),
    }));
    return entries.length ? [{ heading: "Apps" }, ...entries] : [];
  }

  function openForMessage(message, anchor) {
    if (message.local) return;
    const entries = [
      ...appEntries(MESSAGE_COMMAND, message.id),
      { heading: "Message" },
      ...(message.content ? [copyEntry("Copy text", message.content)] : []),
      copyEntry("Copy message ID", message.id),
    ];
    openMenu(entries, anchor);
  }

  function openForUser(user, anchor) {
    const member = store.members.find((known) => known.user.id === user.id);
    const other = member && user.id !== store.memberId;
    const actAs = { label: `Act as ${nameOf(user)}`, icon: "swap", run: () => view.actAs(user.id) };
    const entries = [
      { heading: [nameOf(user), member?.note].filter(Boolean).join(" · ") },
      ...(other ? [actAs] : []),
      ...appEntries(USER_COMMAND, user.id),
      { heading: "Member" },
      copyEntry("Copy user ID", user.id),
    ];
    openMenu(entries, anchor);
  }

  return { message: openForMessage, user: openForUser };
}

const copyEntry = (label, text) => ({ label, run: () => navigator.clipboard.writeText(text) });

/** Opens the menus on a right click (or the menu key) over a message or a face inside `root`. */
export function listenForContextMenus(root, view) {
  root.addEventListener("contextmenu", (event) => {
    const row = event.target.closest("[data-message-id]");
    const message = row && !event.target.closest("a, textarea, input") ? view.store.find(row.dataset.messageId) : null;
    if (!message) return;
    event.preventDefault();
    const anchor = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : row;
    if (event.target.closest(".face-button, .author")) view.menus.user(message.author, anchor);
    else view.menus.message(message, anchor);
  });
}
