/**
 * Renews the page's CSRF token after a new sign-in in another tab. The server would reject the forms of
 * this page, and the input would be lost. The cookie, which all tabs share, shows the new sign-in. A
 * fresh copy of this page has the new token, if the same user signed in.
 */

import { alertUser } from "./alerts.js";
import { gettext } from "./i18n.js";

const SENTENCES = {
  signedOut: gettext("Your sign-in has ended. Sign in again in a new tab, then repeat this."),
  otherUser: gettext("Another person signed in with this browser. Nothing was sent: copy what you need, then reload."),
  unreachable: gettext("The server cannot be reached. Nothing on this page is lost: check the connection, then try again."),
};

const cookieNamed = (name) => document.cookie.match(`(?:^|;\\s*)${name}=([^;]+)`)?.[1];
// Below a path, the plain name may be that of another app at this host (settings.py).
const cookie = () => cookieNamed("touchstone_csrftoken") ?? cookieNamed("csrftoken") ?? "";
const ownerOf = (page) => page.body.dataset.user ?? "";

let known = cookie();

/** Return whether a user signed in with this browser after the page was loaded. */
export function isTooOld() {
  return cookie() !== known;
}

async function freshPage() {
  let answer;
  try {
    answer = await fetch(location.href, { redirect: "manual" });
  } catch {
    return "unreachable";
  }
  if (answer.type === "opaqueredirect") return "signedOut";
  if (!answer.ok) return "unreachable";
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Take the token of a fresh copy of this page. Return "" or the key of the failure's sentence. */
export async function renewToken() {
  const page = await freshPage();
  if (typeof page === "string") return page;
  if (ownerOf(page) !== ownerOf(document)) return "otherUser";
  const headers = page.body.getAttribute("hx-headers");
  if (!headers) return "signedOut";
  document.body.setAttribute("hx-headers", headers);
  const token = JSON.parse(headers)["X-CSRFToken"];
  for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = token;
  known = cookie();
  return "";
}

export function isJson(answer) {
  return (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
}

/**
 * Post the fields of a form, with a fresh token if the page's is too old. A redirect is not followed,
 * because it leads to the sign-in page, which stores nothing.
 */
export async function postForm(url, body, options = {}) {
  const request = { method: "POST", body, redirect: "manual", ...options };
  if (isTooOld() && !(await renewToken())) {
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  }
  return fetch(url, request);
}

/**
 * Renew a token that is too old before a form is sent. The voting page has an outbox, which renews the
 * token itself.
 */
export function startToken() {
  if (document.querySelector("[data-outbox]")) return;
  const onSubmit = async (event) => {
    const form = event.target;
    if (form.method !== "post" || !isTooOld()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const failure = await renewToken();
    if (failure) alertUser(SENTENCES[failure]);
    else form.requestSubmit(event.submitter);
  };
  addEventListener("submit", onSubmit, { capture: true });
}
