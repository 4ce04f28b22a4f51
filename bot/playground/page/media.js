/** Finds the shown address and size of media in embeds and components, attachment:// resolved against the message. */

import { safeUrl } from "./dom.js";

const SCHEME = "attachment://";

/** The message's attachment that `media` ({url, attachment_id?}) points at, or undefined. */
export function attachmentOf(media, message) {
  const { attachment_id: id, url = "" } = media ?? {};
  return message.attachments?.find((file) => file.id === id || url === `${SCHEME}${file.filename}`);
}

export function mediaUrl(media, message) {
  if (!media?.url) return undefined;
  return media.url.startsWith(SCHEME) ? safeUrl(attachmentOf(media, message)?.url ?? "data:") : safeUrl(media.url);
}
