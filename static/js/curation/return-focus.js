/**
 * Where the focus is after a page that reports what was done: on the message that was edited, or else
 * on the conversation. Otherwise it would be at the top, before all controls of the page.
 */

const storageKey = (form) => `touchstone-edited-${form.dataset.example}`;

/** The id of the message that was edited before this page, once. */
function takeEdited(form) {
  try {
    const edited = sessionStorage.getItem(storageKey(form));
    sessionStorage.removeItem(storageKey(form));
    return edited ?? "";
  } catch {
    return ""; // Storage is blocked.
  }
}

function rememberEdited(form) {
  let edited = null;
  form.addEventListener("input", ({ target }) => {
    edited = target.closest("[data-message]") ?? edited;
  });
  form.addEventListener("submit", () => {
    try {
      if (edited?.isConnected) sessionStorage.setItem(storageKey(form), edited.id);
    } catch {
      // Storage is blocked: the conversation gets the focus.
    }
  });
}

/** Put the focus where work goes on, described by the report of what was done. */
export function returnFocus(form) {
  const edited = takeEdited(form);
  if (!("readonly" in form.dataset)) rememberEdited(form);
  const report = document.querySelector("#alerts .alert-success .alert-text");
  if (!report || location.hash || document.activeElement !== document.body) return;
  const button = edited && document.getElementById(edited)?.querySelector("[data-edit]");
  const target = button || form.querySelector("#messages");
  report.id = "report";
  target.setAttribute("aria-describedby", "report");
  target.addEventListener("blur", () => target.removeAttribute("aria-describedby"), { once: true });
  target.focus({ preventScroll: !button });
}
