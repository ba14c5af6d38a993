/**
 * Whether a choice may count: the pair was on the screen for a moment, and no key that was down at
 * the last choice is still down. So a key that bounces, repeats or is pressed three times votes once.
 */

// The usual time of a double click: what comes sooner belongs to the press before.
const LEAST_MS = 500;

export class Guard {
  #shown = "";
  #since = performance.now();
  #down = new Set();
  #held = new Set();

  constructor() {
    addEventListener("keydown", (event) => this.#onKeydown(event), { capture: true });
    addEventListener("keyup", (event) => this.#onKeyup(event), { capture: true });
    addEventListener("blur", () => this.#releaseAll());
  }

  /** Note what is on the screen; the time begins again when it changes. */
  show(shown) {
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#since = performance.now();
  }

  /** Whether what is on the screen is too new to have been read. */
  get isTooSoon() {
    return performance.now() - this.#since < LEAST_MS;
  }

  /** Whether a key is still down since the last choice. */
  get isHeld() {
    return this.#held.size > 0;
  }

  /** A choice was made: the keys that are down now make no other. */
  chosen() {
    this.#held = new Set(this.#down);
  }

  #onKeydown({ code, repeat, altKey, ctrlKey, metaKey }) {
    if (repeat || altKey || ctrlKey || metaKey) return;
    this.#held.delete(code); // It is pressed anew, so its release was lost.
    this.#down.add(code);
  }

  #onKeyup({ code, key }) {
    // macOS reports no release of a key under the command key.
    if (key === "Meta") this.#releaseAll();
    this.#down.delete(code);
    this.#held.delete(code);
  }

  #releaseAll() {
    this.#down.clear();
    this.#held.clear();
  }
}
