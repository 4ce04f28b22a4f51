/** Starts interactions and waits for what becomes of them, matched by nonce. */

import { nonce } from "./dom.js";

/** The server gives a bot 3 s; past this bound its word on the outcome was lost with the connection. */
const LOST_AFTER_MS = 8000;

const UNANSWERED = "The application did not respond";

/**
 * start(fields) resolves to {status: "acknowledged" | "modal" | "autocomplete" | "failed" | "abandoned", message?, modal?,
 * choices?} and never rejects; take(frame) feeds the socket's interaction_update frames.
 */
export function createInteractions({ store, post }) {
  const waiting = new Map();

  function settle(id, outcome) {
    waiting.get(id)?.(outcome);
    waiting.delete(id);
  }

  async function start(fields) {
    const id = nonce();
    const outcome = new Promise((resolve) => waiting.set(id, resolve));
    const timer = setTimeout(() => settle(id, { status: "failed", message: UNANSWERED }), LOST_AFTER_MS);
    try {
      await post({ nonce: id, member_id: store.memberId, channel_id: store.channelId, ...fields });
    } catch (error) {
      settle(id, { status: "failed", message: error.message });
    }
    const result = await outcome;
    clearTimeout(timer);
    return result.status === "failed" ? { ...result, message: result.message || UNANSWERED } : result;
  }

  /** The word on them goes to the member who started them, who is not the acting one any more. */
  function abandon() {
    for (const id of [...waiting.keys()]) settle(id, { status: "abandoned" });
  }

  return { start, abandon, take: (frame) => settle(frame.nonce, frame) };
}
