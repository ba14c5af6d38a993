/**
 * Nothing typed is lost. What changed goes to the server as a draft when typing pauses and when the
 * page is left; this browser's storage holds what the server has not confirmed.
 *
 * Each draft carries a version, one more than the last this tab sent: of two that cross on their
 * way the newer stays, and a tab that is behind another one is told so and stops.
 */

import { alertUser } from "../alerts.js";
import { isJson, postForm } from "../token.js";
import { clockTime } from "./local-times.js";
import * as storage from "./storage.js";

const PAUSE_MS = 700;
const CONFLICT = 409;

/**
 * Offer what this browser holds from an earlier visit, as a draft of a version after `version`.
 * Used alone where the page itself cannot be typed into.
 */
export function offerStoredDraft(form, nextVersion) {
  storage.offer(form, async (fields) => {
    const body = fields();
    body.set("version", nextVersion());
    const answer = await postForm(form.dataset.draftUrl, body);
    if (answer.ok) return { isKept: true };
    if (!isJson(answer)) throw new Error();
    // A conflict: the server has it after all, or something newer, and the page shows that.
    return { isOvertaken: answer.status === CONFLICT, message: (await answer.json()).message };
  });
}

/** Start keeping what is typed in `form`. Returns `later`, to be called after each edit. */
export function startDrafts(form, isChanged) {
  const status = document.getElementById("editor-status");
  const url = form.dataset.draftUrl;
  let version = Number(form.dataset.draftVersion ?? 0);
  let timer;
  let isPending = false;
  let isStopped = false;

  const showStatus = (text) => {
    status.textContent = text;
  };

  function payload() {
    const body = new FormData(form);
    version += 1;
    body.set("version", version);
    return body;
  }

  function stop(message) {
    isStopped = true;
    showStatus("Not saved: another tab has newer changes.");
    alertUser(message);
  }

  async function send() {
    clearTimeout(timer);
    if (isStopped || !isPending) return;
    if (!url) {
      showStatus("Kept in this browser until you create it.");
      return;
    }
    if (!isChanged()) {
      showStatus("");
      return;
    }
    isPending = false;
    const body = payload();
    try {
      const answer = await postForm(url, body);
      if (answer.status === CONFLICT) {
        stop((await answer.json()).message);
      } else if (answer.ok) {
        const sent = Number(body.get("version"));
        showStatus(`Kept at ${clockTime(new Date())}, not saved yet.`);
        if (sent === version && !isPending) storage.forget(form);
      } else {
        throw new Error();
      }
    } catch {
      isPending = true;
      showStatus("Stored in this browser only: you are signed out or the server is unreachable.");
    }
  }

  /** The page goes away: hand over what was not sent, in a way that outlives the page. */
  function flush() {
    if (isStopped || !isPending || !url || !isChanged()) return;
    isPending = false;
    if (navigator.sendBeacon(url, payload())) storage.markSent(form, version);
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // What is saved needs no draft, and one that arrives late is refused. The browser's copy goes
    // when a page says that the server has it: the sign-in page may answer instead.
    isStopped = true;
  });
  document.querySelector("[data-discard]")?.addEventListener("submit", () => {
    isStopped = true;
    storage.forget(form);
  });
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush();
  });
  addEventListener("online", send);
  offerStoredDraft(form, () => {
    version += 1;
    return version;
  });

  return {
    later() {
      if (isStopped) return;
      isPending = true;
      storage.keep(form);
      clearTimeout(timer);
      timer = setTimeout(send, PAUSE_MS);
    },
  };
}
