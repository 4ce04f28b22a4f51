/** The start of a channel: what this place is and what to type first. */

import { DM } from "./channel_types.js";
import { button, el, span } from "./dom.js";

const EXAMPLES = [
  "a red house at night",
  "a blue boat on the sea",
  "a yellow flower in the snow",
  "a green tree at sunset, pixel",
];

export function welcome(view) {
  const { channel } = view.store;
  if (!channel) return el("div");
  const mark = el("img", { class: "welcome-mark", src: "/page/mark.svg", alt: "" });
  const content = channel.type === DM ? direct(channel) : guild(view, channel);
  return el("section", { class: "welcome", "aria-label": "Welcome" }, mark, content);
}

const direct = ({ name }) => [el("h2", {}, `You and ${name}`), el("p", {}, "Only the two of you read this.")];

function guild(view, { name, topic }) {
  const keys = [
    "Type ",
    el("kbd", {}, "/"),
    " to see all commands, or start with one of these and press ",
    el("kbd", {}, "Enter"),
    ":",
  ];
  return [
    el("h2", {}, `Welcome to #${name}`),
    el("p", {}, topic || "Describe a picture, and Atelier paints it on this machine."),
    el("p", { class: "welcome-hint" }, keys),
    el(
      "div",
      { class: "examples" },
      EXAMPLES.map((prompt) => example(view, prompt)),
    ),
  ];
}

function example(view, prompt) {
  const fill = () => view.composer.fill(`/imagine ${prompt}`);
  return button("example", fill, { "data-testid": "example" }, span("used-command", "/imagine"), prompt);
}
