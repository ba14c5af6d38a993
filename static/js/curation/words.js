/** The word diff of a changed message, made by the server when somebody asks for it. */

import { alertUser, sentenceFor } from "../alerts.js";
import { postForm } from "../token.js";
import { areaOf } from "./messages.js";

async function wordsOf(form, article) {
  const area = areaOf(article);
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("before", "isNew" in article.dataset ? "" : (area.dataset.base ?? area.defaultValue));
  body.set("after", area.value);
  const answer = await postForm(form.dataset.wordsUrl, body);
  if (!answer.ok) throw Object.assign(new Error(), { status: answer.status });
  return answer.text();
}

/** Wire the buttons that show what changed in a message. */
export function startWordDiffs(form) {
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-words]");
    if (!button) return;
    const article = button.closest("[data-message]");
    const place = article.querySelector("[data-diff]");
    const opens = place.hidden;
    if (opens) {
      try {
        place.innerHTML = (await wordsOf(form, article)).trim();
      } catch (error) {
        alertUser(sentenceFor(error.status ?? 0));
        return;
      }
    }
    place.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
    button.textContent = opens ? "Hide changes" : "Show changes";
  });
  // A diff of earlier words would mislead: it goes when typing goes on.
  form.addEventListener("input", (event) => {
    const article = event.target.closest("[data-message]");
    const place = article?.querySelector("[data-diff]");
    if (!place || place.hidden) return;
    article.querySelector("button[data-words]").click();
  });
}
