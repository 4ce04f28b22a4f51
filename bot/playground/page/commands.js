/** Which commands a member may use here, found by what they type. */

import { DM } from "./channel_types.js";
import { matching } from "./choices.js";

const ADMINISTRATOR = 8n;
const GUILD = 0;
const BOT_DM = 1;
const SLASH = 1;
const SUBCOMMAND = 1;

/** The synced commands this member sees in this channel, as Discord's client filters them. */
export function availableCommands(store) {
  const permissions = BigInt(store.member?.permissions ?? 0);
  return store.commands.filter((command) => fitsPlace(command, store.channel) && mayUse(command, permissions));
}

function fitsPlace(command, channel) {
  if (channel?.type === DM) return command.contexts?.includes(BOT_DM) ?? command.dm_permission ?? false;
  return (command.contexts?.includes(GUILD) ?? true) && (!command.nsfw || Boolean(channel?.nsfw));
}

function mayUse(command, permissions) {
  if (
    permissions & ADMINISTRATOR ||
    command.default_member_permissions === null ||
    command.default_member_permissions === undefined
  )
    return true;
  const needed = BigInt(command.default_member_permissions);
  return needed !== 0n && (permissions & needed) === needed;
}

/** Entries one can type: {command, path: ["imagine"] or ["train", "start"], name, description, options}. */
export function slashEntries(store) {
  return availableCommands(store)
    .filter((command) => (command.type ?? SLASH) === SLASH)
    .flatMap((command) => leaves(command, command, [command.name]));
}

function leaves(command, node, path) {
  const nested = (node.options ?? []).filter((option) => option.type <= 2);
  if (!nested.length)
    return [{ command, path, name: path.join(" "), description: node.description, options: node.options ?? [] }];
  return nested.flatMap((option) => leaves(command, option, [...path, option.name]));
}

/** Entries for the words after the slash, best first. */
export function matchEntries(entries, words) {
  const found = matching(
    entries.map((entry) => ({ label: entry.name, hint: entry.description, entry })),
    words,
  );
  return found.map(({ entry }) => entry);
}

/** "/imagine a house" -> {entry, rest: "a house"} for the longest command name followed by a space or the end. */
export function recognise(text, entries) {
  const words = text.replace(/^\//, "");
  const fits = (entry) =>
    words === entry.name || words.startsWith(`${entry.name} `) || words.startsWith(`${entry.name}\n`);
  const [entry] = entries.filter(fits).toSorted((a, b) => b.name.length - a.name.length);
  return entry ? { entry, rest: words.slice(entry.name.length + 1) } : null;
}

/**
 * Splits "a house count: 2" at option names followed by a colon: {text: "a house", named: [{name: "count", text: "2"}]}.
 * Only names in `names` count, so that an ordinary colon stays part of the words.
 */
export function splitNamedOptions(text, names) {
  const marks = [...text.matchAll(/(^|\s)([-\w\p{L}]{1,32}): ?/gu)].filter((mark) => names.includes(mark[2]));
  if (!marks.length) return { text, named: [] };
  const named = marks.map((mark, at) => ({
    name: mark[2],
    text: text
      .slice(mark.index + mark[0].length, marks[at + 1]?.index)
      .replace(/\s$/, (space) => (at === marks.length - 1 ? space : "")),
  }));
  return { text: text.slice(0, marks[0].index), named };
}

/** Wraps leaf options into a type 2 interaction's data, through the subcommand path. */
export function commandData(entry, options) {
  const groups = entry.path.slice(1);
  const nested = groups.reduceRight(
    (inner, name, at) => [{ name, type: at === groups.length - 1 ? SUBCOMMAND : 2, options: inner }],
    options,
  );
  return { id: entry.command.id, name: entry.command.name, type: SLASH, options: nested };
}
