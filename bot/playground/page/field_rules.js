/** What every modal field shares: how it is submitted, and when its values are too few or too many. */

/** A component as a modal submits it. */
export function answerOf({ type, id, custom_id }, values) {
  return { type, id, custom_id, ...values };
}

export const isRequired = (component) => component.required ?? true;

/** A sentence when `count` values are fewer or more than the component takes, else null. */
export function countProblem(component, count) {
  const { min_values: least = 1, max_values: most = Infinity } = component;
  if (count === 0) return isRequired(component) && least > 0 ? "This is required." : null;
  if (count < least) return `Choose at least ${least}.`;
  return count > most ? `Choose at most ${most}.` : null;
}
