/**
 * Native dialogs, menus and questions.
 *
 *   data-dialog="ID"     opens <dialog id="ID">; data-close inside closes it
 *   data-confirm="..."   on a form: asks before it is sent (data-confirm-verb names the button);
 *                        confirm-start.js holds back what is sent before this module runs
 *   hx-confirm="..."     the same for htmx
 *   <details data-menu>  closes on Escape, on a click outside and on a choice
 *
 * A form is not sent twice by a double click or a key pressed twice, and <details> opens when a
 * field in it is not right.
 */

import { gettext } from "./i18n.js";

/** Open a dialog; "touchstone:dialog" tells others, for example to fill it. */
export function openDialog(dialog) {
  if (dialog.open) return;
  dialog.dispatchEvent(new CustomEvent("touchstone:dialog", { bubbles: true }));
  dialog.showModal();
}

/** Ask a yes-or-no question. Resolves to true only if the person chose the verb. */
export function ask(text, verb = gettext("Go ahead")) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-text").textContent = text;
  dialog.querySelector("#confirm-verb").textContent = verb;
  dialog.returnValue = "no";
  openDialog(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function onClick(event) {
  const opener = event.target.closest("[data-dialog]");
  closeMenus(opener ? null : event.target);
  if (opener) openDialog(document.getElementById(opener.dataset.dialog));
  else if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  else if (event.target.matches("dialog[open]") && isOutside(event)) event.target.close();
}

/** The backdrop belongs to the dialog, so a click there is recognised by its position. */
function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right
    || event.clientY < box.top || event.clientY > box.bottom;
}

function onEscape(event) {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (!menu) return;
  const hadFocus = menu.contains(document.activeElement);
  menu.open = false;
  if (hadFocus) menu.querySelector("summary").focus();
}

async function onSubmit(event) {
  const form = event.target;
  const { confirm: text, confirmVerb } = form.dataset;
  if (!text || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopPropagation();
  const submitter = event.submitter;
  if (!(await ask(text, confirmVerb))) return;
  form.dataset.confirmed = "yes";
  form.requestSubmit(submitter);
  delete form.dataset.confirmed;
}

/** The second of two submits within this time is the same one. */
const SAME_MS = 3000;

function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.isSent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.isSent = "";
  setTimeout(() => delete form.dataset.isSent, SAME_MS);
}

function openAround(event) {
  for (let box = event.target.closest("details"); box; box = box.parentElement.closest("details")) {
    box.open = true;
  }
}

async function onHtmxConfirm(event) {
  if (!event.detail.question) return;
  event.preventDefault();
  const verb = event.detail.elt.dataset.confirmVerb;
  if (await ask(event.detail.question, verb)) event.detail.issueRequest(true);
}

/** Wire dialogs, menus and questions for the whole document. */
export function startDialogs() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onEscape);
  document.addEventListener("submit", onSubmit, { capture: true });
  document.addEventListener("submit", sendOnce);
  document.addEventListener("invalid", openAround, { capture: true });
  document.addEventListener("htmx:confirm", onHtmxConfirm);
  document.dispatchEvent(new CustomEvent("touchstone:asks"));
}
