/** Choose one side for every message at once; without this script each is chosen by itself. */

for (const button of document.querySelectorAll("[data-take]")) {
  button.addEventListener("click", () => {
    for (const choice of document.querySelectorAll(`#edit-conflict input[type=radio][value=${button.dataset.take}]`)) {
      choice.checked = true;
    }
  });
}

// Typing into one's own side means wanting it.
document.getElementById("edit-conflict")?.addEventListener("input", ({ target }) => {
  if (!target.matches("textarea[name=text]")) return;
  const mine = target.closest("fieldset").querySelector("input[type=radio][value=mine]");
  if (mine) mine.checked = true;
});
