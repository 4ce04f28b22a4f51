/** Shows one picture of a set large, with arrow keys to move along and a link to the original. */

import { el, iconButton, span } from "./dom.js";
import { icon } from "./icons.js";

export function createLightbox() {
  const picture = el("img", { class: "lightbox-picture", alt: "" });
  const caption = el("figcaption", { class: "lightbox-caption" });
  const counter = span("faint");
  const original = el("a", { target: "_blank", rel: "noopener" }, "Open original", icon("link"));
  const figure = el("figure", {}, picture, caption, el("p", { class: "lightbox-line" }, counter, original));
  const dialog = el("dialog", { class: "lightbox", "aria-label": "Picture", "data-testid": "lightbox" });
  const close = () => dialog.close();
  const move = (by) => () => show(at + by);
  const previous = iconButton("left", "Previous picture", move(-1), { class: "lightbox-step" });
  const next = iconButton("right", "Next picture", move(1), { class: "lightbox-step" });
  let set = [];
  let at = 0;

  function show(index) {
    at = (index + set.length) % set.length;
    const { url, description } = set[at];
    picture.src = original.href = url;
    picture.alt = caption.textContent = description ?? "";
    counter.textContent = set.length > 1 ? `${at + 1} of ${set.length}` : "";
    previous.hidden = next.hidden = set.length < 2;
  }

  dialog.append(iconButton("close", "Close", close, { class: "lightbox-close" }), previous, figure, next);
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  dialog.addEventListener("keydown", ({ key }) => ({ ArrowLeft: move(-1), ArrowRight: move(1) })[key]?.());
  document.body.append(dialog);

  return {
    /** pictures: [{url, description}], start: index of the first one shown. */
    open(pictures, start = 0) {
      set = pictures;
      show(start);
      dialog.showModal();
    },
  };
}
