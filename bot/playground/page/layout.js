/** Renders components v2: section, text display, thumbnail, media gallery, file, separator, container. */

import { fileCard, mosaic } from "./attachments.js";
import { button, cssColor, el, span } from "./dom.js";
import { markdown } from "./markdown.js";
import { attachmentOf, mediaUrl } from "./media.js";

const RENDERERS = { 9: section, 10: textDisplay, 11: thumbnail, 12: gallery, 13: file, 14: separator, 17: container };

/** child(component) renders a nested component. */
export function layoutNode(view, component, message, child) {
  const render = RENDERERS[component.type];
  if (!render) return span("faint", `[component of type ${component.type}]`);
  return render(component, { view, message, child });
}

function section({ components, accessory }, { child }) {
  const words = el("div", { class: "section-text" }, components.map(child));
  return el("div", { class: "section" }, words, accessory ? child(accessory) : null);
}

function textDisplay({ content }, { view }) {
  return el("div", { class: "prose" }, markdown(content, view.store));
}

function thumbnail(component, { view, message }) {
  return el("div", { class: "thumbnail" }, mosaic(view, [picture(component, message)]));
}

function gallery({ items }, { view, message }) {
  return mosaic(
    view,
    items.map((item) => picture(item, message)),
  );
}

/** The attachment knows a picture's size where the media does not say it. */
function picture({ media, description, spoiler }, message) {
  const { width, height, filename } = attachmentOf(media, message) ?? {};
  const size = { width: media.width ?? width, height: media.height ?? height };
  return { url: mediaUrl(media, message), ...size, filename, description, spoiler };
}

function file({ file: media, name, size }, { message }) {
  const attachment = attachmentOf(media, message);
  const filename = name ?? attachment?.filename ?? "file";
  return fileCard({ filename, url: mediaUrl(media, message), size: size ?? attachment?.size });
}

function separator({ spacing = 1, divider = true }) {
  return el("hr", { class: `separator separator-${spacing} ${divider ? "" : "no-line"}` });
}

function container({ components, accent_color: accent, spoiler }, { child }) {
  const color = cssColor(accent);
  const node = el("div", { class: "container", style: color ? { "--embed": color } : {} }, components.map(child));
  if (spoiler) veil(node);
  return node;
}

function veil(node) {
  const reveal = () => {
    node.classList.remove("veiled");
    cover.remove();
  };
  const cover = button("veil", reveal, { "aria-label": "Spoiler, press to show" }, span("", "Spoiler"));
  node.classList.add("veiled");
  node.append(cover);
}
