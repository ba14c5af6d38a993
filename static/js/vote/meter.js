/** How far the reviewer is, and how long the rest takes at their own pace. */

const LONGEST_S = 300;
// A new vote moves the pace by this share.
const SHARE = 0.15;

export class Meter {
  #bar;
  #done;
  #minutes;
  #each;
  #present;
  #since = performance.now();

  constructor(root) {
    this.#bar = root.querySelector("progress");
    this.#done = root.querySelector("[data-done]");
    this.#minutes = root.querySelector("[data-minutes]");
    this.#each = Number(root.dataset.secondsEach) || null;
    this.#present = Number(root.dataset.present) || 1;
  }

  get done() {
    return this.#bar.value;
  }

  /** Count one more vote (or, with -1, one less). */
  count(by = 1) {
    const seconds = Math.min((performance.now() - this.#since) / 1000, LONGEST_S);
    this.#since = performance.now();
    if (by > 0) this.#each = this.#each ? this.#each + SHARE * (seconds - this.#each) : seconds;
    this.#show(this.#bar.value + by, this.#bar.max);
  }

  /** Take the server's word: others vote too. */
  correct({ done, total }) {
    this.#show(done, total);
  }

  #show(done, total) {
    this.#bar.max = Math.max(total, done, 1);
    this.#bar.value = done;
    this.#done.textContent = `${done} of ${Math.max(total, done)} done`;
    const left = Math.max(total - done, 0);
    const minutes = Math.max(1, Math.round((left * (this.#each ?? 0)) / this.#present / 60));
    this.#minutes.textContent = left && this.#each ? `about ${minutes} min left` : "";
  }
}
