/**
 * Threads beside a conversation: a comment on the selected text, marks of passages, read marks.
 *
 * The form has the passage as a field, so that it works without a script. The marks are ranges of
 * the text (CSS highlights): the text itself stays as the editor wrote it.
 */

import { isLoading } from "../keys.js";
import { keepComments, restoreComments } from "./kept-comments.js";
import { startMentions } from "./mentions.js";

const READ_AFTER_MS = 2000;

/** Offsets count characters; JavaScript's own count halves of some emoji. */
function characters(text) {
  return [...text].length;
}

function messageNumber(article) {
  return article.id.replace("message-", "");
}

function passage(article, text, before) {
  return { message: messageNumber(article), quote: text, near: characters(before) };
}

/** What is selected in a message, or the message with the focus; null for neither. */
function selected() {
  const area = document.activeElement;
  if (area?.matches("textarea[name=text]")) {
    const { value, selectionStart: start, selectionEnd: end } = area;
    return passage(area.closest("[data-message]"), value.slice(start, end), value.slice(0, start));
  }
  const selection = getSelection();
  const range = selection.rangeCount ? selection.getRangeAt(0) : null;
  const shown = range?.startContainer.parentElement?.closest("[data-shown]");
  if (!selection.isCollapsed && shown?.contains(range.endContainer)) {
    const before = document.createRange();
    before.setStart(shown, 0);
    before.setEnd(range.startContainer, range.startOffset);
    return passage(shown.closest("[data-message]"), range.toString(), before.toString());
  }
  const article = area?.closest("[data-message]");
  return article ? passage(article, "", "") : null;
}

/** The text that a suggestion would replace. */
function replaced(form) {
  const quote = form.elements.quote.value;
  const article = document.getElementById(`message-${form.elements.message.value}`);
  return quote || (article?.querySelector("textarea[name=text]")?.value ?? article?.querySelector("[data-shown]")?.textContent ?? "");
}

function openForm(details, target) {
  const form = details.querySelector("form");
  details.open = true;
  if (target) {
    form.elements.message.value = target.message;
    form.elements.quote.value = target.quote;
    form.elements.near.value = target.near;
    form.elements.quote.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form.elements.body.focus();
}

/** The range of a passage in the text of a message; null if the text was edited meanwhile. */
function rangeOf(thread) {
  const shown = document.querySelector(`#message-${thread.dataset.message} [data-shown]`);
  if (!shown) return null;
  const quote = thread.querySelector(".thread-quote")?.textContent;
  const text = [...shown.textContent];
  const [start, end] = [Number(thread.dataset.start), Number(thread.dataset.end)];
  if (text.slice(start, end).join("") !== quote) return null;
  const range = document.createRange();
  let from = text.slice(0, start).join("").length;
  let to = from + quote.length;
  const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  let isStarted = false;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!isStarted && from < node.length) {
      range.setStart(node, from);
      isStarted = true;
    }
    if (isStarted && to <= node.length) {
      range.setEnd(node, to);
      return range;
    }
    from -= node.length;
    to -= node.length;
  }
  return null;
}

/** Mark the passages of open threads in the text. */
function markPassages() {
  if (!globalThis.Highlight) return;
  const threads = document.querySelectorAll(".thread[data-open]");
  const ranges = [...threads].map(rangeOf).filter((range) => range !== null);
  CSS.highlights.set("passage", new Highlight(...ranges));
}

/** Tell the server what was read, once it has been in view for a moment. */
function markRead() {
  const form = document.querySelector("#threads form[data-read]");
  if (!form) return;
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    setTimeout(() => {
      if (!form.isConnected || document.hidden) return;
      fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        keepalive: true,
      }).catch(() => {});
    }, READ_AFTER_MS);
  });
  const first = document.querySelector(".thread-new");
  if (first) observer.observe(first);
}

function start() {
  restoreComments();
  markPassages();
  markRead();
}

/** The address may name a thread that is folded away. */
function openTarget() {
  const target = location.hash.startsWith("#thread-") ? document.querySelector(location.hash) : null;
  if (!target) return;
  for (let parent = target.parentElement; parent; parent = parent.parentElement) {
    if (parent.matches("details")) parent.open = true;
  }
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
}

// The selection is lost when the button gets the focus.
let held = null;
document.addEventListener("pointerdown", (event) => {
  held = event.target.closest("#new-thread > summary, [data-comment]") ? selected() : null;
});
document.addEventListener("click", (event) => {
  const details = document.getElementById("new-thread");
  const summary = event.target.closest("#new-thread > summary");
  if (!details || (!summary && !event.target.closest("[data-comment]"))) return;
  const target = held ?? selected();
  held = null;
  // Without a selection the button only opens and closes the form.
  if (summary && !target) {
    if (!details.open) setTimeout(() => details.querySelector("[name=body]").focus());
    return;
  }
  event.preventDefault();
  openForm(details, target);
});
document.addEventListener("change", (event) => {
  if (event.target.id !== "thread-suggests" || !event.target.checked) return;
  const { form } = event.target;
  const { replacement } = form.elements;
  if (!replacement.value) replacement.value = replaced(form);
  replacement.dispatchEvent(new Event("input", { bubbles: true }));
  replacement.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || isLoading()) return;
  if (!event.target.matches("#threads form textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "threads") start();
});
document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[name=text]")) markPassages();
});
globalThis.addEventListener("hashchange", openTarget);
startMentions();
keepComments();
start();
openTarget();
