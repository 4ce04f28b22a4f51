/** Discord's modals as native dialogs: labels, inputs, checks, and the submit round trip. */

import { avatar } from "./avatars.js";
import { button, el, iconButton, span } from "./dom.js";
import { isRequired } from "./field_rules.js";
import { createField } from "./fields.js";
import { markdown } from "./markdown.js";

const ROW = 1;
const TEXT_DISPLAY = 10;
const LABEL = 18;
const CHECKBOX = 23;

export function createModals(view) {
  return {
    /** modal: {custom_id, title, components}; messageId: the message whose button opened it, if any. */
    open(modal, messageId) {
      const sheet = createSheet(view, modal);
      sheet.form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(sheet, (answers) => view.actions.submitModal(modal, answers, messageId));
      });
      sheet.dialog.addEventListener("close", () => leave(sheet.dialog));
      document.body.append(sheet.dialog);
      sheet.dialog.showModal();
      focusFirst(sheet.body);
    },
  };
}

/** {dialog, form, body, parts, submit, error}: the pieces of one open modal. */
function createSheet(view, modal) {
  const parts = modal.components.map((component, at) => createPart(view, component, `modal-label-${at}`));
  const names = { "aria-labelledby": "modal-title", "data-testid": "modal", "data-custom-id": modal.custom_id };
  const dialog = el("dialog", { class: "modal", ...names });
  const cancel = () => dialog.close();
  const face = avatar(view.store, view.store.application.bot_user, "small");
  const title = el("h2", { id: "modal-title" }, modal.title);
  const body = el("div", { class: "modal-body" }, ...parts.map((part) => part.element));
  const error = el("p", { class: "modal-error", role: "alert", hidden: true, "data-testid": "modal-error" });
  const submit = button("button button-primary", null, { type: "submit", "data-testid": "modal-submit" }, "Submit");
  const form = el(
    "form",
    { novalidate: true },
    el("header", {}, face, title, iconButton("close", "Close", cancel)),
    body,
    error,
    el("footer", {}, button("button button-plain", cancel, {}, "Cancel"), submit),
  );
  dialog.append(form);
  return { dialog, form, body, parts, submit, error };
}

const focusFirst = (element) => element.querySelector("input, textarea, button")?.focus();

/** Chromium gives the focus back but no caret once the dialog is gone, so the focus is set anew. */
function leave(dialog) {
  dialog.remove();
  const back = document.activeElement;
  back.blur();
  back.focus();
}

/** Closes the sheet once the bot took the answers; a failure keeps them on it. */
async function send({ dialog, parts, submit, error }, post) {
  const wrong = parts.filter((part) => part.check());
  if (wrong.length) return focusFirst(wrong[0].element);
  submit.disabled = true;
  submit.classList.add("pending");
  const problem = await post(parts.map((part) => part.answer()));
  submit.disabled = false;
  submit.classList.remove("pending");
  error.hidden = !problem;
  error.textContent = problem ? `${problem.replace(/\.$/, "")}. Your answers are still here.` : "";
  return problem ? undefined : dialog.close();
}

/** A top-level piece of a modal: {element, answer(), check()}; check() shows and returns its problem. */
function createPart(view, component, labelId) {
  const { type, id } = component;
  if (type === TEXT_DISPLAY) return textPart(view, component);
  if (type === LABEL) {
    return labelled(view, component, component.component, labelId, (answer) => ({ type, id, component: answer }));
  }
  const [input] = component.components;
  return labelled(view, input, input, labelId, (answer) => ({ type: ROW, id, components: [answer] }));
}

function textPart(view, { type, id, content }) {
  const element = el("div", { class: "prose" }, markdown(content, view.store));
  return { element, answer: () => ({ type, id }), check: () => null };
}

function labelled(view, { label, description }, component, labelId, wrap) {
  const field = createField(view, component, labelId);
  const problem = el("p", { class: "field-problem", role: "alert" });
  const star = isRequired(component) && component.type !== CHECKBOX ? span("part-star", " *") : null;
  const element = el(
    "div",
    { class: "part" },
    el("p", { class: "part-label", id: labelId }, label ?? component.placeholder ?? "", star),
    description ? el("p", { class: "part-description" }, description) : null,
    field.element,
    problem,
  );
  return {
    element,
    answer: () => wrap(field.answer()),
    check() {
      problem.textContent = field.problem() ?? "";
      element.classList.toggle("wrong", Boolean(problem.textContent));
      return problem.textContent;
    },
  };
}
