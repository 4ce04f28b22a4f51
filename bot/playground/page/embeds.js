/** Renders Discord embeds: colour bar, author, title, description, fields, pictures, footer. */

import { mosaic } from "./attachments.js";
import { cssColor, el, outLink, span } from "./dom.js";
import { markdown } from "./markdown.js";
import { inline } from "./markdown_inline.js";
import { mediaUrl } from "./media.js";
import { friendlyTime } from "./time.js";

const FIELDS_IN_A_ROW = 3;
const COLUMNS = 12;

/** message: the one that holds the embeds, which may point at its attachments by attachment://name. */
export function embedNodes(view, embeds, message) {
  return embeds.map((embed) => embedNode(view, embed, message));
}

function embedNode(view, embed, message) {
  const color = cssColor(embed.color);
  const top = el("div", { class: "embed-top" }, text(view, embed, message), thumbnail(embed, message));
  return el(
    "article",
    { class: "embed", "data-testid": "embed", style: color ? { "--embed": color } : {} },
    top,
    picture(view, embed.image, message),
    footer(embed, message),
  );
}

function text(view, { author, title, url, description, fields }, message) {
  const { store } = view;
  return el(
    "div",
    { class: "embed-text" },
    author?.name ? authorLine(author, message) : null,
    title ? el("p", { class: "embed-title" }, linked(url, inline(title, store))) : null,
    description ? el("div", { class: "embed-description prose" }, markdown(description, store)) : null,
    fields?.length ? el("div", { class: "embed-fields" }, fieldNodes(store, fields)) : null,
  );
}

const linked = (url, content) => (url ? outLink(url, {}, content) : content);

function authorLine({ name, url, icon_url: face }, message) {
  return el("p", { class: "embed-author" }, smallFace(face, message), linked(url, name));
}

function smallFace(url, message) {
  const src = mediaUrl({ url }, message);
  return src ? el("img", { src, alt: "" }) : null;
}

function thumbnail(embed, message) {
  const src = mediaUrl(embed.thumbnail, message);
  return src ? el("img", { class: "embed-thumbnail", src, alt: embed.thumbnail.description ?? "" }) : null;
}

/** Inline fields share a row, up to three; every other field has its own. */
function fieldNodes(store, fields) {
  const rows = [];
  for (const field of fields) {
    const row = rows.at(-1);
    if (field.inline && row?.[0].inline && row.length < FIELDS_IN_A_ROW) row.push(field);
    else rows.push([field]);
  }
  return rows.flatMap((row) => row.map((field) => fieldNode(store, field, COLUMNS / row.length)));
}

function fieldNode(store, { name, value }, columns) {
  const title = el("p", { class: "embed-field-name" }, inline(name, store));
  const words = el("div", { class: "prose" }, markdown(value, store));
  return el("div", { class: "embed-field", style: { "--span": columns } }, title, words);
}

function picture(view, image, message) {
  const url = mediaUrl(image, message);
  return url ? mosaic(view, [{ ...image, url }]) : null;
}

function footer({ footer: foot, timestamp }, message) {
  if (!foot?.text && !timestamp) return null;
  const words = [foot?.text, timestamp ? friendlyTime(new Date(timestamp)) : null].filter(Boolean).join(" · ");
  return el("p", { class: "embed-footer" }, smallFace(foot?.icon_url, message), span("", words));
}
