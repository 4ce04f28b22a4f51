/** The verbs of a member: run a command, press a component, submit a modal, react, dismiss. */

import { emojiKey } from "./emoji.js";
import { nonce } from "./dom.js";
import { EPHEMERAL, LOADING } from "./message_flags.js";

/** view: {store, interactions, api, modals, list}; adds the verbs the page's parts call. */
export class Actions {
  #view;
  #pending = new Set();
  #failures = new Map();

  constructor(view) {
    this.#view = view;
    view.store.addEventListener("messages", () => this.#failures.clear());
  }

  isPending(messageId, customId) {
    return this.#pending.has(`${messageId} ${customId}`);
  }

  /** The sentence under a message whose last interaction failed, or undefined. */
  failureOf(messageId) {
    return this.#failures.get(messageId);
  }

  async press(message, component, values) {
    if (this.isPending(message.id, component.custom_id)) return;
    const key = `${message.id} ${component.custom_id}`;
    this.#pending.add(key);
    this.#failures.delete(message.id);
    this.#view.list.refresh(message.id);
    const data = { component_type: component.type, custom_id: component.custom_id, ...(values ? { values } : {}) };
    const outcome = await this.#view.interactions.start({ type: 3, message_id: message.id, data });
    this.#pending.delete(key);
    if (outcome.status === "failed") this.#failures.set(message.id, outcome.message);
    this.#view.list.refresh(message.id);
    if (outcome.status === "modal") this.#view.modals.open(outcome.modal, message.id);
  }

  /** data: a type 2 interaction's data; shows a line of its own until the bot answers. onRetry puts a failed one back. */
  async runCommand(data, onRetry) {
    const echo = this.#echo(data);
    this.#view.store.put(echo);
    const outcome = await this.#view.interactions.start({ type: 2, data });
    if (outcome.status === "failed") {
      this.#view.store.put({ ...echo, flags: EPHEMERAL, local: { failure: outcome.message, retry: onRetry } });
      return;
    }
    this.#view.store.drop(echo.channel_id, echo.id);
    if (outcome.status === "modal") this.#view.modals.open(outcome.modal);
  }

  #echo(data) {
    const { store } = this.#view;
    const names = [data.name, ...subcommandNames(data.options)];
    return {
      id: `local-${nonce()}`,
      channel_id: store.channelId,
      author: store.application.bot_user,
      content: "",
      embeds: [],
      attachments: [],
      components: [],
      flags: EPHEMERAL | LOADING,
      timestamp: new Date().toISOString(),
      local: {},
      interaction_metadata: { user: store.member.user, name: names.join(" ") },
    };
  }

  /** Runs a user or message command from a context menu. */
  runContextCommand(command, targetId) {
    return this.runCommand({ id: command.id, name: command.name, type: command.type, target_id: targetId });
  }

  /** Resolves to an error sentence, or null when the bot took the answers. */
  async submitModal(modal, components, messageId) {
    const outcome = await this.#view.interactions.start({
      type: 5,
      message_id: messageId,
      data: { custom_id: modal.custom_id, components },
    });
    return outcome.status === "failed" ? outcome.message : null;
  }

  async react(message, emoji) {
    const { store, api } = this.#view;
    try {
      await api.toggleReaction({
        member_id: store.memberId,
        channel_id: message.channel_id,
        message_id: message.id,
        emoji: emojiKey(emoji),
      });
    } catch (error) {
      this.#failures.set(message.id, error.message);
      this.#view.list.refresh(message.id);
    }
  }

  dismiss(message) {
    this.#view.store.drop(message.channel_id, message.id);
  }
}

function subcommandNames(options = []) {
  const [first] = options;
  return first && first.type <= 2 ? [first.name, ...subcommandNames(first.options)] : [];
}
