/**
 * Saves unsaved changes as a draft on the server when typing pauses and when the page is left.
 * The browser's storage holds what the server has not confirmed.
 *
 * Each draft has a version, one more than the last one that this tab sent: of two that arrive in
 * the wrong order the server keeps the newer, and a tab that is older than another one stops.
 */

import { alertUser } from "../alerts.js";
import { gettext, interpolate } from "../i18n.js";
import { isJson, postForm } from "../token.js";
import { clockTime } from "./local-times.js";
import * as storage from "./storage.js";

const PAUSE_MS = 700;
const CONFLICT = 409;

/**
 * Offer the text that this browser holds from an earlier visit, as a draft of version `nextVersion()`.
 * Used alone where the page is read-only.
 */
export function offerStoredDraft(form, nextVersion) {
  storage.offer(form, async (fields) => {
    const body = fields();
    body.set("version", nextVersion());
    const response = await postForm(form.dataset.draftUrl, body);
    if (response.ok) return { isStored: true };
    if (!isJson(response)) throw new Error();
    // After a conflict the page shows the server's draft, which is this one or a newer one.
    return { isConflict: response.status === CONFLICT, message: (await response.json()).message };
  });
}

/** Start saving drafts of `form`. Returns {later}, to be called after each edit. */
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
    showStatus(gettext("Not saved: another tab has newer changes."));
    alertUser(message);
  }

  async function send() {
    clearTimeout(timer);
    if (isStopped || !isPending) return;
    if (!url) {
      showStatus(gettext("Stored in this browser until you create the example."));
      return;
    }
    if (!isChanged()) {
      showStatus("");
      return;
    }
    isPending = false;
    const body = payload();
    try {
      const response = await postForm(url, body);
      if (response.status === CONFLICT) {
        stop((await response.json()).message);
      } else if (response.ok) {
        showStatus(interpolate(gettext("Draft stored at %(time)s."), { time: clockTime(new Date()) }));
        if (Number(body.get("version")) === version && !isPending) storage.clear(form);
      } else {
        throw new Error();
      }
    } catch {
      isPending = true;
      showStatus(gettext("Stored in this browser only: you are signed out or the server is unreachable."));
    }
  }

  /** Send pending changes in a request that continues after the page is closed. */
  function flush() {
    if (isStopped || !isPending || !url || !isChanged()) return;
    isPending = false;
    if (navigator.sendBeacon(url, payload())) storage.markSent(form, version);
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // A saved revision needs no draft, and the server rejects a late one. The browser's copy stays
    // until a page confirms the save: the sign-in page may answer instead.
    isStopped = true;
  });
  document.querySelector("[data-discard]")?.addEventListener("submit", () => {
    isStopped = true;
    storage.clear(form);
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
      storage.store(form);
      clearTimeout(timer);
      timer = setTimeout(send, PAUSE_MS);
    },
  };
}
