/** Discord's select menus (string, user, role, mentionable, channel) as buttons that open a list box. */

import { channelChoices, roleChoices, userChoices } from "./choices.js";
import { button, span } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { icon } from "./icons.js";
import { openListBox } from "./list_box.js";

/** By component type: (store, component) -> [{value, label, hint?, node?, chosen?}]. */
const SOURCES = {
  3: (store, component) => component.options.map(stringChoice),
  5: (store) => userChoices(store),
  6: (store) => roleChoices(store),
  7: (store) => [...userChoices(store), ...roleChoices(store)],
  8: (store, component) => channelChoices(store, component.channel_types),
};

const DEFAULT_PLACEHOLDER = "Make a selection";

export const isSelect = (component) => component.type in SOURCES;

function stringChoice({ value, label, description, emoji, default: chosen }) {
  return { value, label, hint: description, node: emoji ? emojiNode(emoji) : null, chosen };
}

/** Returns {element, values()}; onChoose(values) is called when the list closes with a changed, legal choice. */
export function createSelect(view, component, { onChoose = () => {}, labelledBy } = {}) {
  const { min_values: least = 1, max_values: most = 1, placeholder = DEFAULT_PLACEHOLDER } = component;
  const entries = SOURCES[component.type](view.store, component);
  const defaults = new Set(component.default_values?.map(({ id }) => id));
  let values = entries.filter((entry) => entry.chosen || defaults.has(entry.value)).map((entry) => entry.value);
  const shown = span("select-shown");
  const element = button("select", open, selectProps(component, labelledBy), shown, icon("chevron"));

  function describe() {
    const labels = entries.filter((entry) => values.includes(entry.value)).map((entry) => entry.label);
    shown.classList.toggle("placeholder", labels.length === 0);
    shown.textContent = labels.join(", ") || placeholder;
  }

  function open() {
    const before = values;
    const change = (picked) => {
      values = picked;
      describe();
    };
    const close = () => {
      element.setAttribute("aria-expanded", "false");
      if (values !== before && values.length >= least) onChoose(values);
    };
    element.setAttribute("aria-expanded", "true");
    openListBox({ entries, picked: values, most, anchor: element, name: placeholder }, { change, close });
  }

  describe();
  return { element, values: () => values };
}

function selectProps({ disabled, custom_id: customId, type }, labelledBy) {
  const hooks = { "data-custom-id": customId, "data-component-type": type };
  return { disabled, "aria-haspopup": "listbox", "aria-expanded": "false", "aria-labelledby": labelledBy, ...hooks };
}
