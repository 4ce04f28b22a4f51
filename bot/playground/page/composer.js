/** The composer: plain chat, and slash commands typed as text or filled in option by option. */

import { avatar } from "./avatars.js";
import { matchEntries, recognise, slashEntries, splitNamedOptions } from "./commands.js";
import { ComposerFrame } from "./composer_frame.js";
import { composerKeys } from "./composer_keys.js";
import { attachTo, takesFiles } from "./composer_files.js";
import { createDraftHints } from "./draft_hints.js";
import { CommandDraft } from "./draft.js";
import { OptionType } from "./option_values.js";

/** Lives in `dock`; sends through view.actions and view.api. */
export class Composer {
  draft = null;
  #view;
  #frame;
  #hints;
  #last = null;
  #marked = new Set();

  constructor(view, dock) {
    this.#view = view;
    this.#frame = new ComposerFrame(dock, {
      send: () => this.submit(),
      leave: () => this.fill(""),
      open: (name) => this.open(name),
      more: () => this.#rest(),
    });
    this.#hints = createDraftHints(view, this.suggestions, {
      choose: (choice) => this.#choose(choice),
      openOption: (name) => this.open(name),
      chooseFile: () => this.#frame.files.click(),
    });
    this.#listen();
    for (const change of ["directory", "place"]) view.store.addEventListener(change, () => this.#refresh());
    this.render();
  }

  get field() {
    return this.#frame.field;
  }

  get suggestions() {
    return this.#frame.suggestions;
  }

  #listen() {
    const { field, files } = this.#frame;
    field.addEventListener("input", () => this.#typed());
    field.addEventListener("keydown", (event) => composerKeys(this, event));
    field.addEventListener("blur", () => this.suggestions.hide());
    field.addEventListener("focus", () => this.#suggest());
    field.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.take(event.clipboardData.files);
    });
    files.addEventListener("change", () => {
      this.take(files.files);
      files.value = "";
    });
  }

  /** Puts text (a command line or words) into the composer, as if typed. */
  fill(text) {
    this.leave("");
    this.#frame.write(text);
    this.#typed();
  }

  /** Takes files that were chosen, pasted, or dropped somewhere on the page; the first one counts. */
  take(files) {
    const [file] = files;
    if (!file) return;
    this.#frame.say("");
    if (this.draft) this.#attach(file);
    else this.#offerCommandsFor(file);
  }

  open(name) {
    this.draft.open(name);
    this.#toActive();
  }

  /** Goes back to plain text, which then reads `text`. */
  leave(text) {
    this.#last = this.draft ?? this.#last;
    this.draft = null;
    this.#marked.clear();
    this.#hints.stop();
    this.suggestions.hide();
    this.field.value = text;
    this.#frame.say("");
    this.render();
  }

  /** Moves along the pills, emptying the one left behind with `clear`; false when there is nothing further that way. */
  step(by, { clear = false } = {}) {
    const { draft } = this;
    if (clear && draft.activeOption && !draft.activeOption.required) draft.clear(draft.active);
    else if (!draft.step(by)) return false;
    this.#toActive();
    return true;
  }

  /** On to the next required option, or to the list of optional ones; says so where the active one must be filled first. */
  advance() {
    const { active } = this.draft;
    this.draft.advance();
    this.#toActive(this.draft.active === null);
    if (active !== null && this.draft.active === active) this.#frame.say(this.draft.problemOf(active));
  }

  /** Brings the last command back, sent or given up, to change and send again. */
  recall() {
    if (this.#last) this.#restore(this.#last);
  }

  submit() {
    const text = this.field.value.trim();
    if (this.draft) this.#submitDraft();
    else if (/^\/\S/.test(text)) this.#submitCommandText(text);
    else if (text) this.#say(text);
  }

  /** Draws the pills and the field's surroundings from the draft. */
  render() {
    this.#frame.draw(this.draft, this.#marked, this.#view.store.channel);
  }

  /** New commands may fit what was typed before they were there. */
  #refresh() {
    this.render();
    if (!this.draft && !this.suggestions.open) this.#suggest();
  }

  #submitDraft() {
    const { draft } = this;
    const stray = draft.active === null && this.field.value.trim();
    const problems = draft.problems();
    if (stray) return this.#frame.say(`/${draft.entry.name} has no option called “${stray}”.`);
    if (problems.length) return this.#complain(problems);
    this.leave("");
    this.field.focus();
    return this.#view.actions.runCommand(draft.data(), () => this.#restore(draft));
  }

  #complain(problems) {
    this.#marked = new Set(problems.map(({ name }) => name));
    this.open(problems[0].name);
    this.#frame.say(problems[0].problem);
  }

  #submitCommandText(text) {
    const { commands, application } = this.#view.store;
    const found = recognise(text, slashEntries(this.#view.store));
    if (found) {
      this.#enter(found.entry, found.rest);
      this.#submitDraft();
    } else if (commands.length) {
      this.#frame.say(`There is no command ${text.split(/\s/)[0]} here. Type / to see them all.`);
    } else {
      this.#frame.say(`${application?.name ?? "The bot"} is still starting; its commands will be here in a moment.`);
    }
  }

  async #say(text) {
    const { store, api } = this.#view;
    this.leave("");
    try {
      await api.postMessage({ member_id: store.memberId, channel_id: store.channelId, content: text });
    } catch (error) {
      if (!this.field.value && !this.draft) this.leave(text);
      this.#frame.say(error.message);
    }
  }

  #typed() {
    this.#frame.say("");
    const text = this.field.value;
    const found = !this.draft && text.startsWith("/") ? recognise(text, slashEntries(this.#view.store)) : null;
    if (found && text.length > found.entry.name.length + 1) this.#enter(found.entry, found.rest);
    else if (this.draft) this.#typedOption(text);
    this.#frame.grow();
    this.#suggest();
  }

  /** Text in a draft fills the active option, up to the name of another one: "a house count: 2". */
  #typedOption(text) {
    const { draft } = this;
    const others = draft.entry.options.map((option) => option.name).filter((name) => name !== draft.active);
    const { text: own, named } = splitNamedOptions(this.#withoutOwnName(text), others);
    if (draft.active !== null) draft.type(draft.active, named.length ? own.trimEnd() : own);
    for (const option of named) {
      draft.open(option.name);
      draft.type(option.name, option.text);
    }
    if (named.length) this.#toActive();
  }

  /** "prompt: a house", typed into prompt, means "a house". */
  #withoutOwnName(text) {
    const name = `${this.draft.active}:`;
    if (!text.startsWith(name)) return text;
    this.field.value = text.slice(name.length).trimStart();
    return this.field.value;
  }

  /** Starts filling in a command; free text goes to its first required string option. */
  #enter(entry, rest = "") {
    this.draft = new CommandDraft(entry);
    const target = entry.options.find((option) => option.required && option.type === OptionType.STRING);
    if (rest && target) this.draft.open(target.name);
    this.field.value = "";
    if (rest) this.#typedOption(rest);
    if (this.draft.active !== null) this.field.value = this.draft.textOf(this.draft.active);
    else if (rest && !this.draft.shown.length) this.field.value = rest;
    this.render();
  }

  #restore(draft) {
    this.draft = draft;
    draft.active = draft.shown[0] ?? null;
    this.#toActive();
  }

  #choose(choice) {
    this.draft.choose(this.draft.active, choice.value, choice.label);
    this.draft.advance();
    this.#toActive();
  }

  /** Leaves every option, and lists those that could be added. */
  #rest() {
    this.draft.active = null;
    this.#toActive(true);
  }

  #toActive(listOptions = false) {
    this.#frame.write(this.draft.active === null ? "" : this.draft.textOf(this.draft.active));
    this.render();
    this.#suggest(listOptions);
  }

  #suggest(listOptions = false) {
    const text = this.field.value;
    if (document.activeElement !== this.field) return;
    if (this.draft) this.#hints.update(this.draft, text, listOptions);
    else if (text.startsWith("/")) this.#suggestCommands(matchEntries(slashEntries(this.#view.store), text.slice(1)));
    else this.suggestions.hide();
  }

  #suggestCommands(entries, { title = this.#view.store.application?.name, entered = () => {} } = {}) {
    if (!entries.length) return this.suggestions.hide();
    const onPick = ({ entry }) => {
      this.#enter(entry);
      entered();
      this.#toActive();
    };
    return this.suggestions.show(
      title,
      entries.map((entry) => commandItem(this.#view.store, entry)),
      { onPick },
    );
  }

  #offerCommandsFor(file) {
    const entries = slashEntries(this.#view.store).filter(takesFiles);
    this.field.focus();
    if (!entries.length) this.#frame.say("No command here takes a file.");
    this.#suggestCommands(entries, { title: `Use ${file.name} with`, entered: () => this.#attach(file) });
  }

  async #attach(file) {
    const { draft } = this;
    const problem = await attachTo(draft, file, { upload: this.#view.api.uploadFile, started: () => this.#toActive() });
    if (problem) this.#frame.say(problem);
    if (this.draft === draft) this.render();
  }
}

function commandItem(store, entry) {
  return {
    entry,
    label: `/${entry.name}`,
    detail: optionSummary(entry),
    hint: entry.description,
    node: avatar(store, store.application.bot_user, "small"),
    dataset: { command: entry.name },
  };
}

/** "prompt +11": what a command asks for and how much more it takes. */
function optionSummary(entry) {
  const required = entry.options.filter((option) => option.required).map((option) => option.name);
  const rest = entry.options.length - required.length;
  return [...required, rest ? `+${rest}` : ""].filter(Boolean).join(" ");
}
