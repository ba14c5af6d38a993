/** What the voting page says: whole sentences, each for a choice or an event. */

import { gettext } from "../i18n.js";

export const CHOSEN = {
  left: gettext("Left chosen."),
  right: gettext("Right chosen."),
  both_good: gettext("Both good chosen."),
  both_bad: gettext("Both bad chosen."),
};
export const NEXT = gettext("Next comparison.");
export const READ_FIRST = {
  left: gettext("Read the left answer first"),
  right: gettext("Read the right answer first"),
};
export const WHY_WAITING = {
  unreachable: [gettext("The server cannot be reached. Your votes are kept in this browser and sent as soon as it can be: nothing is lost.")],
  strange: [gettext("The answer came from another program, such as a proxy. Your votes are kept in this browser and sent later. If this stays, reload.")],
  signedOut: [gettext("Your sign-in has ended. Your votes are kept in this browser and sent as soon as you sign in again, in another tab."),
    { href: "/", action: gettext("Sign in") }],
  otherUser: [gettext("Another person is signed in here now. Your votes are kept in this browser and sent as soon as you sign in again."),
    { href: "/", action: gettext("Show the account") }],
};
export const ANSWER_NEEDED = gettext("This question cannot be passed over. Answer it, or press Undo to change your choice.");
export const FINAL = gettext("This can no longer be undone.");
export const UNDONE = gettext("Undone. The comparison is on the screen again.");
export const SKIPPED = gettext("Skipped. It comes again at the end; Undo brings it back now.");
export const REPORTED = gettext("Reported and set aside for all reviewers. If this was a mistake, a lead can put it back.");
export const TOO_SOON = gettext("Not counted: this came too soon. Read both answers first.");
export const QUESTIONS = {
  left: gettext("You chose the left one. Why?"),
  right: gettext("You chose the right one. Why?"),
  both_good: gettext("You chose both good. Why?"),
  both_bad: gettext("You chose both bad. Why?"),
};
export const EARLIER = {
  left: gettext("You had chosen the left one. Choose again."),
  right: gettext("You had chosen the right one. Choose again."),
  both_good: gettext("You had chosen both good. Choose again."),
  both_bad: gettext("You had chosen both bad. Choose again."),
};
