/** Gives a file to the attachment option of a command being filled in. */

import { OptionType } from "./option_values.js";

export const takesFiles = (entry) => entry.options.some((option) => option.type === OptionType.ATTACHMENT);

/**
 * Shows the file in the draft at once (then calls started()), uploads it, and keeps the upload's id.
 * Resolves to a sentence when it was not taken, else null.
 */
export async function attachTo(draft, file, { upload, started }) {
  const option = draft.freeAttachment();
  if (!option) return `/${draft.entry.name} takes no further file.`;
  const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : undefined;
  draft.open(option.name);
  draft.choose(option.name, undefined, file.name, { uploading: true, preview });
  draft.advance();
  started();
  try {
    const { id } = await upload(file);
    draft.choose(option.name, id, file.name, { preview });
    return null;
  } catch (error) {
    draft.clear(option.name);
    return `${file.name} was not taken: ${error.message}`;
  }
}
