/** Messages edited in place: words, role, order; a new one, one taken out. */

import { toast } from "../alerts.js";

const MOVES = {
  up: (article) => article.previousElementSibling?.before(article),
  down: (article) => article.nextElementSibling?.after(article),
};

/** The text area of a message; null where it cannot be edited. */
export function areaOf(article) {
  return article.querySelector("textarea[name=text]");
}

/** Put other words into a message, as if they had been typed. */
export function setWords(article, words) {
  const area = areaOf(article);
  area.value = words;
  article.querySelector("[data-shown]").textContent = words;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function edit(article) {
  const area = areaOf(article);
  if (!area) return;
  article.classList.add("is-editing");
  // Lets a text area that grows by script measure itself, now that it is visible.
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

function close(article) {
  const area = areaOf(article);
  const shown = article.querySelector("[data-shown]");
  // The marks of what was found are in the words that came from the server.
  if (shown.textContent !== area.value) shown.textContent = area.value;
  article.classList.remove("is-editing");
  article.querySelector("[data-edit]").focus();
}

/** Mark a message that is not what the saved revision says. */
function mark(article) {
  const area = areaOf(article);
  if (!area) return;
  const role = article.querySelector("select[name=role]");
  const chosen = role && [...role.options].find((option) => option.defaultSelected);
  const changed = "isNew" in article.dataset
    || area.value !== (area.dataset.base ?? area.defaultValue)
    || Boolean(role && role.value !== (chosen ?? role.options[0]).value);
  article.classList.toggle("message-changed", changed);
  if (role) article.dataset.role = role.value;
}

/** After a move everything that says a number says the right one. */
function renumber(list) {
  [...list.children].forEach((article, index) => {
    article.id = `message-${index + 1}`;
    for (const element of article.querySelectorAll("[data-name]")) {
      element.setAttribute("aria-label", `${element.dataset.name} ${index + 1}`);
    }
    for (const element of article.querySelectorAll("[data-step]")) {
      element.value = `${element.dataset.step}:${index + 1}`;
    }
  });
}

/** Who speaks after a message, most likely. */
function nextRole(article) {
  if (!article) return "system";
  return article.dataset.role === "user" || article.dataset.role === "tool" ? "assistant" : "user";
}

/** Start editing inside `form`; `onEdit` is told of every change that is not typed. */
export function startMessages(form, onEdit) {
  const list = form.querySelector("#messages");
  const template = form.querySelector("#message-template");

  function insert(article) {
    const added = template.content.cloneNode(true).firstElementChild;
    const role = added.querySelector("select[name=role]");
    role.value = nextRole(article ?? list.lastElementChild);
    added.dataset.isNew = "";
    added.dataset.role = role.value;
    if (article) article.after(added);
    else list.append(added);
    renumber(list);
    edit(added);
  }

  function remove(article) {
    const next = article.nextElementSibling ?? article.previousElementSibling;
    const after = article.nextElementSibling;
    article.remove();
    renumber(list);
    (next?.querySelector("[data-edit]") ?? form.querySelector(".message-insert")).focus();
    toast("Message taken out.", {
      undo: () => {
        // The one it stood before may have been taken out since.
        list.insertBefore(article, after?.isConnected ? after : null);
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

  // A new example begins with nothing to read.
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
      else edit(article);
    } else if (event.target.closest("[data-shown]") && getSelection().isCollapsed) {
      edit(article);
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.matches("textarea[name=text]")) return;
    event.preventDefault();
    close(event.target.closest("[data-message]"));
  });
  form.addEventListener("input", (event) => {
    const article = event.target.closest("[data-message]");
    if (article) mark(article);
  });
}
