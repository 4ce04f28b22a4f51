/** Lists what a picker may offer: users, roles, channels and fixed choices, each as {value, label, hint, node}. */

import { avatar } from "./avatars.js";
import { CATEGORY } from "./channel_types.js";
import { cssColor, el } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf } from "./store.js";

export function userChoices(store) {
  const people = store.members.map(({ user, note }) => ({ user, note }));
  const bot = store.application?.bot_user;
  if (bot && !people.some(({ user }) => user.id === bot.id)) people.push({ user: bot, note: "App" });
  return people.map(({ user, note }) => ({
    value: user.id,
    label: nameOf(user),
    hint: note || user.username,
    node: avatar(store, user, "small"),
    kind: "user",
  }));
}

export function roleChoices(store) {
  return store.guild.roles.map((role) => ({
    value: role.id,
    label: role.name,
    hint: "Role",
    node: roleDot(role),
    kind: "role",
  }));
}

function roleDot(role) {
  const color = cssColor(role.color);
  return el("span", { class: "role-dot", style: color ? { "--role": color } : {} });
}

/** types: the channel types allowed, or nothing for all. */
export function channelChoices(store, types) {
  const allowed = types?.length
    ? store.guild.channels.filter((channel) => types.includes(channel.type))
    : store.guild.channels;
  return allowed.map((channel) => ({
    value: channel.id,
    label: channel.name,
    hint: [channel.type === CATEGORY && "Category", channel.nsfw && "18+"].filter(Boolean).join(" · "),
    node: icon(channel.type === CATEGORY ? "chevron" : "hash"),
    kind: "channel",
  }));
}

/** The entries whose label starts with `text` first, then those that hold it anywhere. */
export function matching(entries, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return entries;
  const rank = (entry) => [entry.label, entry.hint ?? ""].map((words) => words.toLowerCase().indexOf(wanted));
  const score = (entry) => {
    const [label, hint] = rank(entry);
    return label === 0 ? 0 : label > 0 ? 1 : hint >= 0 ? 2 : 3;
  };
  return entries.filter((entry) => score(entry) < 3).toSorted((a, b) => score(a) - score(b));
}
