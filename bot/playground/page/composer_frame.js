/** The composer's visible parts: the field among a command's pills, the list over it, the note, the file input. */

import { DM } from "./channel_types.js";
import { el, iconButton } from "./dom.js";
import { OptionType } from "./option_values.js";
import { draftPills } from "./pills.js";
import { Suggestions } from "./suggestions.js";

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

const FIELD = {
  id: "composer",
  class: "composer-field",
  rows: "1",
  autocomplete: "off",
  spellcheck: "false",
  "aria-label": "Message or command",
  "data-testid": "composer",
};

/** Draws; knows nothing of what is sent. on: {send, leave, open(name), more}. */
export class ComposerFrame {
  field = el("textarea", FIELD);
  suggestions = new Suggestions(this.field);
  files = el("input", {
    type: "file",
    class: "file-input",
    tabindex: "-1",
    "aria-hidden": "true",
    "data-testid": "file-input",
  });
  #on;
  #activeName = el("span", { class: "active-name" });
  #active = el("label", { class: "active-field" }, this.#activeName, this.field);
  #before = el("span", { class: "pills" });
  #after = el("span", { class: "pills" });
  #note = el("p", { class: "composer-note", role: "alert", hidden: true, "data-testid": "composer-error" });
  #box;

  constructor(dock, on) {
    this.#on = on;
    const attach = iconButton("plus", "Attach a file", () => this.files.click(), { class: "composer-attach" });
    const send = iconButton("send", "Send", on.send, { class: "composer-send", "data-testid": "send" });
    const line = el("div", { class: "composer-line" }, this.#before, this.#active, this.#after);
    this.#box = el("div", { class: "composer-box", "data-testid": "composer-box" }, attach, line, send);
    dock.append(this.suggestions.element, this.#note, this.#box, this.files);
  }

  /** Says what is wrong; "" takes it back. */
  say(sentence) {
    this.#note.hidden = !sentence;
    this.#note.textContent = sentence;
  }

  /** draft: a CommandDraft or null; marked: names of options whose problems are shown even when empty. */
  draw(draft, marked, channel) {
    const { before, after } = draft ? draftPills(draft, { marked, handlers: this.#on }) : { before: [], after: [] };
    const option = draft?.activeOption ?? null;
    const wrong = option !== null && marked.has(option.name) && Boolean(draft.problemOf(option.name));
    this.#before.replaceChildren(...before);
    this.#after.replaceChildren(...after);
    this.#activeName.replaceChildren(option?.name ?? "");
    this.#active.classList.toggle("wrong", wrong);
    this.#box.classList.toggle("drafting", draft !== null);
    this.field.dataset.option = option?.name ?? "";
    this.field.placeholder = draft ? draftPlaceholder(option) : chatPlaceholder(channel);
    this.grow();
  }

  /** Fits the field's height to its text, where the browser does not do so by itself. */
  grow() {
    if (GROWS_BY_ITSELF) return;
    this.field.style.setProperty("height", "auto");
    this.field.style.setProperty("height", `${this.field.scrollHeight}px`);
  }

  /** Sets the field's text, with the caret behind it. */
  write(text) {
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
  }
}

function chatPlaceholder(channel) {
  return channel ? `Message ${channel.type === DM ? "@" : "#"}${channel.name}, or type /` : "";
}

function draftPlaceholder(option) {
  if (!option) return "Add an option";
  return option.type === OptionType.ATTACHMENT ? "Choose, drop or paste a file" : option.description;
}
