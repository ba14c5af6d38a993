/**
 * Texts of scripts in the language of the page. base.html loads its catalog before the modules;
 * without it (a lost connection) the texts are English.
 *
 *   interpolate(ngettext("%(n)s vote left", "%(n)s votes left", n), { n: formatNumber(n) })
 */

const catalog = globalThis.django ?? {};
/** The translation of a text, or the text itself. */
export function gettext(text) {
  return catalog.gettext?.(text) ?? text;
}

/** The plural form that belongs to a number. */
export function ngettext(one, many, number) {
  return catalog.ngettext?.(one, many, number) ?? (number === 1 ? one : many);
}

/** The translation of a text that means something else elsewhere. */
export function pgettext(context, text) {
  return catalog.pgettext?.(context, text) ?? text;
}

/** A text with its %(name)s filled in from `values`. */
export function interpolate(text, values) {
  return text.replace(/%(?:\((\w+)\)s|%)/g, (found, name) => (name ? String(values[name]) : "%"));
}

/** A number as the language of the page writes it, with a fixed number of decimals. */
export function formatNumber(number, decimals = 0) {
  return number.toLocaleString(document.documentElement.lang || "en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}
