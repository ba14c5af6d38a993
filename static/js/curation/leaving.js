/** Says that a page with an editor is left, so that others no longer read that it is open here. */

/** Start it. Without the message the page counts as open for a short time. */
export function startLeaving() {
  addEventListener("pagehide", () => {
    const url = document.getElementById("presence")?.dataset.leave;
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (url && token) navigator.sendBeacon(url, new URLSearchParams({ csrfmiddlewaretoken: token }));
  });
}
