/**
 * The voting screen. A choice is sent in the background and the next comparison, which is here
 * already, is shown at once; the answer brings the one after it. Without this script the same
 * buttons post and the page comes back.
 */

import { alertUser, sentenceFor, toast } from "../alerts.js";
import { gettext } from "../i18n.js";
import { pulse } from "../keys.js";
import { Criteria } from "./criteria.js";
import { Guard } from "./guard.js";
import { Meter } from "./meter.js";
import { Outbox } from "./outbox.js";
import { showAnswer, startReading, unseenAnswer } from "./reading.js";
import { Reasons } from "./reasons.js";
import {
  ANSWER_NEEDED, CHOSEN, FINAL, NEXT, READ_FIRST, REPORTED, SKIPPED, TOO_SOON, UNDONE, WHY_WAITING,
} from "./sentences.js";
import { Stage } from "./stage.js";

const MARKS_KEY = "touchstone-marks";
const PROGRESS_EVERY = 20;
const MAX_KNOWN_LEASES = 50;

const main = document.querySelector("[data-vote]");
const bar = document.getElementById("vote-bar");
const brokenForm = document.getElementById("broken-form");
const unseenButton = bar.querySelector("[data-show-unseen]");
const undoButton = bar.querySelector("[data-undo]");
const skipButton = bar.querySelector("[data-skip]");
const passOverButton = bar.querySelector("[data-pass-over]");
const urls = main.dataset;

const stage = new Stage(main.querySelector("[data-stage]"), [
  ...main.querySelectorAll("template[data-next]"),
]);
const guard = new Guard();
const meter = new Meter(main);
const reasons = new Reasons(document.getElementById("reasons"), (fields) =>
  outbox.push({ url: urls.reasons, fields, kind: "reasons", of: Object.fromEntries(fields).lease }));
const criteria = new Criteria(document.getElementById("reasons"), bar.querySelector(".vote-choices"));
const outbox = new Outbox(urls.outbox, bar.elements.csrfmiddlewaretoken.value, {
  known: () => [...new Set([...stage.ids, ...outbox.ids])].slice(-MAX_KNOWN_LEASES).join(","),
  changed: (count) => { main.dataset.unsent = count; },
  answered, refused, waiting, sent, renewed, handledElsewhere,
});
// The last vote or skip: its kind, id and comparison, and whether it is known to be final.
let last = null;
let lastTimer = 0;
// What is being undone on the server.
let undoing = null;
// The vote that was undone on the comparison on the screen: {id, choice, reasons, ...}.
let earlier = null;
// Whether something that waited was rejected, so that not everything is stored.
let wasRefused = false;
let isLeaving = false;
let tooSoonToast = null;

function say(text) {
  main.querySelector("[data-said]").textContent = text;
}

/** Announce what was done, and that a comparison follows if it is here. */
function sayDone(text) {
  say(stage.current ? `${text} ${NEXT}` : text);
}

/** Make page and keys fit what is on the screen now. */
function refresh() {
  const { current } = stage;
  for (const button of bar.querySelectorAll("[name=choice], [data-skip], [data-dialog=broken]")) {
    button.disabled = !current;
  }
  const id = current?.dataset.id ?? "";
  bar.elements.lease.value = id;
  brokenForm.elements.lease.value = id;
  const named = (current?.dataset.policies ?? "").split(" ");
  let policies = 0;
  for (const section of document.querySelectorAll("#policies [data-policy]")) {
    section.hidden = !named.includes(section.dataset.policy);
    policies += section.hidden ? 0 : 1;
  }
  main.querySelector("[data-policies-button]").hidden = policies === 0;
  if (criteria.id && criteria.id !== id) criteria.close();
  skipButton.hidden = Boolean(criteria.id);
  passOverButton.hidden = !criteria.id;
  passOverButton.setAttribute("aria-disabled", String(!criteria.isOptional));
  undoButton.setAttribute("aria-disabled", String(!criteria.id && (!last || last.isFinal)));
  showUnseen();
  const marked = criteria.id ? criteria.earlierChoice : earlier?.id === id && earlier.choice;
  for (const button of bar.querySelectorAll("[name=choice]")) {
    button.classList.toggle("is-earlier", marked === button.value);
  }
}

/** Where one answer is shown at a time, offer the other one instead of a choice. */
function showUnseen() {
  const side = stage.current ? unseenAnswer(stage.current) : "";
  unseenButton.hidden = !side;
  unseenButton.textContent = READ_FIRST[side] ?? "";
  bar.querySelector(".vote-choices").hidden = Boolean(side);
  guard.show(`${stage.current?.dataset.id} ${side} ${criteria.asked}`);
}

/** True if what was pressed is not for what is on the screen now; a person reads why. */
function isNotMeant() {
  tooSoonToast?.remove();
  if (guard.isHeld) return true;
  if (guard.isTooSoon) tooSoonToast = toast(TOO_SOON);
  return guard.isTooSoon;
}

function showUnseenAnswer() {
  if (isNotMeant()) return;
  const side = unseenAnswer(stage.current);
  if (side) showAnswer(stage.current, side);
  refresh();
}

