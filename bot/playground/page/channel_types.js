/** The channel types the page tells apart. */

export const DM = 1;
export const CATEGORY = 4;

const HOLDS_MESSAGES = new Set([0, DM, 5, 10, 11, 12]); // text, direct, announcement, threads

export const holdsMessages = (channel) => HOLDS_MESSAGES.has(channel.type);
