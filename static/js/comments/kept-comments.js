/**
 * What is typed in a comment is kept in this tab until it is sent or emptied: saving the example
 * loads the page anew, and sending another comment replaces all threads.
 */

const FORMS = "#threads details > form";
const FIELDS = ["message", "quote", "near", "body", "replacement"];

const keyOf = (form) => {
  const { user } = document.getElementById("threads").dataset;
  return `touchstone-comment-${user}-${new URL(form.action).pathname}`;
};

const fieldsOf = (form) => FIELDS.map((name) => form.elements[name]).filter(Boolean);

const isTyped = (form) =>
  fieldsOf(form).some((field) => field.matches("textarea") && field.value !== field.defaultValue);

function store(form) {
  const values = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
  const kept = { values, suggests: form.elements.suggests?.checked ?? false };
  try {
    if (isTyped(form)) sessionStorage.setItem(keyOf(form), JSON.stringify(kept));
    else sessionStorage.removeItem(keyOf(form));
  } catch {
    // Storage is blocked: the comment lasts as long as the page.
  }
}

function read(form) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(form)));
  } catch {
    return null;
  }
}

/** Put what was typed back into forms that nobody has typed in since. */
export function restoreComments() {
  for (const form of document.querySelectorAll(FORMS)) {
    const kept = read(form);
    if (!kept || isTyped(form)) continue;
    form.closest("details").open = true;
    if (form.elements.suggests) form.elements.suggests.checked = kept.suggests;
    for (const field of fieldsOf(form)) field.value = kept.values[field.name] ?? field.value;
  }
}

/** Store what is typed from now on; forget it when the server has it. */
export function keepComments() {
  for (const name of ["input", "change"]) {
    document.addEventListener(name, ({ target }) => {
      const form = target.closest(FORMS);
      if (form) store(form);
    });
  }
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const form = detail.requestConfig?.elt;
    if (form?.matches(FORMS) && detail.xhr.status < 300) sessionStorage.removeItem(keyOf(form));
  });
}
