/**
 * The example page. Without this script the form still saves; with it messages are edited in place,
 * counted and inspected while the user types, and stored as a draft until they are saved.
 */

import { alertUser } from "../alerts.js";
import { gettext } from "../i18n.js";
import { startCheck } from "./check.js";
import { startDecisions } from "./decisions.js";
import { offerStoredDraft, startDrafts } from "./drafts.js";
import { startLeaving } from "./leaving.js";
import { showLocalTimes } from "./local-times.js";
import { editAnswer, startMessages } from "./messages.js";
import { returnFocus } from "./return-focus.js";
import { clearNewExample } from "./storage.js";
import { startTextBlocks } from "./text-blocks.js";
import { startWordDiffs } from "./word-diffs.js";

const IGNORED_FIELDS = ["csrfmiddlewaretoken", "base_number", "note"];

/** The fields of the form that a revision stores, for comparison. */
function contentOf(form) {
  const fields = new URLSearchParams(new FormData(form));
  for (const name of IGNORED_FIELDS) fields.delete(name);
  return fields.toString();
}

/** Enable the buttons of the bar that fit unsaved changes. Returns the function that does it. */
function startBar(isChanged) {
  const save = document.getElementById("save");
  const discard = document.querySelector("[data-discard]");
  const unsavedReason = document.getElementById("why-unsaved");
  // The other reasons are about the saved revision and would contradict the check of unsaved text.
  const savedReasons = [...document.querySelectorAll("#bar-reasons > p:not(#why-unsaved)")];
  const decisions = [...document.querySelectorAll("[data-decision] button:not(:disabled)")];
  const update = () => {
    const changed = isChanged();
    if (save) save.disabled = !changed;
    if (discard) discard.hidden = !changed;
    if (unsavedReason) unsavedReason.hidden = !changed;
    for (const reason of savedReasons) reason.hidden = changed;
    for (const button of decisions) {
      button.disabled = changed;
      button.toggleAttribute("aria-describedby", false);
      if (changed) button.setAttribute("aria-describedby", "why-unsaved");
    }
  };
  update();
  return update;
}

function start(form) {
  const saved = contentOf(form);
  const isChangedAtStart = "changed" in form.dataset;
  const isChanged = () => isChangedAtStart || contentOf(form) !== saved;
  const updateBar = startBar(isChanged);
  const check = startCheck(form, isChanged);
  const drafts = startDrafts(form, isChanged);
  const onEdit = () => {
    updateBar();
    check.later();
    drafts.later();
  };
  startMessages(form, onEdit);
  startWordDiffs(form);
  startTextBlocks(form);
  form.querySelector("[data-edit-answer]").addEventListener("click", () => editAnswer(form));
  // The key e of the list opens the page with it.
  if (window.location.hash === "#edit-answer") editAnswer(form);
  document.addEventListener("input", (event) => {
    if (event.target.form === form) onEdit();
  });
  // Replacing a stored finding creates a revision, and unsaved text would be lost.
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#check, [data-replaces-text]") || !isChanged()) return;
    event.preventDefault();
    alertUser(gettext("You have unsaved changes. Save or discard them first."));
  });
}

showLocalTimes(document);
startDecisions();
startLeaving();
const form = document.getElementById("editor");
if (form?.dataset.created) clearNewExample(form.dataset.created);
if (form && "readonly" in form.dataset) offerStoredDraft(form, () => Number(form.dataset.draftVersion) + 1);
else if (form) start(form);
if (form?.dataset.example) returnFocus(form);
