/** What the page knows: the guild, its members, the commands and the messages; tells listeners what changed. */

import { holdsMessages } from "./channel_types.js";

/**
 * Events: "directory" (guild, members, commands or the bot's presence), "place" (other channel or member),
 * "messages" (start over), "message" (detail: one message to add or change), "gone" (detail: id), "unread", "connection".
 */
export class Store extends EventTarget {
  application = null;
  guild = { id: "", name: "", channels: [], roles: [] };
  dms = [];
  members = [];
  commands = [];
  botOnline = false;
  connected = false;
  greeted = false;
  unread = new Set();
  #messages = new Map();

  constructor({ memberId = null, channelId = null } = {}) {
    super();
    this.memberId = memberId;
    this.channelId = channelId;
  }

  get member() {
    return this.members.find((member) => member.user.id === this.memberId) ?? null;
  }

  get channel() {
    return [...this.guild.channels, ...this.dms].find((channel) => channel.id === this.channelId) ?? null;
  }

  get messages() {
    return this.#messages.get(this.channelId) ?? [];
  }

  /** Takes one frame of the events socket; interaction updates are not kept here. */
  take(frame) {
    if (frame.type === "state") this.#takeState(frame);
    else if (frame.type === "message_create") this.put(frame.message);
    else if (frame.type === "message_update") this.put(frame.message, true);
    else if (frame.type === "message_delete") this.drop(frame.channel_id, frame.id);
  }

  put(message, onlyKnown = false) {
    const list = this.#messages.get(message.channel_id) ?? [];
    const at = list.findIndex((known) => known.id === message.id);
    if (at < 0 && onlyKnown && !message.author) return;
    const merged = at < 0 ? message : { ...list[at], ...message };
    if (at < 0) list.push(merged);
    else list[at] = merged;
    this.#messages.set(message.channel_id, list);
    if (message.channel_id === this.channelId) this.#tell("message", merged);
    else if (at < 0) this.#markUnread(message.channel_id);
  }

  drop(channelId, id) {
    const list = this.#messages.get(channelId) ?? [];
    this.#messages.set(
      channelId,
      list.filter((message) => message.id !== id),
    );
    if (channelId === this.channelId) this.#tell("gone", id);
  }

  find(id) {
    return [...this.#messages.values()].flat().find((message) => message.id === id) ?? null;
  }

  goTo(channelId) {
    this.channelId = channelId;
    this.unread.delete(channelId);
    this.#tell("place");
    this.#tell("messages");
  }

  actAs(memberId) {
    this.memberId = memberId;
    this.#messages.clear();
    this.#tell("place");
  }

  setConnected(connected) {
    this.connected = connected;
    this.#tell("connection");
  }

  isBot(user) {
    return Boolean(user.bot) || user.id === this.application?.bot_user?.id;
  }

  userById(id) {
    if (id === this.application?.bot_user?.id) return this.application.bot_user;
    return this.members.find((member) => member.user.id === id)?.user ?? null;
  }

  #takeState(frame) {
    this.application = frame.application;
    this.guild = frame.guild;
    this.dms = frame.dms ?? [];
    this.members = frame.members;
    this.commands = frame.commands;
    this.botOnline = frame.bot_online;
    this.greeted = true;
    const moved = this.#settlePlace();
    this.#tell("directory");
    if (moved) this.#tell("place");
    if (!frame.messages) return;
    this.#messages = new Map(Object.entries(frame.messages));
    this.#tell("messages");
  }

  /** The remembered place may be names; where it no longer exists, the first member and channel are taken. */
  #settlePlace() {
    const before = [this.memberId, this.channelId].join();
    if (!this.member) this.memberId = (this.#memberNamed(this.memberId) ?? this.members[0])?.user.id ?? null;
    if (!this.channel) this.channelId = (this.#channelNamed(this.channelId) ?? this.textChannels()[0])?.id ?? null;
    return before !== [this.memberId, this.channelId].join();
  }

  #memberNamed(name) {
    return this.members.find((member) => member.user.username === name);
  }

  #channelNamed(name) {
    return this.textChannels().find((channel) => channel.name === name);
  }

  /** The guild's channels that hold messages, in their order. */
  textChannels() {
    return this.guild.channels.filter(holdsMessages).toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
  }

  #markUnread(channelId) {
    this.unread.add(channelId);
    this.#tell("unread");
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** A member's or user's shown name. */
export const nameOf = (user) => user?.global_name || user?.username || "Unknown member";
