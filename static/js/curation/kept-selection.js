/**
 * Keeps the selection of the queue while the same list is shown anew: with other columns, in
 * another order, or after it was saved as a view.
 */

const KEY = "touchstone-selection";
const NOT_FILTERS = ["columns", "sort"];

/** The list that a form shows, without what changes none of its examples. */
function listOf(form) {
  const filter = new URLSearchParams(form.elements.query.value);
  for (const name of NOT_FILTERS) filter.delete(name);
  filter.sort();
  return `${location.pathname}?${filter}`;
}

/** Remember which examples are selected, until the list is shown again. */
export function keep(form, { picked, isAll }) {
  try {
    if (!picked.length && !isAll) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify({ list: listOf(form), picked, isAll }));
  } catch {
    // Storage is blocked or full: the selection is lost, as without this.
  }
}

/** Return the selection that was kept for this list, once; null for none. */
export function take(form) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    return kept?.list === listOf(form) ? kept : null;
  } catch {
    return null;
  }
}
