/**
 * The form of a new run: the name follows the two models while it is the one that was proposed, or
 * empty. A name that a person typed stays.
 */

const name = document.getElementById("id_name");
const models = ["id_candidate_id", "id_baseline_id"].map((id) => document.getElementById(id));
const address = name.closest("[data-proposed-by]").dataset.proposedBy;
let newest = 0;

function isTyped() {
  return name.value !== "" && name.value !== name.dataset.proposed;
}

async function propose() {
  if (isTyped()) return;
  const number = (newest += 1);
  // The server names the models of a form that is sent before it has answered.
  show("");
  const query = new URLSearchParams(models.map((field) => [field.name, field.value]));
  const answer = await fetch(`${address}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || number !== newest) return;
  const found = await answer.json();
  // The person may have typed meanwhile.
  if (isTyped()) return;
  show(found.name);
}

function show(proposed) {
  name.value = proposed;
  name.dataset.proposed = proposed;
}

for (const field of models) field.addEventListener("change", propose);
