/** What each key does in the composer, by whether its list is open and a command is being filled in. */

const atStart = (field) => field.selectionStart === 0 && field.selectionEnd === 0;
const atEnd = (field) => field.selectionStart === field.value.length;

/** Whether the lit choice already stands in the field word for word, so that Enter need not pick it first. */
function typedOut({ draft, field, suggestions }) {
  if (!draft || draft.active === null || draft.problemOf(draft.active)) return false;
  const text = field.value.trim().toLowerCase();
  return [suggestions.current.label, String(suggestions.current.value)].some((words) => words.toLowerCase() === text);
}

/** Each returns true when it used the key. */
const KEYS = {
  Enter(composer, event) {
    if (event.shiftKey) return false;
    if (composer.suggestions.current && !typedOut(composer)) composer.suggestions.pick();
    else composer.submit();
    return true;
  },
  Tab(composer, event) {
    const { suggestions, draft } = composer;
    if (event.shiftKey) return false;
    if (suggestions.open) {
      if (suggestions.current) suggestions.pick();
      else suggestions.move(1);
      return true;
    }
    if (!draft || (draft.active === null && !draft.hiddenOptions.length)) return false;
    composer.advance();
    return true;
  },
  ArrowDown: (composer) => moveInList(composer, 1),
  ArrowUp(composer) {
    if (composer.suggestions.open) return moveInList(composer, -1);
    if (composer.draft || composer.field.value) return false;
    composer.recall();
    return true;
  },
  Escape(composer) {
    if (!composer.suggestions.element.hidden) composer.suggestions.hide();
    else if (composer.draft) composer.leave("");
    else return false;
    return true;
  },
  Backspace(composer) {
    const { draft, field } = composer;
    if (!draft || field.value) return false;
    if (!composer.step(-1, { clear: true })) composer.fill(`/${draft.entry.name}`);
    return true;
  },
  ArrowLeft: (composer) => Boolean(composer.draft) && atStart(composer.field) && composer.step(-1),
  ArrowRight: (composer) => Boolean(composer.draft) && atEnd(composer.field) && composer.step(1),
};

function moveInList({ suggestions }, by) {
  if (!suggestions.open) return false;
  suggestions.move(by);
  return true;
}

export function composerKeys(composer, event) {
  if (event.isComposing) return;
  if (KEYS[event.key]?.(composer, event)) event.preventDefault();
}
