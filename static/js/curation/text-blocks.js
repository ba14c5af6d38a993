/**
 * Text blocks of the project, chosen from a list and inserted at the cursor of a message.
 * Typing filters the list, arrows choose, Enter inserts, Escape closes. Those for other languages
 * than the example's are folded away until they are asked for, or are all that fits what is typed.
 */

import { openDialog } from "../dialog.js";
import { formatNumber, interpolate, ngettext } from "../i18n.js";
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
  const others = dialog.querySelector("[data-others]");
  const every = [...list.children];
  let area;
  let cursor;
  let taken;
  let isUnfolded = false;

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

  /** Whether a text block is for another language than the one that the field holds now. */
  function isOther({ dataset }) {
    const language = form.elements.language.value.trim().split(/[-_]/)[0].toLowerCase();
    return Boolean(language && dataset.language && dataset.language !== language);
  }

  /** The place in the list: for this language and intent, then for all languages, other intents. */
  function rank(option) {
    const intents = JSON.parse(option.dataset.intents);
    const isForIntent = !intents.length || intents.includes(form.elements.intent.value.trim());
    return (isOther(option) ? 4 : 0) + (isForIntent ? 0 : 2) + (option.dataset.language ? 0 : 1);
  }

  function narrow() {
    const words = folded(filter.value).split(/\s+/);
    const fitting = every.filter((option) => {
      const text = folded(option.textContent);
      return words.every((word) => text.includes(word));
    });
    const own = fitting.filter((option) => !isOther(option));
    const listed = isUnfolded || (filter.value.trim() && !own.length) ? fitting : own;
    for (const option of every) option.hidden = !listed.includes(option);
    const left = fitting.length - listed.length;
    others.hidden = !left;
    others.textContent = interpolate(
      ngettext("Show %(n)s for another language", "Show %(n)s for other languages", left),
      { n: formatNumber(left) },
    );
    none.hidden = Boolean(fitting.length);
    choose(shown()[0]);
  }

  function open(button) {
    const focused = document.activeElement;
    area = focused.matches("textarea[name=text]") && focused.form === form
      ? focused
      : textAreaOf(button.closest("[data-message]"));
    cursor = [area.selectionStart, area.selectionEnd];
    taken = null;
    list.replaceChildren(...[...every].sort((one, other) => rank(one) - rank(other)));
    isUnfolded = false;
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
  others.addEventListener("click", () => {
    isUnfolded = true;
    narrow();
    filter.focus();
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
