/**
 * Messages about errors and finished actions, which screen readers announce. A failed request never
 * changes the page, so the user's input stays.
 */

import { gettext } from "./i18n.js";

const TOAST_MS = 8000;

const SENTENCES = {
  0: gettext("The server cannot be reached. Nothing on this page is lost: check the connection, then try again."),
  400: gettext("The server did not understand this. Reload the page, then try again."),
  403: gettext("You may not do this, or this page is too old. Reload it, then try again."),
  404: gettext("This is no longer there. Go back to the list to see what is."),
  413: gettext("This is too large for the server. Send a smaller file or a shorter text."),
  429: gettext("Too many requests at once. Wait a minute, then try again."),
};
const SERVER_FAILED = gettext(
  "The server failed, and nothing was changed. What you typed is still here: try again in a moment.",
);

/** Return the sentence for an HTTP status; 0 is a request without a response. */
export function sentenceFor(status) {
  return SENTENCES[status] ?? (status >= 500 ? SERVER_FAILED : SENTENCES[400]);
}

function part(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function closer() {
  const button = part("button", "alert-close", "×");
  button.type = "button";
  button.dataset.dismiss = "";
  button.setAttribute("aria-label", gettext("Dismiss this message"));
  return button;
}

/**
 * Show `text` as an error in #alerts, the same text only once. `href` and `action` add a link, which
 * opens in a new tab, so that unsaved text stays.
 */
export function alertUser(text, { href = "", action = "" } = {}) {
  const box = document.getElementById("alerts");
  for (const shown of box.querySelectorAll(".alert")) {
    if (shown.dataset.text === text) shown.remove();
  }
  const alert = document.getElementById("alert-template").content.cloneNode(true).firstElementChild;
  alert.dataset.text = text;
  const sentence = alert.querySelector(".alert-text");
  sentence.textContent = text;
  if (href) {
    const link = part("a", "", action);
    link.href = href;
    link.target = "_blank";
    sentence.append(" ", link);
  }
  box.append(alert);
}

/**
 * Show a toast for 8 s, longer under the pointer or the focus. `undo` adds a button that calls it;
 * without one the same text is shown only once. Returns its element.
 */
export function toast(text, { undo } = {}) {
  for (const shown of document.querySelectorAll("#toasts [data-toast]")) {
    if (!undo && shown.firstElementChild.textContent === text) shown.remove();
  }
  const element = part("div", "toast");
  element.dataset.toast = "";
  element.append(part("span", "", text));
  if (undo) {
    const button = part("button", "button button-small", gettext("Undo"));
    button.type = "button";
    button.dataset.dismiss = "";
    button.addEventListener("click", undo);
    element.append(button);
  }
  element.append(closer());
  document.getElementById("toasts").append(element);
  return element;
}

/** Remove a toast after a time, which is paused while the pointer or the focus is on it. */
function removeLater(element) {
  let timer;
  const stop = () => clearTimeout(timer);
  const start = () => {
    stop();
    timer = setTimeout(() => element.remove(), TOAST_MS);
  };
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, start);
  start();
}

function watchToasts(box) {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.dataset?.toast !== undefined) removeLater(node);
    }
  }).observe(box, { childList: true });
}

/**
 * Prevent that a whole page is inserted into a fragment. A redirect to the sign-in page gives one, and
 * an action that responds with a full page.
 */
function onBeforeSwap(event) {
  const { xhr, elt, boosted, requestConfig } = event.detail;
  // A rejection with any status names the place of its message.
  if (xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    return;
  }
  const isPage = /^\s*<!doctype html/i.test(xhr.responseText);
  // `elt` is the target, which may lie outside of what asked and chooses a part of the page.
  const asking = requestConfig?.elt ?? elt;
  if (!isPage || boosted || asking.closest("[hx-select]")) return;
  event.detail.shouldSwap = false;
  if (xhr.status >= 400) {
    event.detail.isError = false;
    alertUser(titleOf(xhr.responseText) || sentenceFor(xhr.status));
  } else if (/\/login\b/.test(new URL(xhr.responseURL).pathname)) {
    const href = xhr.responseURL.split("?")[0];
    alertUser(gettext("Your sign-in has ended. Sign in again in a new tab, then repeat this."), {
      href, action: gettext("Open the sign-in page"),
    });
  } else {
    location.assign(xhr.responseURL);
  }
}

/** Return the lead sentence of a full error page, such as conflict.html. */
function titleOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector("main .lead, main p")?.textContent.trim() ?? "";
}

/** Handle messages of the whole document. */
export function startAlerts() {
  watchToasts(document.getElementById("toasts"));
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
  document.addEventListener("htmx:responseError", ({ detail }) => {
    alertUser(sentenceFor(detail.xhr.status));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, ({ detail }) => {
      if (!detail.elt?.matches?.("[data-quiet]")) alertUser(sentenceFor(0));
    });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    const box = button?.closest(".alert, [data-toast]");
    if (!box) return;
    // htmx needs the button of an undo in the page until the response arrives.
    if (button.hasAttribute("hx-post")) box.addEventListener("htmx:afterRequest", () => box.remove());
    else setTimeout(() => box.remove());
  });
}
