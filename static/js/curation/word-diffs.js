/** The word diff of a changed message, which the server makes on request. */

import { alertUser, sentenceFor } from "../alerts.js";
import { gettext } from "../i18n.js";
import { postForm } from "../token.js";
import { textAreaOf } from "./messages.js";

async function fetchDiff(form, article) {
  const area = textAreaOf(article);
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("before", "isNew" in article.dataset ? "" : (area.dataset.base ?? area.defaultValue));
  body.set("after", area.value);
  const response = await postForm(form.dataset.wordsUrl, body);
  if (!response.ok) throw Object.assign(new Error(), { status: response.status });
  return response.text();
}

/** Wire the buttons that show what changed in a message. */
export function startWordDiffs(form) {
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-words]");
    if (!button) return;
    const article = button.closest("[data-message]");
    const diff = article.querySelector("[data-diff]");
    const isOpening = diff.hidden;
    if (isOpening) {
      try {
        diff.innerHTML = (await fetchDiff(form, article)).trim(); // Escaped by the server.
      } catch (error) {
        alertUser(sentenceFor(error.status ?? 0));
        return;
      }
    }
    diff.hidden = !isOpening;
    button.setAttribute("aria-expanded", String(isOpening));
    button.textContent = isOpening ? gettext("Hide changes") : gettext("Show changes");
  });
  // An edit makes an open diff wrong, so it is closed.
  form.addEventListener("input", (event) => {
    const article = event.target.closest("[data-message]");
    const diff = article?.querySelector("[data-diff]");
    if (!diff || diff.hidden) return;
    article.querySelector("button[data-words]").click();
  });
}
