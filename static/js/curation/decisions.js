/**
 * The decision bar. A decision that needs a reason asks for it beside the field, without moving the
 * page; Ctrl+Enter in the field then makes that decision. A reason outlives the saving of a revision.
 */

/** Remember the reason for this state of the example: a decision changes it, saving does not. */
function remember(form) {
  const { example, state } = form.dataset;
  try {
    sessionStorage.setItem(`touchstone-reason-${example}`, JSON.stringify({ state, text: form.elements.reason.value }));
  } catch {
    // Storage is blocked: the reason lasts as long as the page.
  }
}

function restore(form) {
  const field = form.elements.reason;
  try {
    const kept = JSON.parse(sessionStorage.getItem(`touchstone-reason-${form.dataset.example}`));
    if (!field.value && kept?.state === form.dataset.state) field.value = kept.text;
  } catch {
    // Storage is blocked.
  }
  remember(form);
}

export function startDecisions() {
  const form = document.querySelector("form[data-decision]");
  if (!form) return;
  const field = form.elements.reason;
  const note = document.getElementById("reason-note");
  let asked = null;

  const ask = (button) => {
    asked = button;
    field.setAttribute("aria-invalid", "true");
    note.textContent = button.dataset.needsReason;
    note.hidden = false;
    field.focus({ preventScroll: true });
  };

  restore(form);
  field.addEventListener("input", () => {
    remember(form);
    field.removeAttribute("aria-invalid");
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (asked && !asked.disabled) form.requestSubmit(asked);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.dataset.needsReason && !field.value.trim()) {
      event.preventDefault();
      ask(event.submitter);
    }
  });
}
