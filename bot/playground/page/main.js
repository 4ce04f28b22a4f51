/** Wires the page: store, socket, the parts of the screen, and what moves between them. */

import { Actions } from "./actions.js";
import * as api from "./api.js";
import { mountChannels } from "./channels.js";
import { Composer } from "./composer.js";
import { createContextMenus, listenForContextMenus } from "./context_menus.js";
import { createInteractions } from "./interactions.js";
import { createLightbox } from "./lightbox.js";
import { mountPeople, mountWho } from "./members.js";
import { MessageList } from "./messages.js";
import { createModals } from "./modal.js";
import { mountBanner, mountPlace } from "./place.js";
import { createSocket } from "./socket.js";
import { Store } from "./store.js";
import { keepRelativeTimesFresh } from "./time.js";

const find = (id) => document.getElementById(id);

/** "#/channel/member" (ids or names) keeps the place over a reload and lets two tabs act as two members. */
function placeFromAddress() {
  const [, channelId, memberId] = location.hash.split("/");
  return { channelId: channelId || null, memberId: memberId || null };
}

function start() {
  const store = new Store(placeFromAddress());
  const interactions = createInteractions({ store, post: api.postInteraction });
  const view = { store, interactions, api, lightbox: createLightbox() };
  const socket = createSocket({
    onFrame(frame) {
      if (frame.type === "interaction_update") interactions.take(frame);
      else store.take(frame);
      if (store.memberId !== socket.memberId) socket.connect(store.memberId);
    },
    onStatus: (status) => store.setConnected(status === "open"),
  });
  mount(view, socket);
  socket.connect(/^\d+$/.test(store.memberId ?? "") ? store.memberId : null);
}

function mount(view, socket) {
  const { store } = view;
  const app = find("app");
  view.goTo = (channelId) => {
    store.goTo(channelId);
    app.classList.remove("rail-open");
    view.composer.field.focus();
  };
  view.actAs = (memberId) => {
    view.interactions.abandon();
    store.actAs(memberId);
    socket.connect(memberId);
    app.classList.remove("rail-open", "people-open");
    view.composer.field.focus();
  };
  view.actions = new Actions(view);
  view.menus = createContextMenus(view);
  view.modals = createModals(view);
  view.list = new MessageList(view, find("scroller"), find("announcer"));
  view.composer = new Composer(view, find("composer-dock"));
  mountChannels(view, find("channels"));
  mountWho(view, find("who"));
  mountPeople(view, find("people"));
  mountPlace(view, find("place"), app);
  mountBanner(view, find("banner"));
  listen(view, app);
  keepRelativeTimesFresh();
}

function listen(view, app) {
  const { store } = view;
  store.addEventListener("place", () =>
    history.replaceState(null, "", `#/${store.channelId ?? ""}/${store.memberId ?? ""}`),
  );
  find("scrim").addEventListener("click", () => app.classList.remove("rail-open", "people-open"));
  listenForContextMenus(find("scroller"), view);
  listenForMentions(find("scroller"), view);
  listenForDrops(app, view);
  listenForTyping(view);
}

/** Channel and command mentions lead somewhere. */
function listenForMentions(root, view) {
  root.addEventListener("click", ({ target }) => {
    const { channelId, slash } = target.closest?.(".mention")?.dataset ?? {};
    if (channelId && view.store.textChannels().some((channel) => channel.id === channelId)) view.goTo(channelId);
    if (slash) view.composer.fill(`/${slash} `);
  });
}

function listenForDrops(app, view) {
  app.addEventListener("dragover", (event) => {
    event.preventDefault();
    app.classList.add("dropping");
  });
  app.addEventListener("dragleave", (event) => event.relatedTarget || app.classList.remove("dropping"));
  app.addEventListener("drop", (event) => {
    event.preventDefault();
    app.classList.remove("dropping");
    view.composer.take(event.dataTransfer.files);
  });
}

/** Keys typed with nothing focused go to the composer, as one expects of a chat. */
function listenForTyping(view) {
  document.addEventListener("keydown", (event) => {
    const idle = document.activeElement === document.body || document.activeElement === find("scroller");
    if (idle && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey)
      view.composer.field.focus();
  });
}

start();
