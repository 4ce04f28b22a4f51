/** The parts of a message, each with the data it depends on and how it is drawn. */

import { attachmentNodes } from "./attachments.js";
import { appBadge } from "./avatars.js";
import { componentNodes } from "./components.js";
import { button, el, span } from "./dom.js";
import { icon } from "./icons.js";
import { embedNodes } from "./embeds.js";
import { markdown } from "./markdown.js";
import { COMPONENTS_V2, EPHEMERAL, LOADING, SUPPRESS_EMBEDS } from "./message_flags.js";
import { reactionNodes } from "./reactions.js";
import { nameOf } from "./store.js";
import { friendlyTime, fullTime } from "./time.js";

/** In their order: {name, reads(message, view), draw(view, message)}; a part is drawn anew when what it reads changed. */
export const PARTS = [
  { name: "meta", reads: (message) => [message.author, message.timestamp], draw: metaLine },
  { name: "content", reads: contentData, draw: content },
  {
    name: "pictures",
    reads: looseAttachments,
    draw: (view, message) => attachmentNodes(view, looseAttachments(message)),
  },
  { name: "embeds", reads: shownEmbeds, draw: (view, message) => embedNodes(view, shownEmbeds(message), message) },
  { name: "components", reads: (message) => message.components, draw: componentNodes },
  { name: "reactions", reads: (message) => message.reactions, draw: reactionNodes },
  { name: "failure", reads: failureWords, draw: failure },
  { name: "whisper", reads: (message) => message.flags & EPHEMERAL, draw: whisper },
];

function metaLine({ store }, { author, timestamp }) {
  const sent = new Date(timestamp);
  return [
    span("author", nameOf(author)),
    store.isBot(author) ? appBadge() : null,
    el("time", { class: "sent", datetime: timestamp, title: fullTime(sent) }, friendlyTime(sent)),
  ];
}

function contentData({ content: words, flags, edited_timestamp: edited, local }) {
  return [words, flags & LOADING, edited, Boolean(local?.failure)];
}

function content(view, message) {
  if (message.local?.failure) return [];
  if (message.flags & LOADING && !message.content) return thinking(message);
  if (!message.content) return [];
  const node = el("div", { class: "prose" }, markdown(message.content, view.store));
  if (message.edited_timestamp && !view.store.isBot(message.author)) {
    (node.lastElementChild ?? node).append(span("edited", " (edited)"));
  }
  return node;
}

function thinking(message) {
  const words = message.local ? "Sending command…" : `${nameOf(message.author)} is thinking…`;
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  return el("p", { class: "thinking", "data-testid": "thinking" }, dots, words);
}

/** A picture that an embed shows is not shown a second time; a v2 message places its attachments itself. */
function looseAttachments(message) {
  if (message.flags & COMPONENTS_V2) return [];
  const media = (message.embeds ?? []).flatMap((embed) => [embed.image?.url, embed.thumbnail?.url]);
  const used = new Set(media.filter(Boolean).map(withoutQuery));
  const inEmbed = (file) => used.has(`attachment://${file.filename}`) || used.has(withoutQuery(file.url));
  return (message.attachments ?? []).filter((file) => !inEmbed(file));
}

const withoutQuery = (url) => url.split("?")[0];

function shownEmbeds(message) {
  return message.flags & SUPPRESS_EMBEDS ? [] : (message.embeds ?? []);
}

function failureWords(message, view) {
  return view.actions.failureOf(message.id) ?? message.local?.failure ?? null;
}

function failure(view, message) {
  const words = failureWords(message, view);
  if (!words) return [];
  const { retry } = message.local ?? {};
  const again = () => {
    view.actions.dismiss(message);
    retry();
  };
  const offer = retry ? button("text-button", again, {}, "Edit and try again") : null;
  return el("p", { class: "failure-note", role: "alert", "data-testid": "interaction-error" }, words, offer);
}

function whisper(view, message) {
  if (!(message.flags & EPHEMERAL)) return [];
  const dismiss = button(
    "text-button",
    () => view.actions.dismiss(message),
    { "data-testid": "dismiss" },
    "Dismiss message",
  );
  return el("p", { class: "only-you", "data-testid": "ephemeral" }, icon("eye"), "Only you can see this · ", dismiss);
}
