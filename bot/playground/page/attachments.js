/** Shows attached pictures as a mosaic, other files as cards; spoilers stay blurred until pressed. */

import { button, el, safeUrl, span } from "./dom.js";
import { icon } from "./icons.js";

const PICTURE_NAME = /\.(png|jpe?g|webp|gif|avif)$/i;
/** A small picture that stands alone grows to this width; the demo model's are 128 wide. CSS pixels. */
const SMALLEST_WIDTH = 320;
const LARGEST = { width: 560, height: 420 };
/** Width through height of the tallest picture that a mosaic of one shape shows whole. */
const TALLEST = 4 / 5;
/** From here on the pictures share one arrangement: rows of three, the rest in front. */
const ROWS_OF_THREE = 5;
const UNITS = ["B", "KiB", "MiB", "GiB"];

function isPicture({ content_type: type, filename }) {
  return type ? type.startsWith("image/") : PICTURE_NAME.test(filename);
}

/** attachments: Discord attachment objects -> nodes for a message. */
export function attachmentNodes(view, attachments) {
  const pictures = attachments.filter(isPicture);
  const others = attachments.filter((file) => !isPicture(file));
  const shown = pictures.map((file) => ({ ...file, spoiler: file.filename.startsWith("SPOILER_") }));
  return [shown.length ? mosaic(view, shown) : null, ...others.map(otherFile)];
}

/** pictures: [{url, description, width, height, spoiler, filename}], 1 to 10, in Discord's arrangement. */
export function mosaic(view, pictures) {
  const count = pictures.length;
  const sources = pictures.map(({ url, description }) => ({ url: safeUrl(url), description }));
  const cells = pictures.map((picture, at) => cell(picture, () => open(sources[at])));
  if (count === 1) fitAlone(cells[0], pictures[0]);
  const style = { "--shape": sharedShape(pictures) };
  const look = `mosaic mosaic-${Math.min(count, ROWS_OF_THREE)}`;
  const name = count > 1 ? `${count} pictures` : undefined;
  return el("div", { class: look, style, "data-rest": count % 3, role: "group", "aria-label": name }, cells);

  /** What is still veiled stays out of the lightbox. */
  function open(source) {
    const seen = sources.filter((_, at) => !cells[at].classList.contains("veiled"));
    view.lightbox.open(seen, seen.indexOf(source));
  }
}

/** Width through height of all the pictures, or 1 where they differ. */
function sharedShape(pictures) {
  const [shape, ...others] = new Set(pictures.map(({ width, height }) => width / height));
  return shape && !others.length ? Math.max(TALLEST, shape) : 1;
}

function cell(picture, open) {
  const { spoiler, description } = picture;
  const image = pictureNode(picture);
  const label = `Open picture${description ? `: ${description}` : ""}`;
  const node = button("picture", press, { "aria-label": label }, image);
  image.addEventListener("load", () => node.style.removeProperty("background-image"));
  image.addEventListener("error", () => node.classList.add("broken"));
  if (spoiler) veil();
  return node;

  function veil() {
    node.classList.add("veiled");
    node.setAttribute("aria-label", "Spoiler picture, press to show");
    node.append(span("veil", span("", "Spoiler")));
  }

  function press() {
    if (!node.classList.contains("veiled")) return open();
    node.classList.remove("veiled");
    return node.setAttribute("aria-label", label);
  }
}

/** Pictures without a file name are an embed's. */
function pictureNode({ url, description, width, height, filename }) {
  const words = { alt: description ?? "", title: description };
  const hooks = { "data-testid": filename ? "attachment" : "embed-image", "data-filename": filename };
  return el("img", { src: safeUrl(url), ...words, width, height, draggable: "false", ...hooks });
}

/** Reserves the final box before the bytes arrive, so that nothing jumps. */
function fitAlone(node, { width, height }) {
  if (!width || !height) return;
  const grown = Math.max(width, Math.min(SMALLEST_WIDTH, (SMALLEST_WIDTH * width) / height));
  const scale = Math.min(grown / width, LARGEST.width / width, LARGEST.height / height);
  node.style.setProperty("width", `${Math.round(width * scale)}px`);
  node.style.setProperty("aspect-ratio", `${width} / ${height}`);
}

/** Shows the old pictures behind new ones until those have loaded: a preview sharpens instead of blinking. */
export function carryPictures(before, after) {
  if (before.length !== after.length) return;
  after.forEach((picture, at) => {
    if (!picture.complete) picture.parentElement.style.setProperty("background-image", `url("${before[at].src}")`);
  });
}

function otherFile(file) {
  return file.content_type?.startsWith("video/") ? video(file) : fileCard(file);
}

function video({ url, filename }) {
  const hooks = { "data-testid": "attachment", "data-filename": filename };
  return el("video", { class: "video", src: safeUrl(url), controls: true, preload: "metadata", ...hooks });
}

export function fileCard({ filename, url, size, description }) {
  const link = el("a", { href: safeUrl(url), download: filename, title: description }, filename);
  const hooks = { "data-testid": "attachment", "data-filename": filename };
  return el("div", { class: "file-card", ...hooks }, icon("file"), el("div", {}, link, span("faint", humanSize(size))));
}

/** "1.4 MiB"; "" where the size is not known. */
export function humanSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  const amount = (bytes / 1024 ** power).toLocaleString("en", { maximumFractionDigits: power ? 1 : 0 });
  return `${amount} ${UNITS[power]}`;
}
