/**
 * Tokens and findings of unsaved text. The server counts and inspects when typing pauses; until it
 * answers, the edited message shows an estimate, marked with ≈.
 */

import { formatNumber } from "../i18n.js";
import { labelKeys } from "../keys.js";
import { postForm } from "../token.js";
import { addSystemMessage, setText, textAreaOf } from "./messages.js";

const PAUSE_MS = 450;
const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;

function showEstimate(article) {
  const tokens = Math.ceil(textAreaOf(article).value.length / CHARACTERS_PER_TOKEN) + TOKENS_PER_MESSAGE;
  article.querySelector("[data-tokens]").textContent = `≈ ${formatNumber(tokens)}`;
}

function showTokens(form, check) {
  const tokens = JSON.parse(check.dataset.messageTokens);
  [...form.querySelectorAll("[data-message]")].forEach((article, index) => {
    article.querySelector("[data-tokens]").textContent = formatNumber(tokens[index] ?? 0);
  });
}

/** The offset in UTF-16 units for an offset that the server counts in characters. */
function utf16Offset(text, characters) {
  return [...text].slice(0, characters).join("").length;
}

/** Replace the text of a finding, even if the text before it has grown since the check. */
function replace(form, button) {
  const { replace: number, text: foundText, start, replacement } = button.dataset;
  const article = form.querySelector(`#message-${number}`);
  const text = textAreaOf(article).value;
  const expected = utf16Offset(text, Number(start));
  const at = text.startsWith(foundText, expected) ? expected : text.indexOf(foundText);
  if (at < 0) return;
  setText(article, text.slice(0, at) + replacement + text.slice(at + foundText.length));
}

/** Choose a policy, as a click on its box does. */
function cite(form, slug) {
  const box = [...form.elements].find(({ name, value }) => name === "policies" && value === slug);
  if (!box?.checked) box?.click();
}

/** What gets the focus when `check` takes the place of `old`, which has it. */
function nextControl(form, old, check) {
  const pressed = document.activeElement;
  const place = [...old.querySelectorAll("[data-replace]")].indexOf(pressed);
  const buttons = [...check.querySelectorAll("[data-replace]")];
  const last = form.querySelector(`#message-${pressed.dataset.replace ?? ""} [data-edit]`);
  return buttons[Math.max(place, 0)] ?? buttons.at(-1) ?? last ?? form.querySelector("[data-edit]");
}

/** Replace the texts of all findings, from the last one on, so that the places of the others stay. */
function replaceAll(form, buttons) {
  const fromLast = [...buttons].sort((one, other) => other.dataset.start - one.dataset.start);
  for (const button of fromLast) replace(form, button);
}

/** Start checking `form`. Returns {later}, which schedules a check and is called after each edit. */
export function startCheck(form, isChanged) {
  const saved = document.getElementById("check");
  let timer;
  let request;

  function show(check) {
    const old = document.getElementById("check");
    const next = old.contains(document.activeElement) ? nextControl(form, old, check) : null;
    old.replaceWith(check);
    // It is about the saved text; the check lists what the unsaved one is like.
    document.getElementById("similar")?.toggleAttribute("hidden", check !== saved);
    labelKeys(check);
    next?.focus();
    showTokens(form, check);
  }

  async function update() {
    request?.abort();
    if (!isChanged()) {
      show(saved);
      return;
    }
    request = new AbortController();
    const { signal } = request;
    try {
      const response = await postForm(form.dataset.checkUrl, new FormData(form), { signal });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      show(page.getElementById("check"));
    } catch {
      // A newer request aborted this one, or the server is unreachable: the estimates stay.
    }
  }

  form.addEventListener("input", (event) => {
    const article = event.target.closest("[data-message]");
    if (article && event.target.matches("textarea")) showEstimate(article);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-replace]");
    const system = event.target.closest("[data-system-message]");
    const policy = event.target.closest("[data-policy]");
    if (button) replace(form, button);
    else if (policy) cite(form, policy.dataset.policy);
    else if (system) addSystemMessage(form, system.dataset.systemMessage);
    else if (event.target.closest("[data-replace-all]")) {
      replaceAll(form, document.querySelectorAll("#check [data-replace]:not([data-choice])"));
      const missing = document.querySelector("#check [data-system-message]");
      // The last one, as it changes the numbers of the messages.
      if (missing) addSystemMessage(form, missing.dataset.systemMessage);
    }
  });
  return {
    later() {
      clearTimeout(timer);
      timer = setTimeout(update, PAUSE_MS);
    },
  };
}
