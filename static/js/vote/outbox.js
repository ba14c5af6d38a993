/**
 * What was done and is not yet known to be stored, sent in order and kept in this browser until
 * the server has answered. The server counts the same vote once, so sending again is safe.
 */

const WAITS_MS = [1000, 2000, 4000, 8000, 15000];

/** Nothing came back, or only that the server failed: try again. */
class Unanswered extends Error {}

function remembered(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

export class Outbox {
  #entries;
  #key;
  #handlers;
  #token;
  #isSending = false;
  #failures = 0;
  #timer = 0;

  /**
   * handlers: known() gives the ids that the page has; changed(count) tells how many wait;
   * answered(entry, json), refused(entry, sentence), waiting() after a failure, sent() when all
   * is stored again, signedOut().
   */
  constructor(key, token, handlers) {
    this.#key = key;
    this.#token = token;
    this.#handlers = handlers;
    this.#entries = remembered(key);
    addEventListener("online", () => this.send());
  }

  get size() {
    return this.#entries.length;
  }

  /** Add {url, kind, id, fields}, the fields as [name, value] pairs, and send it. */
  push(entry) {
    this.#entries.push(entry);
    this.#remember();
    this.#handlers.changed(this.#entries.length);
    this.send();
  }

  /** Take back what was not sent yet. True if it was found. */
  withdraw(isIt) {
    const first = this.#isSending ? 1 : 0;
    const index = this.#entries.findIndex((entry, number) => number >= first && isIt(entry));
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    this.#remember();
    this.#handlers.changed(this.#entries.length);
    return true;
  }

  /** Send all, one after the other. */
  async send() {
    clearTimeout(this.#timer);
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#entries.length) await this.#sendFirst();
      if (this.#failures) this.#handlers.sent();
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      this.#retryLater();
    } finally {
      this.#isSending = false;
    }
  }

  async #sendFirst() {
    const entry = this.#entries[0];
    const response = await this.#post(entry);
    const answer = await response.json().catch(() => ({}));
    this.#entries.shift();
    this.#remember();
    if (response.ok) this.#handlers.answered(entry, answer);
    else this.#handlers.refused(entry, answer.error);
    this.#handlers.changed(this.#entries.length);
  }

  async #post({ url, fields }) {
    const known = this.#handlers.known();
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": this.#token },
        body: new URLSearchParams([...fields, ["known", known]]),
        redirect: "manual",
      });
    } catch {
      throw new Unanswered();
    }
    if (response.type === "opaqueredirect") {
      this.#handlers.signedOut();
      throw new Unanswered();
    }
    if (response.status >= 500 || response.status === 429) throw new Unanswered();
    return response;
  }

  #retryLater() {
    const wait = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)];
    this.#failures += 1;
    this.#handlers.waiting();
    this.#timer = setTimeout(() => this.send(), wait);
  }

  #remember() {
    try {
      if (this.#entries.length) localStorage.setItem(this.#key, JSON.stringify(this.#entries));
      else localStorage.removeItem(this.#key);
    } catch {
      // Storage is blocked or full: the entries last as long as the page.
    }
  }
}
