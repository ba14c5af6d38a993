/**
 * The example page under the pen. Without this script the form still saves; with it messages are
 * edited in place, counted and inspected while one types, and kept until they are saved.
 */

import { alertUser } from "../alerts.js";
import { startCheck } from "./check.js";
import { startDecisions } from "./decisions.js";
import { offerStoredDraft, startDrafts } from "./drafts.js";
import { showLocalTimes } from "./local-times.js";
import { startMessages } from "./messages.js";
import { forgetNewDraft } from "./storage.js";
import { startWordDiffs } from "./words.js";

/** What the form would send, without what changes by itself. */
function contentOf(form) {
  const fields = new URLSearchParams(new FormData(form));
  for (const name of ["csrfmiddlewaretoken", "base_number", "note"]) fields.delete(name);
  return fields.toString();
}

/** Turn the buttons of the bar on and off with what has changed. */
function startBar(isChanged) {
  const save = document.getElementById("save");
  const discard = document.querySelector("[data-discard]");
  const unsaved = document.getElementById("why-unsaved");
  // Reasons about what is saved would contradict the check of what is typed.
  const others = [...document.querySelectorAll("#bar-reasons > p:not(#why-unsaved)")];
  const decisions = [...document.querySelectorAll("[data-decision] button:not(:disabled)")];
  const show = () => {
    const changed = isChanged();
    if (save) save.disabled = !changed;
    if (discard) discard.hidden = !changed;
    if (unsaved) unsaved.hidden = !changed;
    for (const reason of others) reason.hidden = changed;
    for (const button of decisions) {
      button.disabled = changed;
      button.toggleAttribute("aria-describedby", false);
      if (changed) button.setAttribute("aria-describedby", "why-unsaved");
    }
  };
  show();
  return show;
}

function start(form) {
  const saved = contentOf(form);
  const startsChanged = "changed" in form.dataset;
  const isChanged = () => startsChanged || contentOf(form) !== saved;
  const showBar = startBar(isChanged);
  const check = startCheck(form, isChanged);
  const drafts = startDrafts(form, isChanged);
  const onEdit = () => {
    showBar();
    check.later();
    drafts.later();
  };
  startMessages(form, onEdit);
  startWordDiffs(form);
  document.addEventListener("input", (event) => {
    if (event.target.form === form) onEdit();
  });
  // What is done to stored findings makes a revision, over which unsaved words would be lost.
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#check") || !isChanged()) return;
    event.preventDefault();
    alertUser("Save or discard what you typed first.");
  });
}

showLocalTimes(document);
startDecisions();
const form = document.getElementById("editor");
if (form?.dataset.created) forgetNewDraft(form.dataset.created);
if (form && "readonly" in form.dataset) offerStoredDraft(form, () => Number(form.dataset.draftVersion) + 1);
else if (form) start(form);
