/**
 * Why the last choice? Chips and a line that belong to the vote before the one on the screen, beside
 * its two answers in small. The place of the form is always there, so nothing moves.
 */

import { EARLIER, QUESTIONS } from "./sentences.js";

const WAIT_MS = 400;
const MAX_PREVIEW = 400;

export class Reasons {
  #form;
  #save;
  #timer = 0;
  #isChanged = false;

  /** save(fields) gets the form's fields as [name, value] pairs when a reason was given. */
  constructor(form, save) {
    this.#form = form;
    this.#save = save;
    for (const kind of ["change", "input"]) {
      form.addEventListener(kind, ({ target }) => {
        if (target !== this.#switch) this.#later();
      });
    }
  }

  /** The id of the vote that the reasons are for, or "". */
  get id() {
    return this.#form.elements.lease.value;
  }

  /** What was chosen, or "". */
  get choice() {
    return this.#form.dataset.choice;
  }

  /** The choice and what was given for it, as the server returns it after an undo. */
  get given() {
    const data = new FormData(this.#form);
    return {
      choice: this.choice,
      reasons: { left: data.getAll("left"), right: data.getAll("right") },
      rationale: this.#form.elements.rationale.value,
      recognised: this.#form.elements.recognised.checked,
    };
  }

  /**
   * Ask for the reasons of a vote on `comparison`; those of the vote before are saved first. If the
   * vote replaces an `earlier` one with the same choice, its reasons are given again.
   */
  ask(id, choice, comparison, earlier) {
    this.flush();
    const isSame = earlier?.choice === choice;
    this.#fill(isSame ? earlier : null);
    this.#form.elements.lease.value = id;
    this.#form.dataset.choice = choice;
    this.#form.querySelector("[data-why]").textContent = QUESTIONS[choice];
    for (const side of ["left", "right"]) {
      const text = comparison.querySelector(`.pane-${side} .prose`).textContent.trim();
      this.#answer(side).textContent = text.replace(/\s+/g, " ").slice(0, MAX_PREVIEW);
    }
    delete this.#form.dataset.idle;
    this.#isChanged = isSame && this.#isFilled();
  }

  /** There is no vote to ask about: show what was done instead, and an `earlier` choice that was undone. */
  close(done = "", earlier = null) {
    clearTimeout(this.#timer);
    this.#isChanged = false;
    this.#form.elements.lease.value = "";
    this.#form.dataset.idle = "";
    this.#switch.checked = false;
    this.#showDone(earlier ? EARLIER[earlier.choice] : done, earlier);
  }

  /** Out of sight while the vote is being undone; show() if it stays. */
  hide() {
    this.flush();
    this.#form.dataset.idle = "";
  }

  show() {
    delete this.#form.dataset.idle;
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

  /** What opens the reasons where they do not fit beside the pair. */
  get #switch() {
    return this.#form.querySelector("#reasons-open");
  }

  #answer(side) {
    return this.#form.querySelector(`[data-side=${side}] [data-answer]`);
  }

  #boxes() {
    return [...this.#form.querySelectorAll("[data-side] input[type=checkbox]")];
  }

  /** Fill the form with what was given, or empty it: a reload may have restored something. */
  #fill(given) {
    this.#form.reset();
    for (const box of this.#boxes()) {
      box.checked = given?.reasons[box.name]?.includes(box.value) ?? false;
    }
    this.#form.elements.recognised.checked = given?.recognised ?? false;
    this.#form.elements.rationale.value = given?.rationale ?? "";
  }

  #isFilled() {
    const { rationale, recognised } = this.#form.elements;
    return recognised.checked || rationale.value !== "" || this.#boxes().some((box) => box.checked);
  }

  #showDone(text, earlier) {
    const labels = this.#boxes()
      .filter((box) => earlier?.reasons[box.name]?.includes(box.value))
      .map((box) => box.nextElementSibling.textContent);
    if (earlier?.rationale) labels.push(earlier.rationale);
    this.#form.querySelector("[data-hint]").hidden = Boolean(text);
    this.#form.querySelector("[data-done-last]").textContent = text;
    this.#form.querySelector("[data-earlier-reasons]").textContent = labels.join(", ");
  }

  #later() {
    this.#isChanged = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), WAIT_MS);
  }
}
