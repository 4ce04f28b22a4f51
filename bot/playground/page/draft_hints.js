/** What shows over the composer for the option being typed: its meaning, choices, the bot's answers, further options. */

import { matching } from "./choices.js";
import { createAutocomplete, localChoices } from "./completion.js";
import { el, span } from "./dom.js";
import { OptionType } from "./option_values.js";

const TYPE_WORDS = {
  [OptionType.INTEGER]: "whole number",
  [OptionType.NUMBER]: "number",
  [OptionType.ATTACHMENT]: "file",
};

const CHOOSE_FILE = { label: "Choose a file…", hint: "or drop or paste one here", dataset: { choice: "file" } };

/** handlers: {choose(choice), openOption(name), chooseFile()}. Returns {update(draft, text, listOptions), stop()}. */
export function createDraftHints(view, suggestions, handlers) {
  const autocomplete = createAutocomplete(view.interactions);

  function update(draft, text, listOptions = false) {
    autocomplete.cancel();
    if (draft.activeOption) showActive(draft, draft.activeOption, text);
    else if (text || listOptions) showOptions(draft, text);
    else suggestions.show([keys(draft)], []);
  }

  function showActive(draft, option, text) {
    const title = optionTitle(draft, option);
    const { value, uploading } = draft.filled(option.name);
    const unpicked = value === undefined;
    const show = (choices) =>
      suggestions.show(title, choices.map(choiceItem), { onPick: handlers.choose, select: unpicked ? 0 : -1 });
    const choices = localChoices(view.store, option, unpicked ? text : "");
    if (option.type === OptionType.ATTACHMENT) showFile(title, unpicked && !uploading);
    else if (choices) show(choices);
    else if (option.autocomplete) askBot(draft, option, title, show);
    else suggestions.show(title, []);
  }

  function askBot(draft, option, title, show) {
    suggestions.wait(title);
    autocomplete.ask(draft, option, (choices) => {
      const note = choices ? "Nothing found; your own words will do." : "No suggestions came back.";
      if (choices?.length) show(choices);
      else suggestions.show([...title, span("suggestions-note", note)], []);
    });
  }

  function showFile(title, missing) {
    suggestions.show(title, missing ? [CHOOSE_FILE] : [], { onPick: handlers.chooseFile });
  }

  function showOptions(draft, text) {
    const items = matching(draft.hiddenOptions.map(optionItem), text);
    if (items.length) suggestions.show("Options", items, { onPick: ({ label }) => handlers.openOption(label) });
    else suggestions.hide();
  }

  return { update, stop: autocomplete.cancel };
}

const choiceItem = (choice) => ({ ...choice, dataset: { choice: String(choice.value) } });

const optionItem = ({ name, description }) => ({ label: name, hint: description, dataset: { option: name } });

function optionTitle(draft, option) {
  const bounds = boundsOf(option);
  const note = bounds && !option.description.includes(bounds) ? [span("suggestions-note", bounds)] : [];
  return [el("strong", {}, option.name), span("", option.description), ...note, keys(draft)];
}

function keys(draft) {
  return span("suggestions-keys", draft.hiddenOptions.length ? "Enter sends · Tab for more options" : "Enter sends");
}

function boundsOf({ type, min_value: least, max_value: most, max_length: longest, choices }) {
  if (choices?.length) return "";
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `at least ${least}`;
  if (most !== undefined) return `at most ${most}`;
  return longest ? `up to ${longest} characters` : (TYPE_WORDS[type] ?? "");
}
