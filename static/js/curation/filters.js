/**
 * The filters of the queue on a narrow page: folded below the search, with the number of those that
 * are chosen. A wide page shows them all, and without a script a narrow one does too.
 */

// A step back in the history replaces the form: the document listens.
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-fold-filters]");
  if (!toggle) return;
  toggle.setAttribute("aria-expanded", String(toggle.getAttribute("aria-expanded") !== "true"));
});

document.addEventListener("change", (event) => {
  const fields = event.target.closest("#filter-fields");
  if (!fields) return;
  const count = document.querySelector("[data-filter-count]");
  const chosen = [...fields.querySelectorAll("select")].filter((field) => field.value).length;
  count.textContent = String(chosen);
  count.hidden = !chosen;
});
