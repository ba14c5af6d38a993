/**
 * data-copy="text" copies that text, data-copy-from="#id" the text (or value) of an element.
 * The button shows the result for two seconds.
 */

import { gettext } from "./i18n.js";

const SHOWN_MS = 2000;

function textOf(button) {
  const { copy, copyFrom } = button.dataset;
  if (copy) return copy;
  const source = document.querySelector(copyFrom);
  return source.value ?? source.textContent.trim();
}

async function onClick(event) {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button || button.dataset.result) return;
  const label = [...button.childNodes];
  try {
    await navigator.clipboard.writeText(textOf(button));
    button.textContent = gettext("Copied");
  } catch {
    button.textContent = gettext("Select and copy by hand");
  }
  button.dataset.result = "shown";
  setTimeout(() => {
    button.replaceChildren(...label);
    delete button.dataset.result;
  }, SHOWN_MS);
}

/** Handle the copy buttons of the whole document. */
export function startCopy() {
  document.addEventListener("click", onClick);
}
