/**
 * Names after @ in a comment, completed from a list: arrows choose, Enter or Tab takes, Escape closes.
 */

const WAIT_MS = 150;
const TYPED = /(?:^|[\s([{"'„“])@([^\s@][^@\n]{0,40}|)$/u;

let area = null;
let list = null;
let timer = 0;
// The place after the space that follows a name just taken.
let spacedAt = -1;

function close() {
  clearTimeout(timer);
  list?.remove();
  list = null;
  area?.removeAttribute("aria-activedescendant");
  area?.removeAttribute("aria-controls");
}

function options() {
  return list ? [...list.children] : [];
}

function choose(option) {
  for (const other of options()) other.ariaSelected = String(other === option);
  area.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function chosen() {
  return options().find((option) => option.ariaSelected === "true");
}

function take(option) {
  const before = area.value.slice(0, area.selectionStart);
  const at = before.lastIndexOf("@");
  area.setRangeText(`@${option.textContent} `, at, area.selectionStart, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  spacedAt = area.selectionStart;
  close();
  area.focus();
}

/** A space or a mark typed after a name takes the place of the space that came with it. */
function onBeforeInput(event) {
  if (event.target !== area) return;
  const isBehindName = area.selectionStart === spacedAt && area.selectionEnd === spacedAt;
  spacedAt = -1;
  if (isBehindName && /^[ .,;:!?)]$/.test(event.data ?? "")) {
    area.setRangeText("", area.selectionStart - 1, area.selectionStart, "end");
  }
}

function show(names) {
  close();
  if (!names.length || document.activeElement !== area) return;
  list = document.createElement("ul");
  list.className = "mention-list";
  list.id = "mention-list";
  list.role = "listbox";
  list.ariaLabel = area.closest("form").querySelector("label[for=thread-body]")?.textContent ?? "@";
  names.forEach((name, index) => {
    const option = document.createElement("li");
    option.id = `mention-option-${index}`;
    option.role = "option";
    option.textContent = name;
    list.append(option);
  });
  area.after(list);
  area.setAttribute("aria-controls", list.id);
  choose(list.firstElementChild);
}

async function ask(beginning) {
  const asked = area;
  const url = document.getElementById("threads").dataset.namesUrl;
  try {
    const response = await fetch(`${url}?q=${encodeURIComponent(beginning)}`, { headers: { Accept: "application/json" } });
    if (response.ok && asked === area) show((await response.json()).names);
  } catch {
    // Without a connection the name is typed in full.
  }
}

function onInput(event) {
  if (!event.target.matches?.("textarea[data-mentions]")) return;
  area = event.target;
  area.setAttribute("aria-autocomplete", "list");
  const typed = TYPED.exec(area.value.slice(0, area.selectionStart));
  if (!typed) {
    close();
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(() => ask(typed[1]), WAIT_MS);
}

function onKeydown(event) {
  if (!list || event.target !== area || event.ctrlKey || event.metaKey) return;
  const every = options();
  const at = every.indexOf(chosen());
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(every[(at + step + every.length) % every.length]);
  else if (event.key === "Enter" || event.key === "Tab") take(every[at]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Complete names in all text areas with data-mentions, also in those that htmx inserts later. */
export function startMentions() {
  document.addEventListener("input", onInput);
  document.addEventListener("beforeinput", onBeforeInput);
  document.addEventListener("keydown", onKeydown, { capture: true });
  document.addEventListener("focusout", (event) => {
    if (event.target === area) close();
  });
  // Before the text area loses the focus.
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("#mention-list > li");
    if (!option) return;
    event.preventDefault();
    take(option);
  });
}
