/**
 * Selecting rows of the queue: a click, a range with Shift, all of the page, and the keys j, k, x;
 * Enter opens the example with the focus, e opens it with its answer in the editor.
 *
 * Listens on the document, because htmx replaces the list. Without it the check boxes are a form.
 */

import { formatNumber, gettext, interpolate, ngettext } from "../i18n.js";
import { keep, take } from "./kept-selection.js";

let last = null;

function boxes() {
  return [...document.querySelectorAll("[data-selection] input[name=example]")];
}

/** Show how many are selected, and mark their rows. */
function update() {
  const form = document.querySelector("[data-selection]");
  if (!form) return;
  const every = boxes();
  const picked = every.filter((box) => box.checked).length;
  const all = form.querySelector("[data-pick-all]");
  const page = form.querySelector("[data-pick-page]");
  page.checked = picked > 0 && picked === every.length;
  page.indeterminate = picked > 0 && picked < every.length;
  for (const box of every) {
    box.disabled = all.checked;
    box.closest("tr").classList.toggle("is-picked", box.checked || all.checked);
  }
  const count = form.querySelector("[data-picked]");
  count.textContent = picked
    ? interpolate(ngettext("%(n)s example selected", "%(n)s examples selected", picked), { n: formatNumber(picked) })
    : gettext("Select examples to change many at once.");
  count.hidden = all.checked;
}

/** Remember the selection before the same list is shown anew. */
function keepSelection() {
  const form = document.querySelector("[data-selection]");
  if (!form) return;
  const picked = boxes().filter((box) => box.checked).map((box) => box.value);
  keep(form, { picked, isAll: form.querySelector("[data-pick-all]").checked });
}

/** Select again what was selected before the list was shown anew. */
function restoreSelection() {
  const form = document.querySelector("[data-selection]");
  const kept = form && take(form);
  if (kept) {
    for (const box of boxes()) box.checked = kept.picked.includes(box.value);
    form.querySelector("[data-pick-all]").checked = kept.isAll;
  }
  update();
}

/** Scroll to where the bar, which may grow with the first selection, does not cover the row. */
function uncover(box) {
  box.closest("tr").scrollIntoView({ block: "nearest" });
}

function pickRange(box) {
  const every = boxes();
  const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((one, other) => one - other);
  if (from < 0) return;
  for (const each of every.slice(from, to + 1)) each.checked = box.checked;
}

function onClick(event) {
  if (event.target.closest("[data-keeps-selection]")) keepSelection();
  const box = event.target.closest("[data-selection] input[name=example]");
  if (box) {
    if (event.shiftKey) pickRange(box);
    last = box;
  }
  const step = event.target.closest("[data-step]");
  if (step) move(Number(step.dataset.step));
  if (event.target.closest("[data-pick]")) toggle();
  const opens = event.target.closest("[data-open]");
  if (opens) openExample(opens.dataset.open);
}

function onChange(event) {
  if (!event.target.closest("[data-selection]")) return;
  if (event.target.matches("[data-pick-page]")) {
    for (const box of boxes()) box.checked = event.target.checked;
  }
  update();
  if (event.target.matches("input[name=example]")) uncover(event.target);
}

function rows() {
  return boxes().map((box) => box.closest("tr"));
}

function currentRow() {
  return document.activeElement?.closest("[data-selection] tbody tr") ?? null;
}

/** Put the focus on the example before or after the one that has it. */
function move(by) {
  const every = rows();
  const at = every.indexOf(currentRow());
  const next = at < 0 ? every.at(by > 0 ? 0 : -1) : every[at + by];
  next?.querySelector("a").focus();
}

function toggle() {
  const box = (currentRow() ?? rows()[0])?.querySelector("input[name=example]");
  if (!box || box.disabled) return;
  box.checked = !box.checked;
  last = box;
  box.closest("tr").querySelector("a").focus();
  update();
  uncover(box);
}

function openExample(place) {
  const link = (currentRow() ?? rows()[0])?.querySelector("a");
  if (link) window.location.assign(link.href + place);
}

document.addEventListener("click", onClick);
document.addEventListener("change", onChange);
document.addEventListener("htmx:beforeSwap", keepSelection);
document.addEventListener("htmx:load", restoreSelection);
// The browser restores check boxes when the user comes back.
window.addEventListener("pageshow", update);
restoreSelection();
