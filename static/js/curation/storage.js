/**
 * The second net: what this browser holds of an edit that no server has confirmed.
 *
 * What is typed now lies under one key. What an earlier visit left is moved to a list of its own
 * before it is offered, so that typing on does not overwrite it: it stays until the person keeps
 * or discards it.
 */

import { postForm } from "../token.js";
import { clockTime } from "./local-times.js";

const OFFERED = "-offered";

const newKey = (path) => `touchstone-draft-new-${path}`;
const keyOf = (form) =>
  form.dataset.example
    ? `touchstone-draft-${form.dataset.user}-${form.dataset.example}`
    : newKey(location.pathname);

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // Storage is blocked, or no page of ours wrote this.
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or blocked: the server's draft remains.
  }
}

/** Remember what is typed now. */
export function keep(form) {
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  write(keyOf(form), { fields, at: Date.now() });
}

/** Note that it left for the server as this version; nobody waits for the answer. */
export function markSent(form, version) {
  const held = read(keyOf(form));
  if (held) write(keyOf(form), { ...held, sent: version });
}

/** Forget what is typed now: the server has it, or nobody wants it. */
export function forget(form) {
  write(keyOf(form), null);
}

/** Forget what was typed for a new example at `path`: it was created. */
export function forgetNewDraft(path) {
  write(newKey(path), null);
}

const isBase = ([name]) => name === "base_number";

/** True if this person has saved a revision since this was typed. */
function isSaved(form, held) {
  return Number(held.fields.find(isBase)?.[1]) < Number(form.dataset.ownLatest ?? 0);
}

/** True if the server holds it as a draft, or held it until the person saved. */
function isSent(form, held) {
  return held.sent !== undefined && (held.sent <= Number(form.dataset.draftVersion) || isSaved(form, held));
}

function asFormData(form, fields) {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(label, isMain, onClick) {
  const made = element("button", isMain ? "button button-small button-primary" : "button button-small", label);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/** A new example has no draft on the server: its page shows again what is posted to it. */
function showAgain(form, fields) {
  const sender = document.createElement("form");
  sender.method = "post";
  sender.hidden = true;
  for (const [name, value] of [...asFormData(form, fields), ["step", "none"]]) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    sender.append(field);
  }
  document.body.append(sender);
  sender.submit();
}

/** Move what an earlier visit left to the list of offers; return that list, newest last. */
function takeOffers(form) {
  const key = keyOf(form) + OFFERED;
  const offers = (read(key) ?? []).filter((held) => !isSent(form, held));
  const held = read(keyOf(form));
  if (held && !isSent(form, held) && !isSaved(form, held)) offers.push(held);
  write(key, offers.length ? offers : null);
  forget(form);
  return offers;
}

/** The fields to send: over the revision that the person has saved since, if they have. */
function currentFields(form, held) {
  if (!isSaved(form, held)) return held.fields;
  const base = form.elements.base_number.value;
  return held.fields.map((field) => (isBase(field) ? [field[0], base] : field));
}

function removeLast(form, offers) {
  offers.pop();
  write(keyOf(form) + OFFERED, offers.length ? offers : null);
}

/** Show word by word how the browser's text differs from what the server holds. */
async function showDifferences(form, held, place) {
  const answer = await postForm(form.dataset.differencesUrl, asFormData(form, held.fields));
  if (!answer.ok) throw new Error();
  place.innerHTML = (await answer.text()).trim(); // Escaped by the server.
  place.hidden = false;
}

const NOT_NOW = "The server does not take it now. It stays in this browser: try again later.";

/**
 * Offer what this browser holds from an earlier visit: keep it (it becomes the draft on the server,
 * in place of an older one, and the page then shows it) or discard it. `send` stores it as the
 * newest draft; it resolves to {isKept, isOvertaken, message} and rejects if no answer came.
 */
export function offer(form, send) {
  const place = document.getElementById("local-offer");
  const offers = takeOffers(form);
  const held = offers.at(-1);
  if (!held || !place) return;
  const hasDraft = Number(form.dataset.draftVersion ?? 0) > 0;
  const what = element("p", "", `This browser holds text from ${clockTime(new Date(held.at))} that the server does not have${hasDraft ? ": it is newer than the draft" : ""}. Keep or discard it.`);
  const differences = element("div", "stack stack-tight draft-differences");
  differences.hidden = true;
  const text = element("div", "alert-text");
  text.append(what, differences);
  const keepIt = button("Keep", true, async () => {
    if (!form.dataset.draftUrl) {
      removeLast(form, offers);
      showAgain(form, held.fields);
      return;
    }
    try {
      const { isKept, isOvertaken, message } = await send(() => asFormData(form, currentFields(form, held)));
      if (isKept) removeLast(form, offers);
      else if (!isOvertaken) {
        what.textContent = message;
        return;
      }
      const address = new URL(location.href);
      address.searchParams.set("draft", "keep");
      location.assign(address);
    } catch {
      what.textContent = NOT_NOW;
    }
  });
  const compare = button("Show differences", false, async () => {
    try {
      await showDifferences(form, held, differences);
      compare.remove();
    } catch {
      what.textContent = NOT_NOW;
    }
  });
  const dropIt = button("Discard", false, () => {
    removeLast(form, offers);
    place.hidden = true;
    offer(form, send);
  });
  place.className = "alert draft-offer";
  place.replaceChildren(text, keepIt, ...(form.dataset.differencesUrl ? [compare] : []), dropIt);
  place.hidden = false;
}
