/**
 * The browser's copy of an edit that the server has not confirmed.
 *
 * The current text is under one key. The text of an earlier visit is moved to a separate list before
 * it is offered, so that further typing does not overwrite it: it stays until the user keeps or
 * discards it.
 */

import { gettext, interpolate, pgettext } from "../i18n.js";
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
    return null; // Storage is blocked, or another program wrote this.
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

/** Store the current text. */
export function store(form) {
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  write(keyOf(form), { fields, at: Date.now() });
}

/** Mark the stored text as sent to the server in this version, without a confirmation. */
export function markSent(form, version) {
  const stored = read(keyOf(form));
  if (stored) write(keyOf(form), { ...stored, sent: version });
}

/** Delete the stored text: the server has it, or the user discarded it. */
export function clear(form) {
  write(keyOf(form), null);
}

/** Delete the stored text of the new-example page at `path`: the example was created. */
export function clearNewExample(path) {
  write(newKey(path), null);
}

const isBase = ([name]) => name === "base_number";

/** Whether the user saved a revision after this text was typed. */
function isSaved(form, stored) {
  return Number(stored.fields.find(isBase)?.[1]) < Number(form.dataset.ownLatest ?? 0);
}

/** Whether the server has this text as a draft, or had it until the user saved. */
function isSent(form, stored) {
  return stored.sent !== undefined && (stored.sent <= Number(form.dataset.draftVersion) || isSaved(form, stored));
}

function asFormData(form, fields) {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
}

function element(tag, className, text = "") {
  const created = document.createElement(tag);
  created.className = className;
  created.textContent = text;
  return created;
}

function button(label, isMain, onClick) {
  const created = element("button", isMain ? "button button-small button-primary" : "button button-small", label);
  created.type = "button";
  created.addEventListener("click", onClick);
  return created;
}

/** Post the fields to the new-example page, which shows them; a new example has no draft. */
function reopenNewExample(form, fields) {
  const hiddenForm = document.createElement("form");
  hiddenForm.method = "post";
  hiddenForm.hidden = true;
  for (const [name, value] of [...asFormData(form, fields), ["step", "none"]]) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    hiddenForm.append(field);
  }
  document.body.append(hiddenForm);
  hiddenForm.submit();
}

/** Move the text of an earlier visit to the list of offers; returns the list, newest last. */
function takeOffers(form) {
  const key = keyOf(form) + OFFERED;
  const offers = (read(key) ?? []).filter((offered) => !isSent(form, offered));
  const stored = read(keyOf(form));
  if (stored && !isSent(form, stored) && !isSaved(form, stored)) offers.push(stored);
  write(key, offers.length ? offers : null);
  clear(form);
  return offers;
}

/** The fields to send, based on the revision that the user saved since, if there is one. */
function currentFields(form, stored) {
  if (!isSaved(form, stored)) return stored.fields;
  const base = form.elements.base_number.value;
  return stored.fields.map((field) => (isBase(field) ? [field[0], base] : field));
}

function removeLast(form, offers) {
  offers.pop();
  write(keyOf(form) + OFFERED, offers.length ? offers : null);
}

/** Show the word diff between the browser's text and the server's. */
async function showDifferences(form, stored, container) {
  const response = await postForm(form.dataset.differencesUrl, asFormData(form, stored.fields));
  if (!response.ok) throw new Error();
  container.innerHTML = (await response.text()).trim(); // Escaped by the server.
  container.hidden = false;
}

const SERVER_FAILED = gettext("The server did not store it. It stays in this browser; try again later.");

function offerText(form, stored) {
  const hasDraft = Number(form.dataset.draftVersion ?? 0) > 0;
  const text = hasDraft
    ? gettext("This browser has text from %(time)s that is newer than your draft. Keep or discard it.")
    : gettext("This browser has text from %(time)s that was not stored on the server. Keep or discard it.");
  return interpolate(text, { time: clockTime(new Date(stored.at)) });
}

/**
 * Offer the text that this browser has from an earlier visit. Keeping it makes it the draft on the
 * server, in place of an older one, and the page then shows it. `send` stores it as the newest draft;
 * it resolves to {isStored, isConflict, message} and rejects if there is no response.
 */
export function offer(form, send) {
  const container = document.getElementById("local-offer");
  const offers = takeOffers(form);
  const stored = offers.at(-1);
  if (!stored || !container) return;
  const sentence = element("p", "", offerText(form, stored));
  const differences = element("div", "stack stack-tight draft-differences");
  differences.hidden = true;
  const text = element("div", "alert-text");
  text.append(sentence, differences);
  const keepButton = button(pgettext("unsaved text", "Keep"), true, async () => {
    if (!form.dataset.draftUrl) {
      removeLast(form, offers);
      reopenNewExample(form, stored.fields);
      return;
    }
    try {
      const { isStored, isConflict, message } = await send(() => asFormData(form, currentFields(form, stored)));
      if (isStored) removeLast(form, offers);
      else if (!isConflict) {
        sentence.textContent = message;
        return;
      }
      const address = new URL(location.href);
      address.searchParams.set("draft", "keep");
      location.assign(address);
    } catch {
      sentence.textContent = SERVER_FAILED;
    }
  });
  const compareButton = button(gettext("Show differences"), false, async () => {
    try {
      await showDifferences(form, stored, differences);
      compareButton.remove();
    } catch {
      sentence.textContent = SERVER_FAILED;
    }
  });
  const discardButton = button(pgettext("unsaved text", "Discard"), false, () => {
    removeLast(form, offers);
    container.hidden = true;
    offer(form, send);
  });
  container.className = "alert draft-offer";
  container.replaceChildren(
    text,
    keepButton,
    ...(form.dataset.differencesUrl ? [compareButton] : []),
    discardButton,
  );
  container.hidden = false;
}
