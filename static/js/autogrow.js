/**
 * Text areas with data-autogrow are as tall as their text. CSS does it where the browser knows
 * `field-sizing`; this does it elsewhere.
 */

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}

/** Fit every text area inside `root` now, and each one as it is typed in. */
export function startAutogrow() {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = (root) => root.querySelectorAll("textarea[data-autogrow]").forEach(grow);
  fit(document);
  document.addEventListener("htmx:load", (event) => fit(event.detail.elt.parentNode ?? document));
  document.addEventListener("input", ({ target }) => {
    if (target.matches("textarea[data-autogrow]")) grow(target);
  });
}
