/** Messages edited in place: text, role, order; inserted and removed messages. */

import { toast } from "../alerts.js";
import { gettext, interpolate } from "../i18n.js";

/** The labels of the controls of a message, by their data-numbered. */
const NUMBERED = {
  role: gettext("Role of message %(number)s"),
  text: gettext("Text of message %(number)s"),
  comment: gettext("Comment on message %(number)s"),
  edit: gettext("Edit message %(number)s"),
  up: gettext("Move message %(number)s up"),
  down: gettext("Move message %(number)s down"),
  insert: gettext("Insert a message after message %(number)s"),
  delete: gettext("Remove message %(number)s"),
};

const MOVES = {
  up: (article) => article.previousElementSibling?.before(article),
  down: (article) => article.nextElementSibling?.after(article),
};

/** The text area of a message; null where it cannot be edited. */
export function textAreaOf(article) {
  return article.querySelector("textarea[name=text]");
}

/** Set the text of a message as if it had been typed. */
export function setText(article, text) {
  const area = textAreaOf(article);
  area.value = text;
  article.querySelector("[data-shown]").textContent = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Put a system message before the others, as if it had been typed. */
export function addSystemMessage(form, text) {
  const list = form.querySelector("#messages");
  const added = addedMessage(form.querySelector("#message-template"), "system");
  list.prepend(added);
  renumber(list);
  setText(added, text);
}

function open(article) {
  const area = textAreaOf(article);
  if (!area) return;
  article.classList.add("is-editing");
  // A text area that grows by script measures itself when it becomes visible.
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

/** Begin to edit the last answer; nothing where it cannot be edited. */
export function editAnswer(form) {
  const answers = form.querySelectorAll("#messages > [data-role=assistant]");
  if (answers.length) open(answers[answers.length - 1]);
}

function close(article) {
  const area = textAreaOf(article);
  const shown = article.querySelector("[data-shown]");
  // Unchanged text keeps the marks of its findings, which came from the server.
  if (shown.textContent !== area.value) shown.textContent = area.value;
  article.classList.remove("is-editing");
  article.querySelector("[data-edit]").focus();
}

/** Mark a message that differs from the saved revision. */
function markChanges(article) {
  const area = textAreaOf(article);
  if (!area) return;
  const role = article.querySelector("select[name=role]");
  const savedRole = role && [...role.options].find((option) => option.defaultSelected);
  const isChanged = "isNew" in article.dataset
    || area.value !== (area.dataset.base ?? area.defaultValue)
    || Boolean(role && role.value !== (savedRole ?? role.options[0]).value);
  article.classList.toggle("message-changed", isChanged);
  if (role) article.dataset.role = role.value;
}

/** Write the current numbers into ids, labels and steps. */
function renumber(list) {
  [...list.children].forEach((article, index) => {
    const number = index + 1;
    article.id = `message-${number}`;
    for (const element of article.querySelectorAll("[data-numbered]")) {
      element.setAttribute("aria-label", interpolate(NUMBERED[element.dataset.numbered], { number }));
    }
    for (const element of article.querySelectorAll("[data-step]")) {
      element.value = `${element.dataset.step}:${number}`;
    }
  });
}

/** The most likely role after a message. */
function nextRole(article) {
  if (!article) return "system";
  return article.dataset.role === "user" || article.dataset.role === "tool" ? "assistant" : "user";
}

/** A new empty message with this role, not on the page yet. */
function addedMessage(template, name) {
  const added = template.content.cloneNode(true).firstElementChild;
  added.querySelector("select[name=role]").value = name;
  added.dataset.isNew = "";
  added.dataset.role = name;
  return added;
}

/** Start editing inside `form`; calls `onEdit` after every change that is not typed. */
export function startMessages(form, onEdit) {
  const list = form.querySelector("#messages");
  const template = form.querySelector("#message-template");

  function insert(previous) {
    const added = addedMessage(template, nextRole(previous ?? list.lastElementChild));
    if (previous) previous.after(added);
    else list.append(added);
    renumber(list);
    open(added);
  }

  function remove(article) {
    const following = article.nextElementSibling;
    const neighbour = following ?? article.previousElementSibling;
    article.remove();
    renumber(list);
    (neighbour?.querySelector("[data-edit]") ?? form.querySelector(".message-insert")).focus();
    toast(gettext("Message removed."), {
      undo: () => {
        // The following message may have been removed since.
        list.insertBefore(article, following?.isConnected ? following : null);
        renumber(list);
        onEdit();
      },
    });
  }

  function step(name, article, button) {
    if (name === "insert") insert(article);
    else if (name === "delete") remove(article);
    else {
      MOVES[name](article);
      renumber(list);
      button.focus();
    }
    onEdit();
  }

  // The messages of a new example are empty, so all of them start open.
  if (!form.dataset.example) {
    for (const article of list.children) article.classList.add("is-editing");
  }
  form.addEventListener("click", (event) => {
    const article = event.target.closest("[data-message]");
    const button = event.target.closest("[data-step]");
    if (button) {
      event.preventDefault();
      step(button.dataset.step, article, button);
    } else if (event.target.closest("[data-edit]")) {
      if (article.classList.contains("is-editing")) close(article);
      else open(article);
    } else if (event.target.closest("[data-shown]") && getSelection().isCollapsed) {
      open(article);
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.matches("textarea[name=text]")) return;
    event.preventDefault();
    close(event.target.closest("[data-message]"));
  });
  form.addEventListener("input", (event) => {
    const article = event.target.closest("[data-message]");
    if (article) markChanges(article);
  });
}
