/**
 * Nothing typed is lost. What changed goes to the server as a draft when typing pauses and when the
 * page is left; this browser's storage holds what the server has not confirmed.
 *
 * Each draft carries a version, one more than the last this tab sent: of two that cross on their
 * way the newer stays, and a tab that is behind another one is told so and stops.
 */

import { alertUser } from "../alerts.js";
import { clockTime } from "./local-times.js";
import * as storage from "./storage.js";

const PAUSE_MS = 700;
const CONFLICT = 409;

/** A redirect leads to the sign-in page, which answers but keeps nothing: it is not followed. */
function post(url, body) {
  return fetch(url, { method: "POST", body, redirect: "manual" });
}

/** Start keeping what is typed in `form`. Returns `later`, to be called after each edit. */
export function startDrafts(form, isChanged) {
  const status = document.getElementById("editor-status");
  const url = form.dataset.draftUrl;
  let version = Number(form.dataset.draftVersion ?? 0);
  let timer;
  let isPending = false;
  let isStopped = false;

  const say = (text) => {
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
    say("Not kept: another tab is newer.");
    alertUser(message);
  }

  async function send() {
    clearTimeout(timer);
    if (isStopped || !isPending) return;
    if (!url) {
      say("Kept in this browser until you create it.");
      return;
    }
    if (!isChanged()) {
      say("");
      return;
    }
    isPending = false;
    const body = payload();
    try {
      const answer = await post(url, body);
      if (answer.status === CONFLICT) {
        stop((await answer.json()).message);
      } else if (answer.ok) {
        const sent = Number(body.get("version"));
        say(`Kept at ${clockTime(new Date())}, not saved yet.`);
        if (sent === version && !isPending) storage.forget(form);
      } else {
        throw new Error();
      }
    } catch {
      isPending = true;
      say("Kept in this browser only: you are signed out, or the server does not answer.");
    }
  }

  /** The page goes away: hand over what was not sent, in a way that outlives the page. */
  function flush() {
    if (isStopped || !isPending || !url || !isChanged()) return;
    isPending = false;
    if (navigator.sendBeacon(url, payload())) storage.noteSent(form, version);
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // What is saved needs no draft, and one that arrives late is refused.
    isStopped = true;
    if (!url) storage.forget(form);
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
  storage.offer(form, async (body) => {
    version += 1;
    body.set("version", version);
    const answer = await post(url, body);
    // A conflict means that the server has it after all, or something newer: the page shows that.
    if (!answer.ok && answer.status !== CONFLICT) throw new Error();
    return answer.ok;
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
