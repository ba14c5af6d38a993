/**
 * Text blocks of the project, chosen from a list and inserted at the cursor of a message.
 * Typing filters the list, arrows choose, Enter inserts, Escape closes.
 */

import { openDialog } from "../dialog.js";
import { textAreaOf } from "./messages.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** A text as the filter compares it: without case and accents. */
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The text with the white space that parts it from what is before and after it. */
function parted(text, before, after) {
  let start = "";
  if (before.trim() && !after.trim() && !/\n\s*$/.test(before)) start = "\n\n";
  else if (/[^\s([{"'„“‘«¿¡]$/u.test(before)) start = " ";
  const end = /^[\p{L}\p{N}([{„“«]/u.test(after) && !/\s$/.test(text) ? " " : "";
  return start + text + end;
}

/** Insert a text where the cursor is and select its first placeholder, so that typing fills it in. */
function insert(area, block, placeholder) {
  const { selectionStart: start, selectionEnd: end } = area;
  const text = parted(block, area.value.slice(0, start), area.value.slice(end));
  // Unlike setRangeText, this leaves the undo of the browser intact.
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const at = placeholder ? area.value.indexOf(placeholder, start) : -1;
  if (at >= 0) area.setSelectionRange(at, at + placeholder.length);
}

/** Offer the text blocks in the messages of `form`; nothing where the project has none. */
export function startTextBlocks(form) {
  const dialog = document.getElementById("text-blocks");
  if (!dialog) return;
  const filter = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const none = dialog.querySelector("[data-none]");
  const every = [...list.children];
  let area;
  let cursor;
  let taken;

  const shown = () => [...list.children].filter((option) => !option.hidden);

  function choose(option) {
    for (const other of every) other.ariaSelected = String(other === option);
    if (option) {
      filter.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      filter.removeAttribute("aria-activedescendant");
    }
  }

  function narrow() {
    const words = folded(filter.value).split(/\s+/);
    for (const option of every) {
      const text = folded(option.textContent);
      option.hidden = !words.every((word) => text.includes(word));
    }
    const first = shown()[0];
    none.hidden = Boolean(first);
    choose(first);
  }

  /** Whether a text block is for the language and the intent that the fields hold now. */
  function isFor({ dataset }) {
    const language = form.elements.language.value.trim().split(/[-_]/)[0].toLowerCase();
    const intents = JSON.parse(dataset.intents);
    return (!dataset.language || dataset.language === language)
      && (!intents.length || intents.includes(form.elements.intent.value.trim()));
  }

  function open(button) {
    const focused = document.activeElement;
    area = focused.matches("textarea[name=text]") && focused.form === form
      ? focused
      : textAreaOf(button.closest("[data-message]"));
    cursor = [area.selectionStart, area.selectionEnd];
    taken = null;
    const fitting = every.filter(isFor);
    list.replaceChildren(...fitting, ...every.filter((option) => !fitting.includes(option)));
    filter.value = "";
    openDialog(dialog);
    filter.focus();
    narrow();
  }

  function take(option) {
    taken = option;
    dialog.close();
  }

  dialog.addEventListener("close", () => {
    // The browser gives the focus back, but not the place of the cursor.
    area.focus();
    area.setSelectionRange(...cursor);
    if (taken) insert(area, taken.querySelector("[data-text]").textContent, taken.dataset.placeholder);
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-text-blocks]");
    if (button) open(button);
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  filter.addEventListener("input", narrow);
  filter.addEventListener("keydown", (event) => {
    const options = shown();
    const at = options.findIndex((option) => option.ariaSelected === "true");
    if (STEPS[event.key] && options.length) {
      choose(options[(at + STEPS[event.key] + options.length) % options.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      if (options[at]) take(options[at]);
    } else {
      return;
    }
    event.preventDefault();
  });
}
