/** What the list over the composer offers for the option being typed; asks the bot where it autocompletes. */

import { channelChoices, matching, roleChoices, userChoices } from "./choices.js";
import { OptionType } from "./option_values.js";

/** Pause after the last key before the bot is asked, ms. */
const DEBOUNCE_MS = 180;

const PEOPLE = {
  [OptionType.USER]: (store) => userChoices(store),
  [OptionType.CHANNEL]: (store, option) => channelChoices(store, option.channel_types),
  [OptionType.ROLE]: (store) => roleChoices(store),
  [OptionType.MENTIONABLE]: (store) => [...userChoices(store), ...roleChoices(store)],
  [OptionType.BOOLEAN]: () => [
    { value: true, label: "True" },
    { value: false, label: "False" },
  ],
};

const plainChoice = (choice) => ({ value: choice.value, label: choice.name });

/** The choices that need no asking, or null where the option has none. */
export function localChoices(store, option, text) {
  if (option.choices?.length) return matching(option.choices.map(plainChoice), text);
  const source = PEOPLE[option.type];
  return source ? matching(source(store, option), text.replace(/^[@#]/, "")) : null;
}

/** ask(draft, option, show) debounces, drops late answers, and calls show(choices | null on failure). */
export function createAutocomplete(interactions) {
  let timer = 0;
  let latest = 0;

  function cancel() {
    clearTimeout(timer);
    latest += 1;
  }

  function ask(draft, option, show) {
    cancel();
    const mine = latest;
    timer = setTimeout(async () => {
      const outcome = await interactions.start({ type: 4, data: draft.data(option.name) });
      if (mine === latest) show(outcome.status === "autocomplete" ? (outcome.choices ?? []).map(plainChoice) : null);
    }, DEBOUNCE_MS);
  }

  return { ask, cancel };
}
