/** Right-click and "Apps" menus: the bot's message and user commands, and small helpers. */

import { avatar } from "./avatars.js";
import { availableCommands } from "./commands.js";
import { openMenu } from "./menu.js";
import { nameOf } from "./store.js";

/** How long a finger rests before it means the menu, ms, and how far it may slip meanwhile, CSS pixels. */
const LONG_PRESS_MS = 500;
const SLIP = 10;
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

/** Opens the menus on a right click, the menu key or a long press over a message or a face inside `root`. */
export function listenForContextMenus(root, view) {
  let finger = null;
  root.addEventListener("contextmenu", (event) => open(event, event));
  root.addEventListener("touchstart", (event) => (finger = placeOf(event)), { passive: true });
  root.addEventListener("touchend", (event) => {
    const { x, y, at } = placeOf(event);
    const rested = at - finger.at > LONG_PRESS_MS && Math.hypot(x - finger.x, y - finger.y) < SLIP;
    if (rested) open(event, { clientX: x, clientY: y });
  });

  function open(event, { clientX: x, clientY: y }) {
    const row = event.target.closest("[data-message-id]");
    const message = row && !event.target.closest("a, textarea, input") ? view.store.find(row.dataset.messageId) : null;
    if (!message) return;
    event.preventDefault();
    const anchor = x || y ? { x, y } : row;
    if (event.target.closest(".face-button, .author")) view.menus.user(message.author, anchor);
    else view.menus.message(message, anchor);
  }
}

const placeOf = ({ changedTouches: [touch], timeStamp: at }) => ({ x: touch.clientX, y: touch.clientY, at });
