/**
 * What was done and is not yet known to be stored, sent in order and kept in this browser until
 * the server has answered. The server counts the same vote once, so sending again is safe.
 */

const WAITS_MS = [1000, 2000, 4000, 8000, 15000];

/** No answer of this app came back, and why: try again, whatever was done is kept. */
class NoResponse extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** The keys of the lists of this person and run, one for each page. */
function keysOf(base) {
  try {
    return Object.keys(localStorage).filter((key) => belongs(key, base));
  } catch {
    return []; // Storage is blocked.
  }
}

function belongs(key, base) {
  return key === base || key.startsWith(`${base}.`);
}

/** The entries in the text of a list; none in what no page of ours wrote. */
function entriesIn(text) {
  try {
    const entries = JSON.parse(text);
    return Array.isArray(entries) ? entries.filter((entry) => entry?.url && entry.fields) : [];
  } catch {
    return [];
  }
}

/** The entries under one key, which is then free. */
function taken(key) {
  const entries = entriesIn(localStorage.getItem(key));
  localStorage.removeItem(key);
  return entries;
}

/** The comparisons that these entries are about. */
function idsOf(entries) {
  return entries.map((entry) => entry.id).filter(Boolean);
}

/** Whether it is the app that answers, and not a proxy or a page for people. */
function isJson(response) {
  return (response.headers.get("Content-Type") ?? "").startsWith("application/json");
}

export class Outbox {
  #entries;
  #base;
  #key;
  #handlers;
  #token;
  #isSending = false;
  #failures = 0;
  #timer = 0;

  /**
   * handlers: known() gives the ids that the page has; changed(count) tells how many wait;
   * handledElsewhere(ids) tells what was just voted on, skipped or reported in another tab;
   * answered(entry, json), refused(entry, sentence), waiting(reason) after a failure (one of
   * unreachable, signedOut, otherUser, strange), sent() when all is stored again,
   * renewed(token) when the page's token was too old.
   */
  constructor(base, token, handlers) {
    this.#base = base;
    this.#key = `${base}.${Math.random().toString(36).slice(2)}`;
    this.#token = token;
    this.#handlers = handlers;
    // What earlier pages left is taken over.
    this.#entries = keysOf(base).flatMap(taken);
    this.#remember();
    addEventListener("online", () => this.send());
    addEventListener("storage", ({ key, newValue }) => {
      const ids = key && newValue && belongs(key, base) ? idsOf(entriesIn(newValue)) : [];
      if (ids.length) handlers.handledElsewhere(ids);
    });
  }

  /** The comparisons that were dealt with and may not be stored yet, in any tab. */
  get ids() {
    const others = keysOf(this.#base)
      .filter((key) => key !== this.#key)
      .flatMap((key) => entriesIn(localStorage.getItem(key)));
    return idsOf([...this.#entries, ...others]);
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

  /** Take back what was never sent. What was may be stored, answer or not. True if it was found. */
  withdraw(isIt) {
    const index = this.#entries.findIndex((entry) => !entry.wasSent && isIt(entry));
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
      if (!(error instanceof NoResponse)) throw error;
      this.#retryLater(error.reason);
    } finally {
      this.#isSending = false;
    }
  }

  async #sendFirst() {
    const entry = this.#entries[0];
    entry.wasSent = true;
    this.#remember();
    const response = await this.#post(entry);
    const answer = await response.json().catch(() => {
      throw new NoResponse("strange");
    });
    this.#entries.shift();
    this.#remember();
    if (response.ok) this.#handlers.answered(entry, answer);
    else this.#handlers.refused(entry, answer.error);
    this.#handlers.changed(this.#entries.length);
  }

  async #post(entry) {
    let response = await this.#ask(entry);
    if (response.status === 403 && !isJson(response)) {
      await this.#renewToken();
      response = await this.#ask(entry);
    }
    if (response.status >= 500 || response.status === 429) throw new NoResponse("unreachable");
    if (!isJson(response)) throw new NoResponse("strange");
    return response;
  }

  #ask({ url, fields }) {
    return this.#fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": this.#token },
      body: new URLSearchParams([...fields, ["known", this.#handlers.known()]]),
    });
  }

  async #fetch(url, options) {
    let response;
    try {
      response = await fetch(url, { ...options, redirect: "manual" });
    } catch {
      throw new NoResponse("unreachable");
    }
    if (response.type === "opaqueredirect") throw new NoResponse("signedOut");
    return response;
  }

  /** A sign-in in another tab made this page's token too old: take the one of a fresh page. */
  async #renewToken() {
    const page = await this.#fetch(location.href, {});
    if (!page.ok) throw new NoResponse(page.status >= 500 ? "unreachable" : "strange");
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    const owner = fresh.querySelector("[data-outbox]")?.dataset.outbox;
    if (owner !== this.#base) throw new NoResponse(owner ? "otherUser" : "strange");
    this.#token = JSON.parse(fresh.body.getAttribute("hx-headers"))["X-CSRFToken"];
    this.#handlers.renewed(this.#token);
  }

  #retryLater(reason) {
    const wait = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)];
    this.#failures += 1;
    this.#handlers.waiting(reason);
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
