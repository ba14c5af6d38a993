/** The progress of the reviewer, and how long the rest takes at most, at their own pace. */

import { formatNumber, gettext, interpolate, ngettext } from "../i18n.js";

const MAX_SECONDS_PER_VOTE = 300;
// A new vote moves the pace by this share.
const SHARE = 0.15;

export class Meter {
  #bar;
  #done;
  #minutes;
  #each;
  #isOffline = false;
  #since = performance.now();

  constructor(root) {
    this.#bar = root.querySelector("progress");
    this.#done = root.querySelector("[data-done]");
    this.#minutes = root.querySelector("[data-minutes]");
    this.#each = Number(root.dataset.secondsEach) || null;
  }

  get done() {
    return this.#bar.value;
  }

  /** Count one more vote (or, with -1, one less). */
  count(by = 1) {
    const seconds = Math.min((performance.now() - this.#since) / 1000, MAX_SECONDS_PER_VOTE);
    this.#since = performance.now();
    if (by > 0) this.#each = this.#each ? this.#each + SHARE * (seconds - this.#each) : seconds;
    this.#show(this.#bar.value + by, this.#bar.max);
  }

  /** Take the server's total: others vote too. It may not have the votes that are on their way. */
  correct({ done, total }) {
    this.#show(Math.max(done, this.done), total);
  }

  /** Nothing is left for this reviewer. */
  finish() {
    this.#show(this.done, this.done);
  }

  /** Show no time while votes wait for the server. */
  set isOffline(isOffline) {
    this.#isOffline = isOffline;
    this.#show(this.done, this.#bar.max);
  }

  #show(done, total) {
    this.#bar.max = Math.max(total, done, 1);
    this.#bar.value = done;
    const left = Math.max(total - done, 0);
    const sentence = ngettext(
      "You: %(done)s done. All reviewers: %(left)s comparison left",
      "You: %(done)s done. All reviewers: %(left)s comparisons left",
      left,
    );
    this.#done.textContent = interpolate(sentence, { done: formatNumber(done), left: formatNumber(left) });
    const minutes = Math.max(1, Math.round((left * (this.#each ?? 0)) / 60));
    const isKnown = left && this.#each && !this.#isOffline;
    this.#minutes.textContent = isKnown
      ? interpolate(gettext("up to %(minutes)s min left"), { minutes: formatNumber(minutes) })
      : "";
  }
}
