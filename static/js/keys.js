/**
 * Keyboard shortcuts: `data-key` on a button, link or field.
 *
 *   <button data-key="ArrowLeft">Left</button>      presses it
 *   <input data-key="/">                            puts the cursor there
 *   <button data-key="Mod+Enter">Save</button>      Ctrl or Cmd; also works while typing
 *   <button data-key="j PageDown Space">Down</button>   each of these; "Shift+Space" is another
 *   <input type="checkbox" data-key="1" data-key-together>   ticked with the others of that key
 *
 * A key is dead while the person types, while a request runs that could change what the key
 * means, while held down (unless `data-key-repeat`), and under AltGr, Ctrl, Alt or Meta. Requests of
 * elements with `data-quiet` (polls, prefetches) do not count. With a dialog open only its own keys
 * live. Inside `data-keys="off"` all keys are left to the element.
 *
 * The list under `?` is made of the same attributes, so it has every key of the page.
 */

import { gettext, pgettext } from "./i18n.js";

const NAMES = {
  ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", ArrowRight: "→",
  Escape: "Esc", Enter: pgettext("key", "Enter"), Space: gettext("Space"),
  PageDown: gettext("Page Down"), PageUp: gettext("Page Up"), Shift: pgettext("key", "Shift"),
};
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const PULSE_MS = 160;
const NO_TEXT = new Set(["button", "checkbox", "submit", "reset", "file", "image", "color", "range"]);

/** True if `element` takes letters or arrows itself. */
export function isTyping(element) {
  if (!(element instanceof Element)) return false;
  if (element.closest("[data-keys=off]")) return true;
  if (element.isContentEditable || element.matches("textarea, select")) return true;
  return element.matches("input") && !NO_TEXT.has(element.type);
}

/** True while a request runs whose answer may change what the keys mean. */
export function isLoading() {
  return document.querySelector(".htmx-request:not([data-quiet])") !== null;
}

/** The keys in the value of data-key. */
function keysIn(value) {
  return value.split(" ");
}

/** The key as people read it: "ArrowLeft" is ←, "Mod+Enter" is Ctrl Enter. */
export function keyLabel(key) {
  return key
    .split(/(?<=.)\+/)
    .map((part) => (part === "Mod" ? (IS_MAC ? "⌘" : pgettext("key", "Ctrl")) : (NAMES[part] ?? part.toUpperCase())))
    .join(" ");
}

/** Confirm an act on `element` with a short pulse. */
export function pulse(element) {
  element.classList.add("is-pressed");
  setTimeout(() => element.classList.remove("is-pressed"), PULSE_MS);
}

/** What `event` is called in data-key, or "" if it carries a modifier that no shortcut uses. */
function keyOf(event) {
  if (event.altKey || event.getModifierState("AltGraph")) return "";
  const key = event.key === " " ? "Space" : event.key; // not translated: name in data-key
  if (event.ctrlKey || event.metaKey) return `Mod+${key}`;
  // Shift makes another letter, but no other arrow.
  return event.shiftKey && key.length > 1 ? `Shift+${key}` : key;
}

/** True if what has the focus answers to the key itself: Enter or Space presses it, or it scrolls. */
function isOwnKey(event) {
  if (event.key === "Enter" && event.target.closest("button, a[href], summary")) return !event.ctrlKey && !event.metaKey;
  if (![" ", "PageDown", "PageUp"].includes(event.key)) return false;
  return event.target.closest("button, a, input, summary, [tabindex='0']") !== null;
}

function isVisible(element) {
  return element.checkVisibility({ visibilityProperty: true });
}

/** Return the elements with keys: those of the open dialog, or else of the page. */
function elementsWithKeys() {
  const dialogs = document.querySelectorAll("dialog[open]");
  const scope = dialogs.length ? dialogs[dialogs.length - 1] : document;
  return [...scope.querySelectorAll("[data-key]")];
}

function isLive(element) {
  // The key of "?" also works while the menu with its button is closed.
  return !element.disabled && (isVisible(element) || element.closest("[data-menu]") !== null);
}

