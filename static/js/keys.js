/**
 * Keyboard shortcuts: `data-key` on a button, link or field.
 *
 *   <button data-key="ArrowLeft">Left</button>      presses it
 *   <input data-key="/">                            puts the cursor there
 *   <button data-key="Mod+Enter">Save</button>      Ctrl or Cmd; also works while typing
 *
 * A key is dead while the person types, while a request runs that could change what the key
 * means, while held down, and under AltGr, Ctrl, Alt or Meta. Requests of elements with
 * `data-quiet` (polls, prefetches) do not count. With a dialog open only its own keys live.
 * Inside `data-keys="off"` all keys are left to the element.
 */

import { gettext, pgettext } from "./i18n.js";

const NAMES = {
  ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", ArrowRight: "→",
  Escape: "Esc", Enter: "Enter", " ": gettext("Space"),
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
  return event.ctrlKey || event.metaKey ? `Mod+${event.key}` : event.key;
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

function elementFor(key) {
  return elementsWithKeys().find((element) => {
    const same = element.dataset.key.toLowerCase() === key.toLowerCase();
    // The key of "?" also works while the menu with its button is closed.
    return same && !element.disabled && (isVisible(element) || element.closest("[data-menu]"));
  });
}

function activate(element) {
  pulse(element);
  const takesText = element.matches("select, textarea") || isTyping(element);
  if (takesText) element.focus();
  else element.click();
}

function onKeydown(event) {
  if (event.defaultPrevented || event.repeat || event.isComposing) return;
  const key = keyOf(event);
  if (!key || isLoading()) return;
  if (isTyping(event.target) && !key.startsWith("Mod+")) return;
  const element = elementFor(key);
  if (!element) return;
  event.preventDefault();
  activate(element);
}

/** Show each key on its control, also to assistive technology. */
function label(root) {
  for (const element of root.querySelectorAll("[data-key]")) {
    element.setAttribute("aria-keyshortcuts", element.dataset.key.replace("Mod", "Control"));
    if (!element.matches("button, a, summary") || element.querySelector("kbd")) continue;
    const cap = document.createElement("kbd");
    cap.setAttribute("aria-hidden", "true");
    cap.textContent = keyLabel(element.dataset.key);
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

function fillSheet(list) {
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (element.disabled || !(isVisible(element) || element.closest("[data-menu]"))) continue;
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.textContent = keyLabel(element.dataset.key);
    term.append(cap);
    const meaning = document.createElement("dd");
    meaning.textContent = nameOf(element);
    list.append(term, meaning);
  }
}

/** Listen for keys, and label the controls of the page and those that htmx inserts later. */
export function startKeys() {
  label(document);
  document.addEventListener("htmx:load", (event) => label(event.detail.elt.parentNode ?? document));
  document.addEventListener("keydown", onKeydown);
  document.addEventListener("touchstone:dialog", (event) => {
    const list = event.target.querySelector("[data-key-list]");
    if (list) fillSheet(list);
  });
}
