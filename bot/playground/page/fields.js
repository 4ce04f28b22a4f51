/** The inputs a modal may hold: text, selects, file upload, radio and checkbox groups, checkbox. */

import { el, span, twoLines } from "./dom.js";
import { answerOf, countProblem, isRequired } from "./field_rules.js";
import { fileField } from "./file_field.js";
import { createSelect, isSelect } from "./selects.js";

const PARAGRAPH = 2;
const LONGEST_TEXT = 4000;

const BUILDERS = { 4: textField, 19: fileField, 21: radioField, 22: checkboxGroupField, 23: checkboxField };

/**
 * A field for a modal's input component: {element, answer(), problem()}; answer() is the component as submitted,
 * problem() a sentence or null. labelId names the element that labels it.
 */
export function createField(view, component, labelId) {
  if (isSelect(component)) return selectField(view, component, labelId);
  return (BUILDERS[component.type] ?? unknownField)(component, labelId, view);
}

const named = (component, labelId) => ({ "aria-labelledby": labelId, "data-custom-id": component.custom_id });

function textField(component, labelId) {
  const { min_length: least = 0, max_length: most = LONGEST_TEXT } = component;
  const paragraph = component.style === PARAGRAPH;
  const required = isRequired(component);
  const input = el(paragraph ? "textarea" : "input", {
    ...named(component, labelId),
    class: "field",
    rows: paragraph ? "4" : undefined,
    maxlength: most,
    placeholder: component.placeholder,
    "aria-required": String(required),
    value: component.value ?? "",
  });
  const count = el("span", { class: "field-count", "aria-hidden": "true" });
  const showCount = () => (count.textContent = component.max_length ? `${input.value.length} / ${most}` : "");
  input.addEventListener("input", showCount);
  showCount();
  return {
    element: el("div", { class: "field-frame" }, input, count),
    answer: () => answerOf(component, { value: input.value }),
    problem() {
      const length = input.value.trim() ? input.value.length : 0;
      if (length === 0) return required ? "This is required." : null;
      return length < least ? `At least ${least} characters, please (now ${length}).` : null;
    },
  };
}

function selectField(view, component, labelId) {
  const { element, values } = createSelect(view, component, { labelledBy: labelId });
  return {
    element,
    answer: () => answerOf(component, { values: values() }),
    problem: () => countProblem(component, values().length),
  };
}

/** kind: "radio" or "checkbox". Returns {element, chosen()}. */
function optionList(component, kind, labelId) {
  const inputs = component.options.map((option) =>
    el("input", { type: kind, name: component.custom_id, value: option.value, checked: Boolean(option.default) }),
  );
  const rows = component.options.map(({ label, description }, at) =>
    el("label", { class: "option" }, inputs[at], twoLines(label, description)),
  );
  const role = kind === "radio" ? "radiogroup" : "group";
  const element = el("div", { class: "options", role, ...named(component, labelId) }, rows);
  return { element, chosen: () => inputs.filter((input) => input.checked).map((input) => input.value) };
}

function radioField(component, labelId) {
  const { element, chosen } = optionList(component, "radio", labelId);
  return {
    element,
    answer: () => answerOf(component, { value: chosen()[0] ?? null }),
    problem: () => (isRequired(component) && !chosen().length ? "Choose one." : null),
  };
}

function checkboxGroupField(component, labelId) {
  const { element, chosen } = optionList(component, "checkbox", labelId);
  return {
    element,
    answer: () => answerOf(component, { values: chosen() }),
    problem: () => countProblem(component, chosen().length),
  };
}

function checkboxField(component, labelId) {
  const checked = Boolean(component.default);
  const input = el("input", { type: "checkbox", checked, ...named(component, labelId) });
  return {
    element: el("label", { class: "option" }, input, "Yes"),
    answer: () => answerOf(component, { value: input.checked }),
    problem: () => null,
  };
}

function unknownField(component) {
  return {
    element: span("faint", `[component of type ${component.type}]`),
    answer: () => answerOf(component, {}),
    problem: () => null,
  };
}
