/** The second net: what this browser holds of an edit that no server has confirmed. */

import { clockTime } from "./local-times.js";

const keyOf = (form) => `touchstone-draft-${form.dataset.user ?? "new"}-${form.dataset.example ?? location.pathname}`;

/** Remember what is typed now. */
export function keep(form) {
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ fields, at: Date.now() }));
  } catch {
    // Storage is full or blocked: the server's draft remains.
  }
}

/** Note that it left for the server as this version; nobody waits for the answer. */
export function noteSent(form, version) {
  const held = remembered(form);
  if (!held) return;
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ ...held, sent: version }));
  } catch {
    // Storage is full or blocked: at worst the same text is offered twice.
  }
}

/** Forget it: the server has it, or nobody wants it. */
export function forget(form) {
  try {
    localStorage.removeItem(keyOf(form));
  } catch {
    // Storage is blocked, so there is nothing to forget.
  }
}

function remembered(form) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(form)));
  } catch {
    return null;
  }
}

/** Forget what this person has saved since, and what the server holds as a draft after all. */
export function dropWhatArrived(form) {
  const held = remembered(form);
  if (!held) return;
  const base = Number(held.fields.find(([name]) => name === "base_number")?.[1]);
  const isSaved = base < Number(form.dataset.ownLatest ?? 0);
  const isOnServer = held.sent !== undefined && held.sent <= Number(form.dataset.draftVersion);
  if (isSaved || isOnServer) forget(form);
}

function asFormData(form, fields) {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
}

function button(label, isMain, onClick) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = isMain ? "button button-small button-primary" : "button button-small";
  element.textContent = label;
  element.addEventListener("click", onClick);
  return element;
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

/**
 * Offer what this browser holds from an earlier visit: keep it (it becomes the draft on the server,
 * which the page then shows) or discard it. `send` resolves to whether the server took the draft,
 * false if it holds a newer one, and rejects if it cannot be reached.
 */
export function offer(form, send) {
  dropWhatArrived(form);
  const held = remembered(form);
  const place = document.getElementById("local-offer");
  if (!held || !place) return;
  // The page shows a draft already.
  if ("changed" in form.dataset) return;
  const said = document.createElement("p");
  said.className = "alert-text";
  said.textContent = `This browser holds unsaved changes from ${clockTime(new Date(held.at))} that may not have reached the server.`;
  const keepIt = button("Keep", true, async () => {
    if (!form.dataset.draftUrl) {
      showAgain(form, held.fields);
      return;
    }
    try {
      if (await send(asFormData(form, held.fields))) forget(form);
      const address = new URL(location.href);
      address.searchParams.set("draft", "keep");
      location.assign(address);
    } catch {
      said.textContent = "The server does not take them now. They stay in this browser: try again later.";
    }
  });
  const dropIt = button("Discard", false, () => {
    forget(form);
    place.hidden = true;
  });
  place.className = "alert draft-offer";
  place.replaceChildren(said, keepIt, dropIt);
  place.hidden = false;
}