/** Remember what can be undone: for a time at most, then its example is final (docs/voting.md). */
function setLast(value) {
  last = value && { ...value, since: Date.now() };
  limitUndo(urls.undoSeconds);
}

/** Undo ends so many seconds after the last choice; 0 if it does not end by itself. */
function limitUndo(seconds) {
  clearTimeout(lastTimer);
  if (!last || last.isFinal || !Number(seconds)) return;
  lastTimer = setTimeout(() => {
    last.isFinal = true;
    refresh();
  }, last.since + Number(seconds) * 1000 - Date.now());
}

/** Leave the comparison on the screen and put the focus where work goes on. */
function showNext(entry) {
  guard.chosen();
  const hadFocus = main.querySelector("[data-stage]").contains(document.activeElement);
  const node = stage.leave();
  outbox.push(entry);
  if (hadFocus || document.activeElement === document.body) main.focus({ preventScroll: true });
  refresh();
  return node;
}

/** A choice on the whole, or on the criterion that is asked. */
function choose(choice) {
  const { current } = stage;
  if (!current || unseenAnswer(current) || isNotMeant()) return;
  if (criteria.id) {
    answerCriterion(choice);
  } else if (criteria.exist) {
    const { id } = current.dataset;
    reasons.flush();
    guard.chosen();
    criteria.start(id, choice, earlier?.id === id ? earlier.criteria : {});
    refresh();
    say(`${CHOSEN[choice]} ${criteria.text}`);
  } else {
    cast(choice);
  }
}

/** Take the answer to a criterion, null if it is passed over; the last one sends the vote. */
function answerCriterion(choice) {
  if (criteria.take(choice)) {
    const { choice: overall, fields, answers } = criteria;
    criteria.close();
    cast(overall, fields, answers);
  } else {
    guard.chosen();
    refresh();
    say(criteria.text);
  }
}

/** Go on without an answer to the criterion, unless a gate needs one. */
function passOver() {
  if (isNotMeant()) return;
  if (criteria.isOptional) {
    answerCriterion(null);
  } else {
    toast(ANSWER_NEEDED);
    say(ANSWER_NEEDED);
  }
}

function cast(choice, answerFields = [], answers = {}) {
  const { current } = stage;
  const id = current.dataset.id;
  reasons.ask(id, choice, current, earlier?.id === id ? earlier : null);
  setLast({ kind: "vote", id, node: current, answers, isFinal: false });
  const fields = [["lease", id], ["choice", choice], ...answerFields];
  showNext({ url: urls.cast, kind: "vote", id, fields });
  reasons.flush();
  meter.count();
  sayDone(CHOSEN[choice]);
  if (meter.done % PROGRESS_EVERY === 0) correctMeter();
}

function skip() {
  if (!stage.current || isNotMeant()) return;
  const { current } = stage;
  const id = current.dataset.id;
  reasons.flush();
  reasons.close(SKIPPED);
  setLast({ kind: "skip", id, node: current, isFinal: false });
  showNext({ url: urls.skip, kind: "skip", id, fields: [["lease", id]] });
  sayDone(SKIPPED);
}

function reportBroken() {
  const id = brokenForm.elements.lease.value;
  const field = brokenForm.elements.note;
  const note = field.value.trim();
  if (!note) {
    field.value = "";
    field.reportValidity();
    return;
  }
  brokenForm.closest("dialog").close();
  field.value = "";
  reasons.flush();
  reasons.close(REPORTED);
  setLast(null);
  showNext({ url: urls.broken, kind: "broken", id, fields: [["lease", id], ["note", note]] });
  sayDone(REPORTED);
}

function undo() {
  if (criteria.id) {
    criteria.back();
    refresh();
    say(criteria.id ? criteria.text : UNDONE);
    return;
  }
  if (!last) return;
  if (last.isFinal) {
    toast(FINAL);
    return;
  }
  const { id, kind, node, answers } = last;
  if (outbox.withdraw((entry) => entry.kind === kind && entry.id === id)) {
    outbox.withdraw((entry) => entry.kind === "reasons" && entry.of === id);
    stage.putFirst(node);
    showUndone(kind, id, kind === "vote" ? { ...reasons.given, criteria: answers ?? {} } : null);
  } else {
    reasons.hide();
    undoing = last;
    outbox.push({ url: urls.undo, kind: "undo", of: kind, id, fields: [["lease", id]] });
    say(gettext("Undoing the last choice."));
  }
  setLast(null);
  refresh();
}

/** The comparison is on the screen again, with what was chosen before; null after a skip. */
function showUndone(kind, id, choice) {
  earlier = choice && { id, ...choice };
  reasons.close(UNDONE, choice);
  if (kind === "vote") meter.count(-1);
  say(UNDONE);
}

function answered(entry, answer) {
  if (entry.kind === "undo") {
    stage.receiveFirst(answer.next[0]);
    showUndone(entry.of, answer.next[0].id, answer.earlier);
  } else if (answer.next) {
    // What was done before the wait may not have been read out yet.
    if (stage.add(answer.next)) sayDone(main.querySelector("[data-said]").textContent);
  }
  // The example is set aside for everybody, so fewer are left.
  if (entry.kind === "broken") correctMeter();
  refresh();
  if (!stage.current && outbox.size === 0) end();
}

