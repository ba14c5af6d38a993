/**
 * The decision bar. A decision that needs a reason asks for it beside the field without moving the
 * page; Ctrl+Enter in the field then submits it. The reason is kept when a revision is saved.
 */

const storageKey = (form) => `touchstone-reason-${form.dataset.example}`;

/** Store the reason for this state of the example: a decision changes the state, saving does not. */
function store(form) {
  const { state } = form.dataset;
  try {
    sessionStorage.setItem(storageKey(form), JSON.stringify({ state, text: form.elements.reason.value }));
  } catch {
    // Storage is blocked: the reason lasts as long as the page.
  }
}

function restore(form) {
  const field = form.elements.reason;
  try {
    const stored = JSON.parse(sessionStorage.getItem(storageKey(form)));
    if (!field.value && stored?.state === form.dataset.state) field.value = stored.text;
  } catch {
    // Storage is blocked.
  }
  store(form);
}

/** Wire the decision bar, if the page has one. */
export function startDecisions() {
  const form = document.querySelector("form[data-decision]");
  if (!form) return;
  const field = form.elements.reason;
  const note = document.getElementById("reason-note");
  let pendingButton = null;

  const askForReason = (button) => {
    pendingButton = button;
    field.setAttribute("aria-invalid", "true");
    note.textContent = button.dataset.needsReason;
    note.hidden = false;
    field.focus({ preventScroll: true });
  };

  restore(form);
  field.addEventListener("input", () => {
    store(form);
    field.removeAttribute("aria-invalid");
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (pendingButton && !pendingButton.disabled) form.requestSubmit(pendingButton);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.dataset.needsReason && !field.value.trim()) {
      event.preventDefault();
      askForReason(event.submitter);
    }
  });
}