/** The elements that a key acts on: the first that answers to it, or all boxes that go together. */
function elementsFor(key) {
  const found = elementsWithKeys().filter((element) => {
    return keysIn(element.dataset.key.toLowerCase()).includes(key.toLowerCase()) && isLive(element);
  });
  if (found[0]?.dataset.keyTogether === undefined) return found.slice(0, 1);
  const isTicked = found.every((box) => box.checked);
  return found.filter((box) => box.checked === isTicked);
}

function activate(element) {
  pulse(element);
  const takesText = element.type !== "radio" && (element.matches("select, textarea") || isTyping(element));
  if (takesText) element.focus();
  else element.click();
}

function onKeydown(event) {
  if (event.defaultPrevented || event.isComposing || isOwnKey(event)) return;
  const key = keyOf(event);
  if (!key || isLoading()) return;
  if (isTyping(event.target) && !key.startsWith("Mod+")) return;
  const elements = elementsFor(key);
  if (!elements.length || (event.repeat && elements[0].dataset.keyRepeat === undefined)) return;
  event.preventDefault();
  elements.forEach(activate);
}

/** Show each key on its control, also to assistive technology. */
export function labelKeys(root) {
  for (const element of root.querySelectorAll("[data-key]")) {
    element.setAttribute("aria-keyshortcuts", element.dataset.key.replaceAll("Mod", "Control"));
    if (!element.matches("button, a, summary") || element.querySelector("kbd")) continue;
    const cap = document.createElement("kbd");
    cap.setAttribute("aria-hidden", "true");
    cap.textContent = keyLabel(keysIn(element.dataset.key)[0]);
    element.append(" ", cap);
  }
}

function nameOf(element) {
  const own = element.dataset.keyLabel ?? element.getAttribute("aria-label");
  if (own) return own;
  const copy = (element.labels?.[0] ?? element).cloneNode(true);
  for (const extra of copy.querySelectorAll("kbd, svg, .count")) extra.remove();
  return copy.textContent.trim().replace(/\s+/g, " ");
}

/** The names of what a key does: of what it does now, or else of all that it may do later. */
function meaningOf(elements) {
  const live = elements.find(isLive);
  return live ? nameOf(live) : [...new Set(elements.map(nameOf))].join(" / ");
}

/** A row of the list: keys, what they do, and whether they do it now. */
function rowFor(keys, elements) {
  const term = document.createElement("dt");
  for (const key of keysIn(keys)) {
    const cap = document.createElement("kbd");
    cap.textContent = keyLabel(key);
    term.append(cap);
  }
  const meaning = document.createElement("dd");
  meaning.textContent = meaningOf(elements);
  const isNow = elements.some((element) => isLive(element) && element.ariaDisabled !== "true");
  if (!isNow) {
    const note = document.createElement("span");
    note.className = "tag";
    note.textContent = gettext("not now");
    meaning.append(" ", note);
  }
  return { isNow, parts: [term, meaning] };
}

/** List every key of the page, last those that do nothing at the moment. */
function fillSheet(list) {
  const elementsOf = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (element.closest("dialog")) continue;
    const { key } = element.dataset;
    elementsOf.set(key, [...(elementsOf.get(key) ?? []), element]);
  }
  const rows = [...elementsOf].map(([keys, elements]) => rowFor(keys, elements));
  rows.sort((one, other) => other.isNow - one.isNow);
  list.replaceChildren(...rows.flatMap(({ parts }) => parts));
}

/** Listen for keys, and label the controls of the page and those that htmx inserts later. */
export function startKeys() {
  labelKeys(document);
  document.addEventListener("htmx:load", (event) => labelKeys(event.detail.elt.parentNode ?? document));
  document.addEventListener("keydown", onKeydown);
  document.addEventListener("touchstone:dialog", (event) => {
    const list = event.target.querySelector("[data-key-list]");
    if (list) fillSheet(list);
  });
}
