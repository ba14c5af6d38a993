/**
 * Texts of scripts in the language of the page. base.html loads its catalog before the modules;
 * without it (a lost connection) the texts are English.
 *
 *   interpolate(ngettext("%(n)s vote left", "%(n)s votes left", n), { n: formatNumber(n) })
 */

const catalog = globalThis.django ?? {};
/** Return the translation of a text, or the text itself. */
export function gettext(text) {
  return catalog.gettext?.(text) ?? text;
}

/** Return the plural form for a number. */
export function ngettext(one, many, number) {
  return catalog.ngettext?.(one, many, number) ?? (number === 1 ? one : many);
}

/** Return the translation of a text that has several meanings. */
export function pgettext(context, text) {
  return catalog.pgettext?.(context, text) ?? text;
}

/** Return a text with each %(name)s replaced from `values`. */
export function interpolate(text, values) {
  return text.replace(/%(?:\((\w+)\)s|%)/g, (found, name) => (name ? String(values[name]) : "%"));
}

/** Return a number in the format of the page's language, with a fixed number of decimals. */
export function formatNumber(number, decimals = 0) {
  return number.toLocaleString(document.documentElement.lang || "en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}
