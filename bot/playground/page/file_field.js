/** A modal's file upload: choose or drop files, each uploaded at once and listed with a way to remove it. */

import { humanSize } from "./attachments.js";
import { button, el, span } from "./dom.js";
import { icon } from "./icons.js";
import { answerOf, countProblem } from "./field_rules.js";

export function fileField(component, labelId, view) {
  const most = component.max_values ?? 1;
  const shown = el("ul", { class: "upload-list" });
  const uploads = createUploads(view.api.uploadFile, most, (rows) => shown.replaceChildren(...rows));
  const input = el("input", {
    type: "file",
    multiple: most > 1,
    "aria-labelledby": labelId,
    "data-custom-id": component.custom_id,
  });
  input.addEventListener("change", () => {
    uploads.add(input.files);
    input.value = "";
  });
  const words = `Choose or drop ${most > 1 ? `up to ${most} files` : "a file"}`;
  const element = el("div", {}, el("label", { class: "upload-drop" }, icon("picture"), words, input), shown);
  listenForDrops(element, uploads.add);
  return {
    element,
    answer: () => answerOf(component, { values: uploads.ids() }),
    problem: () => uploads.problem() ?? countProblem({ ...component, max_values: most }, uploads.ids().length),
  };
}

function listenForDrops(element, take) {
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}

/** Keeps at most `most` files, the newest; draw(rows) is called at every change. */
function createUploads(upload, most, draw) {
  let kept = [];
  let failure = null;

  const change = (entries) => {
    kept = entries.slice(-most);
    draw(kept.map((entry) => row(entry, () => change(kept.filter((other) => other !== entry)))));
  };

  async function addOne(file) {
    const entry = { file, id: null };
    failure = null;
    change([...kept, entry]);
    try {
      entry.id = (await upload(file)).id;
      change(kept);
    } catch (error) {
      failure = `${file.name} was not taken: ${error.message}`;
      change(kept.filter((other) => other !== entry));
    }
  }

  return {
    add: (files) => [...files].forEach(addOne),
    ids: () => kept.map((entry) => entry.id),
    problem: () => failure ?? (kept.some((entry) => !entry.id) ? "Still uploading." : null),
  };
}

function row({ file, id }, remove) {
  const state = span("faint", id ? humanSize(file.size) : "uploading…");
  return el("li", {}, file.name, state, button("text-button", remove, {}, "Remove"));
}
