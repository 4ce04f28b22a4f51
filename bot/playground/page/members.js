/** Who one is: the panel under the channels to switch members, and the list of everybody at the right. */

import { appBadge, avatar } from "./avatars.js";
import { button, el, span, twoLines } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { nameOf } from "./store.js";

const DEFAULT_NOTE = "Member";

/** The bottom panel: the acting member, and the menu that changes it. */
export function mountWho(view, root) {
  const { store } = view;
  for (const change of ["directory", "place"]) store.addEventListener(change, draw);

  function draw() {
    if (!store.member) return;
    const { user, note } = store.member;
    const props = {
      "aria-haspopup": "menu",
      "aria-label": `You are ${nameOf(user)}. Switch member`,
      "data-testid": "member-switcher",
      "data-member-id": user.id,
    };
    const words = twoLines(span("who-name", nameOf(user)), note || DEFAULT_NOTE);
    const open = (event) => openSwitcher(event.currentTarget);
    root.replaceChildren(button("who-button", open, props, avatar(store, user), words, icon("swap")));
  }

  function openSwitcher(anchor) {
    const entries = store.members.map(({ user, note }) => ({
      label: nameOf(user),
      hint: note || DEFAULT_NOTE,
      node: avatar(store, user, "small"),
      checked: user.id === store.memberId,
      dataset: { memberId: user.id },
      run: () => view.actAs(user.id),
    }));
    openMenu([{ heading: "Act as" }, ...entries], anchor, { above: true, width: anchor.offsetWidth });
  }
}

/** The right panel: every member and the bot, with their menus. */
export function mountPeople(view, root) {
  const { store } = view;
  for (const change of ["directory", "place"]) store.addEventListener(change, draw);

  function draw() {
    const bot = store.application?.bot_user;
    const people = store.members.filter(({ user }) => !store.isBot(user));
    root.replaceChildren(section("Apps", bot ? [botRow(bot)] : []), section("Members", people.map(memberRow)));
  }

  function section(title, rows) {
    const items = rows.map((node) => el("li", {}, node));
    return el("section", {}, el("h2", { class: "category" }, `${title} — ${rows.length}`), el("ul", {}, items));
  }

  function botRow(bot) {
    const name = span("person-name", nameOf(bot), appBadge());
    return row(bot, twoLines(name, store.botOnline ? "Type / to begin" : "starting…"), !store.botOnline);
  }

  function memberRow({ user, note }) {
    return row(user, twoLines(span("person-name", nameOf(user)), user.id === store.memberId ? "you" : note));
  }

  function row(user, words, asleep = false) {
    const you = user.id === store.memberId ? "true" : undefined;
    const props = { "aria-haspopup": "menu", "aria-current": you, "data-person-id": user.id };
    const open = (event) => view.menus.user(user, event.currentTarget);
    const node = button(`person ${asleep ? "asleep" : ""}`, open, props, avatar(store, user), words);
    node.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      view.menus.user(user, node);
    });
    return node;
  }
}
