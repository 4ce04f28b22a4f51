/** The left rail's list of channels, grouped by category, with unread dots and 18+ marks. */

import { CATEGORY, DM } from "./channel_types.js";
import { button, el, span } from "./dom.js";
import { icon } from "./icons.js";

export function mountChannels(view, root) {
  const { store } = view;
  for (const change of ["directory", "place", "unread"]) store.addEventListener(change, draw);

  function draw() {
    document.getElementById("guild-name").textContent = store.guild.name;
    const groups = [...guildGroups(store), { name: "Direct messages", channels: store.dms }];
    root.replaceChildren(...groups.filter(({ channels }) => channels.length).map(group));
  }

  function group({ name, channels }) {
    const rows = channels.map((channel) => el("li", {}, row(channel)));
    return el("section", {}, name ? el("h2", { class: "category" }, name) : null, el("ul", {}, rows));
  }

  function row(channel) {
    const unread = store.unread.has(channel.id);
    const props = {
      "aria-current": channel.id === store.channelId ? "page" : undefined,
      dataset: { channelId: channel.id, channelName: channel.name },
    };
    return button(
      `channel ${unread ? "unread" : ""}`,
      () => view.goTo(channel.id),
      props,
      icon(channel.type === DM ? "at" : "hash"),
      span("channel-name", channel.name),
      channel.nsfw ? adultMark() : null,
      unread ? span("visually-hidden", "unread") : null,
    );
  }
}

/** [{name, channels}]: first those without a category, then each category in its place. */
function guildGroups(store) {
  const channels = store.textChannels();
  const categories = store.guild.channels.filter(({ type }) => type === CATEGORY);
  const ids = new Set(categories.map(({ id }) => id));
  const loose = channels.filter((channel) => !ids.has(channel.parent_id));
  const grouped = categories
    .toSorted((a, b) => a.position - b.position)
    .map(({ id, name }) => ({ name, channels: channels.filter((channel) => channel.parent_id === id) }));
  return [{ name: null, channels: loose }, ...grouped];
}

export const adultMark = () => el("span", { class: "adult", title: "Age-restricted channel" }, "18+");
