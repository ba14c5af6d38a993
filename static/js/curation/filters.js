/**
 * The filters of the queue on a narrow page: folded below the search, with the number of those that
 * are chosen. A wide page shows them all, and without a script a narrow one does too.
 */

const toggle = document.querySelector("[data-fold-filters]");
const fields = document.getElementById("filter-fields");
const count = toggle.querySelector("[data-filter-count]");

toggle.addEventListener("click", () => {
  toggle.setAttribute("aria-expanded", String(toggle.getAttribute("aria-expanded") !== "true"));
});
fields.addEventListener("change", () => {
  const chosen = [...fields.querySelectorAll("select")].filter((field) => field.value).length;
  count.textContent = String(chosen);
  count.hidden = !chosen;
});
