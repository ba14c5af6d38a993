/**
 * data-copy="text" copies that text, data-copy-from="#id" the text (or value) of an element.
 * The button says so for two seconds.
 */

import { gettext } from "./i18n.js";

const SAID_MS = 2000;

function textOf(button) {
  const { copy, copyFrom } = button.dataset;
  if (copy) return copy;
  const source = document.querySelector(copyFrom);
  return source.value ?? source.textContent.trim();
}

async function onClick(event) {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button || button.dataset.said) return;
  const label = [...button.childNodes];
  try {
    await navigator.clipboard.writeText(textOf(button));
    button.textContent = gettext("Copied");
  } catch {
    button.textContent = gettext("Select and copy by hand");
  }
  button.dataset.said = "yes";
  setTimeout(() => {
    button.replaceChildren(...label);
    delete button.dataset.said;
  }, SAID_MS);
}

/** Wire copy buttons for the whole document. */
export function startCopy() {
  document.addEventListener("click", onClick);
}
