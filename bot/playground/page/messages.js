/** The channel's message list: keyed rows, grouping, and a scroll position that never jumps. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { createMessageRow } from "./message.js";
import { EPHEMERAL } from "./message_flags.js";
import { nameOf } from "./store.js";
import { day } from "./time.js";
import { welcome } from "./welcome.js";

/** Rows kept in the page at once. */
const SHOWN = 200;
const GROUP_MS = 7 * 60_000;
const NEAR_END_PX = 80;

/** root: the scrolling element; announcer: a live region told of what is new. Listens to the store by itself. */
export class MessageList {
  #view;
  #root;
  #rows = new Map();
  #list = el("div", { class: "messages" });
  #latest;
  #announcer;
  #atEnd = true;

  constructor(view, root, announcer) {
    this.#view = view;
    this.#announcer = announcer;
    this.#root = root;
    this.#latest = el(
      "button",
      { type: "button", class: "to-latest", hidden: true, on: { click: () => this.toEnd() } },
      icon("down"),
      "Newer messages",
    );
    root.append(this.#list);
    root.after(el("div", { class: "to-latest-dock" }, this.#latest));
    root.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(this.#list);
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(root);
    const { store } = view;
    store.addEventListener("messages", () => this.#startOver());
    store.addEventListener("message", ({ detail }) => this.#put(detail));
    store.addEventListener("gone", ({ detail }) => this.#drop(detail));
    store.addEventListener("directory", () => this.#rows.size || this.#startOver());
  }

  toEnd() {
    this.#root.scrollTop = this.#root.scrollHeight;
    this.#atEnd = true;
    this.#latest.hidden = true;
  }

  /** Draws one message's changed parts again from the store. */
  refresh(id) {
    const message = this.#view.store.find(id);
    const row = this.#rows.get(id);
    if (row && message) row.update(message);
  }

  /** Brings a message into sight and lights it up for a moment. */
  show(id) {
    const row = this.#rows.get(id)?.element;
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.remove("lit");
    requestAnimationFrame(() => row.classList.add("lit"));
  }

  #noteScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#root;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#atEnd) this.#latest.hidden = true;
  }

  #startOver() {
    const messages = this.#view.store.messages.slice(-SHOWN);
    this.#rows = new Map(messages.map((message) => [message.id, createMessageRow(this.#view, message)]));
    this.#list.replaceChildren(welcome(this.#view), ...[...this.#rows.values()].map((row) => row.element));
    this.#group();
    this.toEnd();
  }

  #put(message) {
    const known = this.#rows.get(message.id);
    this.#announce(known?.message, message);
    if (known) known.update(message);
    else this.#append(message);
    this.#group();
    if (this.#atEnd) this.toEnd();
    else if (!known) this.#latest.hidden = false;
  }

  /** Speaks new messages and new files, but not each step of a progress text or each preview of one name. */
  #announce(before, message) {
    const pictures = message.attachments?.length ?? 0;
    if (before && (!pictures || fileNames(message) === fileNames(before))) return;
    const words = [message.content?.slice(0, 200), pictures ? `${pictures} ${pictures > 1 ? "files" : "file"}` : ""]
      .filter(Boolean)
      .join(", ");
    if (words) this.#announcer.textContent = `${nameOf(message.author)}: ${words}`;
  }

  #append(message) {
    const row = createMessageRow(this.#view, message);
    row.element.classList.add("arriving");
    this.#rows.set(message.id, row);
    this.#list.append(row.element);
    if (this.#rows.size > SHOWN) this.#drop(this.#rows.keys().next().value);
    if (message.author.id === this.#view.store.memberId || message.local) this.#atEnd = true;
  }

  #drop(id) {
    this.#rows.get(id)?.element.remove();
    this.#rows.delete(id);
    this.#group();
  }

  /** Joins messages one author sent in a row, marks new days, and shows the welcome fully while the channel is empty. */
  #group() {
    let before = null;
    for (const { element, message } of this.#rows.values()) {
      element.classList.toggle("joined", joins(before, message));
      const newDay = before && day(new Date(before.timestamp)) !== day(new Date(message.timestamp));
      if (newDay) element.dataset.day = day(new Date(message.timestamp));
      else delete element.dataset.day;
      before = message;
    }
    this.#list.classList.toggle("empty", this.#rows.size === 0);
  }
}

const fileNames = ({ attachments }) => JSON.stringify((attachments ?? []).map(({ filename }) => filename));

function joins(before, message) {
  if (!before || before.author.id !== message.author.id) return false;
  if (message.interaction_metadata?.name || message.message_reference || before.local || message.local) return false;
  if ((before.flags & EPHEMERAL) !== (message.flags & EPHEMERAL)) return false;
  return new Date(message.timestamp) - new Date(before.timestamp) < GROUP_MS;
}
