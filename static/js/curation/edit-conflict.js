/** Chooses one side for all messages at once; without this script each is chosen separately. */

for (const button of document.querySelectorAll("[data-take]")) {
  button.addEventListener("click", () => {
    const choices = document.querySelectorAll(`#edit-conflict input[type=radio][value=${button.dataset.take}]`);
    for (const choice of choices) choice.checked = true;
  });
}

// A user who edits their own text wants to keep it.
document.getElementById("edit-conflict")?.addEventListener("input", ({ target }) => {
  if (!target.matches("textarea[name=text]")) return;
  const mine = target.closest("fieldset").querySelector("input[type=radio][value=mine]");
  if (mine) mine.checked = true;
});
