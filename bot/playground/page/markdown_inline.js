/** Turns one run of Discord markdown (bold, links, mentions, times, spoilers …) into DOM nodes. */

import { el, outLink } from "./dom.js";
import { fullTime, styledTime } from "./time.js";
import { nameOf } from "./store.js";

const wrap = (tag, props) => (match, names) => el(tag, props, inline(match[1], names));

/** Ordered rules: a sticky pattern and what it becomes. `lead` must hold for the character before, where given. */
const RULES = [
  [/\\([^0-9A-Za-z\s])/y, (match) => match[1]],
  [/(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/y, (match) => el("code", { class: "inline-code" }, match[2].trim() || match[2])],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (match) => timestamp(Number(match[1]), match[2])],
  [/<@!?(\d+)>/y, (match, names) => mention(`@${nameOf(names.userById(match[1]))}`, { "data-user-id": match[1] })],
  [/<@&(\d+)>/y, (match, names) => mention(`@${roleName(match[1], names)}`)],
  [/<#(\d+)>/y, (match, names) => mention(`#${channelName(match[1], names)}`, { "data-channel-id": match[1] })],
  [/<\/([^:>]+):\d+>/y, (match) => mention(`/${match[1]}`, { "data-slash": match[1] })],
  [/<a?:(\w+):(\d+)>/y, (match) => el("span", { class: "custom-emoji", title: `:${match[1]}:` }, `:${match[1]}:`)],
  [/<(https?:\/\/[^\s<>]+)>/y, (match) => outLink(match[1], {}, match[1])],
  [
    /\[((?:\[[^\]]*\]|[^[\]])+)\]\(\s*<?(https?:\/\/[^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/y,
    (match, names) => outLink(match[2], {}, inline(match[1], names)),
  ],
  [/https?:\/\/[^\s<]*[^\s<.,:;"'\])|*_~]/y, (match) => outLink(match[0], {}, match[0])],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, wrap("strong")],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, wrap("u")],
  [/\*(?=\S)((?:\*\*|\\[\s\S]|[^*\\])+?)\*(?!\*)/y, wrap("em")],
  [/_((?:__|\\[\s\S]|[^\\_])+?)_(?!\w)/y, wrap("em"), /\W|^$/],
  [/~~((?:\\[\s\S]|[^\\])+?)~~/y, wrap("s")],
  [/\|\|([\s\S]+?)\|\|/y, (match, names) => spoiler(inline(match[1], names))],
  [/@(?:everyone|here)\b/y, (match) => mention(match[0])],
  [/\n/y, () => el("br")],
];

const PLAIN = /[^\\`<[h*_~|@\n]+/y;

/** Nodes and strings for `text`; `names` is the store, asked for the names behind mentions. */
export function inline(text, names) {
  const nodes = [];
  for (let at = 0; at < text.length;) {
    const [node, length] = nextToken(text, at, names);
    if (typeof node === "string" && typeof nodes.at(-1) === "string") nodes.push(nodes.pop() + node);
    else nodes.push(node);
    at += length;
  }
  return nodes;
}

function nextToken(text, at, names) {
  const plain = matchAt(PLAIN, text, at);
  if (plain) return [plain[0], plain[0].length];
  for (const [pattern, build, lead] of RULES) {
    const match = matchAt(pattern, text, at);
    if (match && (!lead || lead.test(text.charAt(at - 1)))) return [build(match, names), match[0].length];
  }
  return [text[at], 1];
}

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const mention = (text, props = {}) => el("span", { class: "mention", ...props }, text);

const roleName = (id, names) => names.guild.roles.find((role) => role.id === id)?.name ?? "unknown-role";

const channelName = (id, names) => names.guild.channels.find((channel) => channel.id === id)?.name ?? "unknown";

function timestamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${seconds}>`;
  const props = {
    datetime: date.toISOString(),
    title: fullTime(date),
    class: "timestamp",
    "data-relative": style === "R",
  };
  return el("time", props, styledTime(date, style));
}

/** Hidden words that show themselves on a click or Enter. */
export function spoiler(content) {
  const node = el(
    "span",
    {
      class: "spoiler",
      role: "button",
      tabindex: "0",
      "aria-label": "Spoiler, press to show",
      "aria-expanded": "false",
    },
    el("span", {}, content),
  );
  const reveal = (event) => {
    if (node.classList.contains("shown") || (event.type === "keydown" && !["Enter", " "].includes(event.key))) return;
    event.preventDefault();
    node.classList.add("shown");
    node.removeAttribute("aria-label");
    node.setAttribute("aria-expanded", "true");
  };
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", reveal);
  return node;
}
