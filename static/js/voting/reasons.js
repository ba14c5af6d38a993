/** Why the last choice? Chips and a line that belong to the vote before the one on the screen. */

import { gettext } from "../i18n.js";

const WAIT_MS = 400;
const QUESTIONS = {
  left: gettext("You chose the left one. Why?"),
  right: gettext("You chose the right one. Why?"),
  both_good: gettext("You chose both good. Why?"),
  both_bad: gettext("You chose both bad. Why?"),
};

export class Reasons {
  #form;
  #save;
  #timer = 0;
  #isChanged = false;

  /** save(fields) gets the form's fields as [name, value] pairs when a reason was given. */
  constructor(form, save) {
    this.#form = form;
    this.#save = save;
    form.addEventListener("change", () => this.#later());
    form.addEventListener("input", () => this.#later());
  }

  /** The id of the vote that the reasons are for, or "". */
  get id() {
    return this.#form.elements.lease.value;
  }

  /** Ask for the reasons of a vote; those of the vote before are saved first. */
  ask(id, choice) {
    this.flush();
    this.#form.reset();
    // What a reload restored is not the reason of this vote.
    for (const box of this.#form.querySelectorAll("input[type=checkbox]")) box.checked = false;
    this.#form.elements.rationale.value = "";
    this.#form.elements.lease.value = id;
    this.#form.dataset.choice = choice;
    this.#form.querySelector("[data-why]").textContent = QUESTIONS[choice];
    this.#form.hidden = false;
  }

  /** The vote was undone or there is none: nothing to ask. */
  close() {
    clearTimeout(this.#timer);
    this.#isChanged = false;
    this.#form.elements.lease.value = "";
    this.#form.hidden = true;
  }

  /** Out of sight while the vote is being undone; show() if it stays. */
  hide() {
    this.flush();
    this.#form.hidden = true;
  }

  show() {
    this.#form.hidden = false;
  }

  /** Save now what was given. */
  flush() {
    clearTimeout(this.#timer);
    if (!this.#isChanged || !this.id) return;
    this.#isChanged = false;
    const data = new FormData(this.#form);
    data.delete("csrfmiddlewaretoken");
    this.#save([...data]);
  }

  #later() {
    this.#isChanged = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), WAIT_MS);
  }
}
