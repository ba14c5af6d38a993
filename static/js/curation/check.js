/**
 * Tokens and findings of what is typed. The server counts and inspects once typing pauses; until
 * its answer is there each message shows an estimate, marked with ≈.
 */

import { postForm } from "../token.js";
import { areaOf, setWords } from "./messages.js";

const PAUSE_MS = 450;
const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;

function estimate(article) {
  const place = article.querySelector("[data-tokens]");
  const tokens = Math.ceil(areaOf(article).value.length / CHARACTERS_PER_TOKEN) + TOKENS_PER_MESSAGE;
  place.textContent = `≈ ${tokens}`;
}

function showTokens(form, check) {
  const tokens = JSON.parse(check.dataset.messageTokens);
  [...form.querySelectorAll("[data-message]")].forEach((article, index) => {
    article.querySelector("[data-tokens]").textContent = tokens[index];
  });
}

/** The offset in UTF-16 units of a place that the server counts in characters. */
function unitsBefore(text, characters) {
  return [...text].slice(0, characters).join("").length;
}

/** Put the replacement of a finding where the finding is, even if text before it has grown. */
function replace(form, button) {
  const { replace: number, found, start, replacement } = button.dataset;
  const article = form.querySelector(`#message-${number}`);
  const text = areaOf(article).value;
  const guess = unitsBefore(text, Number(start));
  const at = text.startsWith(found, guess) ? guess : text.indexOf(found);
  if (at < 0) return;
  setWords(article, text.slice(0, at) + replacement + text.slice(at + found.length));
}

/** Start counting for `form`. Returns `later`, to be called after each edit. */
export function startCheck(form, isChanged) {
  const saved = document.getElementById("check");
  let timer;
  let request;

  function show(check) {
    document.getElementById("check").replaceWith(check);
    showTokens(form, check);
  }

  async function ask() {
    request?.abort();
    if (!isChanged()) {
      show(saved);
      return;
    }
    request = new AbortController();
    const { signal } = request;
    try {
      const answer = await postForm(form.dataset.checkUrl, new FormData(form), { signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      show(page.getElementById("check"));
    } catch {
      // Overtaken by a newer question, or the server is away: the estimates stay.
    }
  }

  form.addEventListener("input", (event) => {
    const article = event.target.closest("[data-message]");
    if (article && event.target.matches("textarea")) estimate(article);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-replace]");
    if (button) replace(form, button);
  });
  return {
    later() {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    },
  };
}
