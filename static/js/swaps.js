/**
 * What htmx swaps keeps the focus and is announced.
 *
 * Focus that a swap, or a button disabled meanwhile, took away goes back to the same control: the one
 * with the same id, name or address, or a button with the same text; otherwise to the new content.
 *
 *   <details id="ID" data-keep-open>          stays open when a swap replaces it
 *   <p data-announce>12 examples match.</p>   read out after a swap: always after what the person did
 *                                             themself, after a poll (`data-quiet`) only if it changed
 */

const CLEAR_MS = 50;

// What had the focus when a request began or its answer came, and the id of what was replaced.
let held = null;
let heard = new Set();
// The ids of what was unfolded before the swap.
let unfolded = [];

function isLost() {
  return document.activeElement === null || document.activeElement === document.body;
}

function hold(target) {
  if (!isLost()) held = { element: document.activeElement, targetId: "" };
  if (held && target?.contains(held.element)) held.targetId = target.id;
}

/** True if both are the same control, before and after a swap. */
function isSame(one, other) {
  if (one.tagName !== other.tagName) return false;
  if (one.id || other.id) return one.id === other.id;
  if (one.name) return one.name === other.name && one.value === other.value;
  if (one.href) return one.href === other.href;
  return one.matches("button") && one.textContent.trim() === other.textContent.trim();
}

function twinOf(element, root) {
  return [...root.querySelectorAll(element.tagName)].find((other) => isSame(element, other));
}

function restoreFocus() {
  const { element, targetId } = held ?? {};
  held = null;
  if (!element || !isLost()) return;
  const root = document.getElementById(targetId);
  const next = element.isConnected ? element : root && (twinOf(element, root) ?? root);
  if (!next || next.disabled) return;
  focusShown(next, root);
}

function unfoldAgain() {
  for (const id of unfolded) {
    const again = document.getElementById(id);
    if (again) again.open = true;
  }
}

/** Focus a control, or the summary of what it is folded away in. */
function focusShown(element, root) {
  const folded = element.closest("details:not([open])");
  const next = folded && !element.matches("summary") ? folded.querySelector("summary") : element;
  if (next === root) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

/** What is to be read out, by the texts that are on the page now. */
function texts() {
  const elements = [...document.querySelectorAll("[data-announce]")];
  return new Set(elements.map((element) => element.textContent.trim().replace(/\s+/g, " ")));
}

function announce({ isAsked }) {
  const now = texts();
  const said = [...now].filter((text) => text && (isAsked || !heard.has(text)));
  heard = now;
  if (said.length === 0) return;
  const region = document.getElementById("announcement");
  // The same text is read out again only if it was gone.
  region.textContent = "";
  setTimeout(() => { region.textContent = said.join(" "); }, CLEAR_MS);
}

/** Listen for the swaps of the whole document. */
export function startSwaps() {
  heard = texts();
  document.addEventListener("htmx:beforeRequest", () => hold(null));
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    hold(detail.target);
    const open = detail.target.querySelectorAll("details[data-keep-open][open]");
    unfolded = [...open].map((details) => details.id);
  });
  document.addEventListener("htmx:afterSwap", unfoldAgain);
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    announce({ isAsked: !detail.requestConfig?.elt.closest("[data-quiet]") });
  });
  document.addEventListener("htmx:afterRequest", restoreFocus);
}
