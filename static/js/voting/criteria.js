/**
 * The criteria of the run: after the overall choice the same four buttons and keys answer each
 * question in turn, while the pair stays on the screen. Vote and answers are sent as one.
 */

import { interpolate, gettext } from "../i18n.js";

export class Criteria {
  #questions;
  #place;
  #group;
  #groupLabel;
  #asked = null;

  /** place: the strip that the question covers; group: the four buttons, named after it. */
  constructor(place, group) {
    this.#place = place;
    this.#questions = [...place.querySelectorAll("[data-criterion]")];
    this.#group = group;
    this.#groupLabel = group.getAttribute("aria-label");
  }

  /** Whether the run has any. */
  get exist() {
    return this.#questions.length > 0;
  }

  /** The comparison that a criterion is asked about, or "". */
  get id() {
    return this.#asked?.id ?? "";
  }

  /** The position of the question, or "". */
  get asked() {
    return this.#question?.dataset.criterion ?? "";
  }

  /** The overall choice that was made first. */
  get choice() {
    return this.#asked?.choice ?? "";
  }

  /** The choices by position, without those passed over. */
  get answers() {
    const entries = this.#questions.map(({ dataset }) => [dataset.criterion, this.#asked?.answers[dataset.criterion]]);
    return Object.fromEntries(entries.filter(([, choice]) => choice));
  }

  /** The answers as fields of the vote. */
  get fields() {
    return Object.entries(this.answers).map(([position, choice]) => [`criterion_${position}`, choice]);
  }

  /** Whether the question may be passed over. */
  get isOptional() {
    return "optional" in (this.#question?.dataset ?? {});
  }

  /** The answer that an undone vote had to the question, or "". */
  get earlierChoice() {
    return this.#asked?.earlier[this.#question.dataset.criterion] ?? "";
  }

  /** What is asked, in words. */
  get text() {
    const of = { number: this.#asked.index + 1, total: this.#questions.length };
    const [name, question] = ["name", "question"].map((part) => this.#question.dataset[part]);
    return `${interpolate(gettext("%(number)s of %(total)s"), of)}. ${name}: ${question}`;
  }

  /** Ask about the comparison `id` after the overall choice. */
  start(id, choice, earlier = {}) {
    this.#asked = { id, choice, earlier, answers: {}, index: 0 };
    this.#show();
  }

  /** Take the answer, or null to pass it over. True if it was the last one. */
  take(choice) {
    this.#asked.answers[this.#question.dataset.criterion] = choice;
    this.#asked.index += 1;
    if (this.#asked.index >= this.#questions.length) return true;
    this.#show();
    return false;
  }

  /** Go back to the question before, or to the overall choice. */
  back() {
    if (this.#asked.index === 0) {
      this.close();
      return;
    }
    this.#asked.index -= 1;
    this.#show();
  }

  /** Ask no more; what was answered is forgotten. */
  close() {
    this.#asked = null;
    this.#show();
  }

  get #question() {
    return this.#questions[this.#asked?.index ?? -1];
  }

  #show() {
    this.#place.toggleAttribute("data-asking", Boolean(this.#asked));
    this.#place.scrollTo(0, 0);
    for (const question of this.#questions) question.hidden = question !== this.#question;
    this.#group.setAttribute("aria-label", this.#question?.dataset.question ?? this.#groupLabel);
  }
}