/** Nothing here, nothing to come. The last vote may still get reasons or be undone. */
function end() {
  if (wasRefused) {
    stage.end(main.querySelector("template[data-refused]"));
    return;
  }
  if (isLeaving || !last) {
    location.reload();
    return;
  }
  stage.end(main.querySelector("template[data-end]"));
  // Without a next comparison the server closes the example sooner.
  limitUndo(urls.undoSecondsAlone);
  meter.finish();
  say(gettext("That was the last one for now."));
}

/** Another tab of this person dealt with these: they are not to be shown here any more. */
function handledElsewhere(ids) {
  if (ids.filter((id) => stage.leaveOut(id)).length === 0) return;
  refresh();
  if (stage.ids.length < 2) outbox.push({ url: urls.lease, kind: "lease", fields: [] });
}

/** Go on to what was done and what else waits, once all is stored. */
function leave(event) {
  if (!event.target.closest("[data-go-on]")) return;
  event.preventDefault();
  isLeaving = true;
  reasons.flush();
  if (outbox.size === 0) location.reload();
}

/** The vote stays: show why, and let its reasons be given. */
function undoRejected(entry, sentence) {
  toast(sentence ?? FINAL);
  if (reasons.id === entry.id) reasons.show();
  if (!last && undoing?.id === entry.id) setLast({ ...undoing, isFinal: true });
  refresh();
  if (!stage.current && outbox.size === 0) end();
}

function refused(entry, sentence) {
  if (entry.kind === "undo") {
    undoRejected(entry, sentence);
    return;
  }
  wasRefused = true;
  // The server answered, so nothing waits for it any more.
  forgetWaiting();
  alertUser(sentence ?? sentenceFor(403));
  if (last?.id === entry.id) setLast(null);
  if (entry.kind === "vote") {
    meter.count(-1);
    reasons.close();
  }
  stage.drop(entry.id);
  refresh();
  if (entry.kind === "lease") {
    if (!stage.current) stage.end(main.querySelector("template[data-refused]"));
  } else if (stage.ids.length < 2) {
    outbox.push({ url: urls.lease, kind: "lease", fields: [] });
  }
}

/** Show why votes wait; a reason that no longer holds goes. */
function waiting(reason) {
  forgetWaiting();
  meter.isOffline = true;
  alertUser(...WHY_WAITING[reason]);
}

function forgetWaiting() {
  const sentences = Object.values(WHY_WAITING).map(([text]) => text);
  for (const alert of document.querySelectorAll("#alerts .alert")) {
    if (sentences.includes(alert.dataset.text)) alert.remove();
  }
}

function sent() {
  forgetWaiting();
  meter.isOffline = false;
  if (!wasRefused) toast(gettext("Everything is stored now."));
  wasRefused = false;
}

function renewed(token) {
  for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = token;
}

async function correctMeter() {
  const response = await fetch(urls.progress, { headers: { Accept: "application/json" } })
    .catch(() => null);
  if (response?.ok) meter.correct(await response.json());
}

function onSubmit(event) {
  const button = event.submitter;
  if (event.target === brokenForm) {
    event.preventDefault();
    reportBroken();
  } else if (event.target === bar) {
    event.preventDefault();
    if (button?.name === "choice") {
      pulse(button);
      choose(button.value);
    } else if (button?.matches("[data-skip]")) {
      skip();
    } else if (button?.matches("[data-pass-over]")) {
      passOver();
    }
  } else if (event.target.id === "reasons") {
    event.preventDefault();
    if (button === undoButton) undo();
    else leaveReasons();
  }
}

/** Keys vote again once the line of reasons is left. */
function leaveReasons() {
  reasons.flush();
  main.focus({ preventScroll: true });
}

function startMarks() {
  const box = document.getElementById("marks");
  try {
    box.checked = localStorage.getItem(MARKS_KEY) === "on";
    box.addEventListener("change", () => {
      localStorage.setItem(MARKS_KEY, box.checked ? "on" : "off");
    });
  } catch {
    // Storage is blocked: the switch works and is not remembered.
  }
}

async function start() {
  startMarks();
  startReading(() => stage.current, refresh);
  unseenButton.addEventListener("click", showUnseenAnswer);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", leave);
  addEventListener("pagehide", () => reasons.flush());
  document.getElementById("reasons").addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaveReasons();
  });
  // The page shows the reasons of a vote that may still be undone.
  if (reasons.id && outbox.size === 0) {
    setLast({ kind: "vote", id: reasons.id, isFinal: false });
    limitUndo(urls.undoSecondsLeft);
  }
  refresh();
  if (outbox.size === 0) return;
  // Votes of an earlier visit go first; what the server then gives may differ from this page.
  for (const id of stage.ids) stage.drop(id);
  refresh();
  await outbox.send();
  if (outbox.size === 0) location.reload();
}

start();
