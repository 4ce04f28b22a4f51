/** The list that rises over the composer: commands, options, choices and autocompleted answers. */

import { el, span, twoLines } from "./dom.js";

/** A list box driven by the composer's keys; the focus stays in the composer. */
export class Suggestions {
  element = el("div", { class: "suggestions", hidden: true, "data-testid": "suggestions" });
  #title = el("p", { class: "suggestions-title" });
  #list = el("div", { class: "suggestions-list", role: "listbox", id: "suggestions-list" });
  #input;
  #items = [];
  #at = -1;
  #onPick = () => {};

  constructor(input) {
    this.#input = input;
    this.element.append(this.#title, this.#list);
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    input.setAttribute("aria-controls", "suggestions-list");
    input.setAttribute("aria-autocomplete", "list");
  }

  get open() {
    return !this.element.hidden && this.#items.length > 0;
  }

  get current() {
    return this.#items[this.#at] ?? null;
  }

  /**
   * items: [{label, hint?, detail?, node?, dataset?}]; title: node or text over the list; select: index lit first,
   * -1 for none. An empty list shows only its title.
   */
  show(title, items, { onPick = () => {}, select = 0 } = {}) {
    this.#items = items;
    this.#onPick = onPick;
    this.#title.replaceChildren(...[title].flat());
    this.#list.replaceChildren(...items.map((item, at) => this.#row(item, at)));
    this.element.hidden = false;
    this.element.classList.toggle("hint-only", items.length === 0);
    this.#light(Math.min(select, items.length - 1));
  }

  /** Keeps what is shown while an answer is on its way, with nothing lit, so that Enter takes the typed words. */
  wait(title) {
    this.#title.replaceChildren(...title);
    this.element.hidden = false;
    this.#light(-1);
  }

  hide() {
    this.#items = [];
    this.element.hidden = true;
    this.#list.replaceChildren();
    this.#light(-1);
  }

  move(by) {
    const count = this.#items.length;
    this.#light((this.#at + by + count) % count);
  }

  pick(item = this.current) {
    this.#onPick(item);
  }

  #row(item, at) {
    const props = { role: "option", id: `suggestion-${at}`, dataset: item.dataset ?? {} };
    const detail = item.detail ? span("suggestion-detail", item.detail) : null;
    const words = twoLines(span("suggestion-label", item.label, detail), item.hint);
    const row = el("div", { class: "suggestion", ...props }, item.node, words);
    row.addEventListener("click", () => this.pick(item));
    row.addEventListener("mousemove", () => at !== this.#at && this.#light(at, false));
    return row;
  }

  #light(at, scroll = true) {
    this.#at = at;
    [...this.#list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    const row = this.#list.children[at];
    if (!row) return this.#input.removeAttribute("aria-activedescendant");
    this.#input.setAttribute("aria-activedescendant", row.id);
    if (scroll) row.scrollIntoView({ block: "nearest" });
  }
}
