/** Says that a page with an editor is left, so that others no longer read that it is open here. */

import { isTooOld, renewToken } from "../token.js";

/** Start it. Without the message the page counts as open for a short time. */
export function startLeaving() {
  addEventListener("pagehide", () => {
    const url = document.getElementById("presence")?.dataset.leave;
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (url && token) navigator.sendBeacon(url, new URLSearchParams({ csrfmiddlewaretoken: token }));
  });
  // After a new sign-in in another tab the requests of the open page would be rejected, each with a message.
  document.addEventListener("htmx:confirm", async (event) => {
    if (event.detail.elt.id !== "presence" || !isTooOld()) return;
    event.preventDefault();
    if (!(await renewToken())) event.detail.issueRequest(true);
  });
}
