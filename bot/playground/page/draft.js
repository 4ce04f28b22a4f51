/** A command being filled in: which options are shown, which one is being typed, what each holds. */

import { commandData } from "./commands.js";
import { OptionType, readOption } from "./option_values.js";

const EMPTY = Object.freeze({ text: "" });

/** The caret rests after the options (active is null) once nothing required is open. */
export class CommandDraft {
  active = null;
  #filled = new Map();

  constructor(entry) {
    this.entry = entry;
    this.shown = entry.options.filter((option) => option.required).map((option) => option.name);
    this.active = this.shown[0] ?? null;
  }

  option(name) {
    return this.entry.options.find((option) => option.name === name);
  }

  get activeOption() {
    return this.active === null ? null : this.option(this.active);
  }

  /** {text, value?, uploading?, preview?}: the shown words, and the value where one was picked or uploaded. */
  filled(name) {
    return this.#filled.get(name) ?? EMPTY;
  }

  textOf(name) {
    return this.filled(name).text;
  }

  get hiddenOptions() {
    return this.entry.options.filter((option) => !this.shown.includes(option.name));
  }

  /** Opens an option for typing, adding it when it was hidden. */
  open(name) {
    if (!this.shown.includes(name)) this.shown.push(name);
    this.active = name;
  }

  /** Typed words replace what was picked. */
  type(name, text) {
    if (text !== this.textOf(name)) this.#filled.set(name, { text });
  }

  /** Sets a picked value (an id, a choice, an upload) with the words that stand for it. */
  choose(name, value, label, extra = {}) {
    this.#filled.set(name, { text: label, value, ...extra });
  }

  /** Empties an option; an optional one is hidden again. */
  clear(name) {
    this.#filled.delete(name);
    if (this.option(name).required) return;
    const at = this.shown.indexOf(name);
    this.shown = this.shown.filter((other) => other !== name);
    if (this.active === name) this.active = this.shown[at - 1] ?? null;
  }

  /** Moves to the next required option without a value, else rests. */
  advance() {
    const open = this.shown.find((name) => this.option(name).required && !this.#holds(name));
    this.active = open ?? null;
  }

  /** Moves along the shown options and the rest position behind them; false at either end. */
  step(by) {
    const stops = [...this.shown, null];
    const at = stops.indexOf(this.active) + by;
    if (at < 0 || at >= stops.length) return false;
    this.active = stops[at];
    return true;
  }

  /** The attachment option a dropped file belongs to, or undefined. */
  freeAttachment() {
    const takes = (option) => option.type === OptionType.ATTACHMENT;
    if (this.activeOption && takes(this.activeOption)) return this.activeOption;
    return this.entry.options.find((option) => takes(option) && !this.#holds(option.name));
  }

  /** Problems of the shown options: [{name, problem}]. */
  problems() {
    return this.shown.map((name) => ({ name, problem: this.problemOf(name) })).filter(({ problem }) => problem);
  }

  problemOf(name) {
    return readOption(this.option(name), this.filled(name)).problem;
  }

  /** The interaction's data; `focused` marks the option being completed, whose raw text is sent as it stands. */
  data(focused = null) {
    const options = this.entry.options.flatMap((option) => this.#wireOption(option, focused));
    return commandData(this.entry, options);
  }

  #wireOption(option, focused) {
    const { name, type } = option;
    if (name === focused) return [{ name, type, value: this.textOf(name), focused: true }];
    const { value } = readOption(option, this.filled(name));
    return value === undefined ? [] : [{ name, type, value }];
  }

  #holds(name) {
    const { text, value, uploading } = this.filled(name);
    return Boolean(uploading || value !== undefined || text.trim());
  }
}
