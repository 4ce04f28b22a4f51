/** Checks what was typed for a command option and says, in one sentence, what is wrong with it. */

export const OptionType = Object.freeze({
  STRING: 3,
  INTEGER: 4,
  BOOLEAN: 5,
  USER: 6,
  CHANNEL: 7,
  ROLE: 8,
  MENTIONABLE: 9,
  NUMBER: 10,
  ATTACHMENT: 11,
});

const LONGEST_STRING = 6000;
const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * option: Discord's option object; filled: {text, value?, uploading?}.
 * Returns {value} (undefined when left empty) or {problem}.
 */
export function readOption(option, { text, value, uploading }) {
  if (uploading) return { problem: `${option.name}: still uploading ${text}.` };
  if (value !== undefined) return { value };
  return text.trim() ? readText(option, text.trim()) : readNothing(option);
}

function readNothing(option) {
  return option.required ? { problem: requiredSentence(option) } : { value: undefined };
}

function readText(option, text) {
  if (option.choices?.length) return oneOfChoices(option, text);
  return READERS[option.type]?.(option, text) ?? { problem: `${option.name}: choose one from the list.` };
}

function requiredSentence(option) {
  return option.type === OptionType.ATTACHMENT
    ? `${option.name} is required: choose, drop or paste a file.`
    : `${option.name} is required.`;
}

function oneOfChoices({ name, choices }, text) {
  const same = (choice) => choice.name.toLowerCase() === text.toLowerCase() || String(choice.value) === text;
  const found = choices.find(same);
  if (found) return { value: found.value };
  return { problem: `${name} must be one of: ${choices.map((choice) => choice.name).join(", ")}.` };
}

const READERS = {
  [OptionType.STRING]: readString,
  [OptionType.INTEGER]: (option, text) =>
    /^[-+]?\d+$/.test(text) ? inRange(option, Number(text)) : { problem: `${option.name} must be a whole number.` },
  [OptionType.NUMBER]: (option, text) =>
    Number.isNaN(Number(text.replace(",", ".")))
      ? { problem: `${option.name} must be a number.` }
      : inRange(option, Number(text.replace(",", "."))),
  [OptionType.BOOLEAN]: readBoolean,
};

function readString(option, text) {
  const length = [...text].length;
  const most = option.max_length ?? LONGEST_STRING;
  if (length < (option.min_length ?? 0))
    return { problem: `${option.name} needs at least ${option.min_length} characters (now ${length}).` };
  if (length > most) return { problem: `${option.name} may have at most ${most} characters (now ${length}).` };
  return { value: text };
}

function inRange(option, value) {
  const least = option.min_value ?? -LARGEST;
  const most = option.max_value ?? LARGEST;
  if (value >= least && value <= most) return { value };
  if (option.min_value !== undefined && option.max_value !== undefined)
    return { problem: `${option.name} must be from ${least} to ${most}.` };
  return {
    problem: value < least ? `${option.name} must be at least ${least}.` : `${option.name} must be at most ${most}.`,
  };
}

function readBoolean(option, text) {
  if (/^(true|yes|on|1)$/i.test(text)) return { value: true };
  if (/^(false|no|off|0)$/i.test(text)) return { value: false };
  return { problem: `${option.name} must be True or False.` };
}
