/** The bar over the messages: where one is, the buttons that open the side panels, and the line about what is away. */

import { DM } from "./channel_types.js";
import { adultMark } from "./channels.js";
import { el, iconButton } from "./dom.js";
import { icon } from "./icons.js";

/** app: the element whose rail-open and people-open classes show the panels. */
export function mountPlace(view, root, app) {
  const { store } = view;
  const toggle = (look) => () => app.classList.toggle(look);
  const title = el("div", { class: "place-title" });
  root.append(
    iconButton("menu", "Channels", toggle("rail-open"), { class: "open-rail", "data-testid": "open-rail" }),
    title,
    iconButton("people", "Members", toggle("people-open")),
  );
  for (const change of ["directory", "place"]) store.addEventListener(change, draw);

  function draw() {
    if (!store.channel) return;
    const { name, topic, nsfw, type } = store.channel;
    document.title = `${type === DM ? "@" : "#"}${name} · Atelier playground`;
    title.replaceChildren(icon(type === DM ? "at" : "hash"), el("h1", {}, name));
    if (nsfw) title.append(adultMark());
    if (topic) title.append(el("p", { class: "topic", title: topic }, topic));
  }
}

export function mountBanner(view, root) {
  const { store } = view;
  for (const change of ["directory", "connection"]) store.addEventListener(change, draw);

  function draw() {
    const words = bannerWords(store);
    root.hidden = !words;
    root.replaceChildren(el("span", { class: "spinner", "aria-hidden": "true" }), words);
  }
}

/** "" while everything is there, and before the first state came. */
function bannerWords({ greeted, connected, botOnline, application }) {
  if (!greeted) return "";
  if (!connected) return "The playground is not answering. Connecting again…";
  return botOnline ? "" : `${application.name} is starting…`;
}
