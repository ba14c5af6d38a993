/** What is on the screen, and the comparisons that wait behind it. */

import { gettext } from "../i18n.js";

const LOADING_MS = 300;

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

export class Stage {
  #place;
  #held = [];
  // Voted on, skipped or reported, here or in another tab: never shown again under the same id.
  #gone = new Set();
  // A pair that comes back keeps where it was scrolled; one that is new need not be laid out for it.
  #seen = new WeakSet();
  #loading = 0;

  /** place: the element that holds the comparison; templates: those that wait in the page. */
  constructor(place, templates) {
    this.#place = place;
    this.#held = [place.firstElementChild, ...templates.map((template) => template.content.firstElementChild)];
    this.#seen.add(place.firstElementChild);
  }

  /** The comparison on the screen, or undefined while one is awaited. */
  get current() {
    return this.#held[0];
  }

  /** The ids that need not be sent again. */
  get ids() {
    return this.#held.map((node) => node.dataset.id);
  }

  /** Take {id, html} that the server sent. True if the screen was empty and no longer is. */
  add(received) {
    const wasEmpty = !this.current;
    for (const { id, html } of received) {
      if (!this.ids.includes(id) && !this.#gone.has(id)) this.#held.push(parsed(html));
    }
    if (wasEmpty && this.current) this.#show();
    return wasEmpty && Boolean(this.current);
  }

  /** Leave the current one and show the next; returns what was left. */
  leave() {
    const left = this.#held.shift();
    this.#gone.add(left.dataset.id);
    this.#show();
    return left;
  }

  /** Show a comparison before all others: one that comes back. */
  putFirst(node) {
    this.#gone.delete(node.dataset.id);
    this.#held = [node, ...this.#held.filter((other) => other.dataset.id !== node.dataset.id)];
    this.#show();
  }

  /** As putFirst, from {html}. */
  receiveFirst({ html }) {
    this.putFirst(parsed(html));
  }

  /** Take a comparison away wherever it stands, because the server refused it. */
  drop(id) {
    const wasShown = this.current?.dataset.id === id;
    this.#held = this.#held.filter((node) => node.dataset.id !== id);
    if (wasShown) this.#show();
  }

  /** Never show again what another tab has dealt with. True if it was here. */
  leaveOut(id) {
    const wasHeld = this.ids.includes(id);
    this.#gone.add(id);
    this.drop(id);
    return wasHeld;
  }

  /** Nothing is here and nothing to come: show this instead, and put the focus on its link. */
  end(template) {
    clearTimeout(this.#loading);
    if (this.#place.querySelector(".vote-end")) return;
    this.#place.replaceChildren(template.content.cloneNode(true));
    this.#place.querySelector("a").focus({ preventScroll: true });
  }

  #scrollToTop() {
    for (const pane of this.current.querySelectorAll(".pane, .vote-prompt")) pane.scrollTop = 0;
  }

  #show() {
    clearTimeout(this.#loading);
    if (this.current) {
      this.#place.replaceChildren(this.current);
      if (this.#seen.has(this.current)) this.#scrollToTop();
      this.#seen.add(this.current);
      return;
    }
    this.#place.replaceChildren();
    this.#loading = setTimeout(() => {
      const note = document.createElement("p");
      note.className = "vote-loading";
      note.textContent = gettext("Getting the next comparison…");
      this.#place.replaceChildren(note);
    }, LOADING_MS);
  }
}
