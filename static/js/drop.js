/**
 * The drop zone: <label class="drop" data-drop> around a file input, in a form sent by htmx.
 * It puts a dropped file into the input, shows its name, and how much has been sent.
 * Without a script it is the file input that it contains.
 *
 *   [data-drop-file]      gets name and size of the chosen file
 *   [data-drop-error]     says that the file is too large; the form is then not sent
 *   [data-drop-progress]  hidden until sending; holds a <progress> and a [data-drop-count]
 *
 * A file input with data-max-bytes="N" takes files of at most N bytes.
 *
 * A file input with data-instead-of="ID" empties that field when a file is chosen.
 */

import { formatNumber, gettext, interpolate, ngettext } from "./i18n.js";

const UNITS = ["kB", "MB", "GB"];

/** Return a size as text: 1234567 is "1.2 MB". */
export function formatSize(bytes) {
  if (bytes < 1000) return interpolate(ngettext("%(n)s byte", "%(n)s bytes", bytes), { n: bytes });
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${formatNumber(size, size >= 100 ? 0 : 1)}\u00a0${UNITS[unit]}`;
}

function showFile(zone) {
  const input = zone.querySelector("input[type=file]");
  const [file] = input.files;
  const place = zone.querySelector("[data-drop-file]");
  if (place && file) place.textContent = `${file.name}, ${formatSize(file.size)}`;
  const error = sizeError(file, Number(input.dataset.maxBytes ?? Infinity));
  input.setCustomValidity(error);
  const errorPlace = (input.form ?? zone).querySelector("[data-drop-error]");
  if (errorPlace) errorPlace.textContent = error;
}

/** Why a file is too large to be sent; empty if it is not. */
function sizeError(file, limit) {
  if (!file || file.size <= limit) return "";
  const sentence = gettext(
    "This file has %(size)s; the limit is %(limit)s. Split it, or ask an administrator to import it with the command import_examples.",
  );
  return interpolate(sentence, { size: formatSize(file.size), limit: formatSize(limit) });
}

function onDrag(event) {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  zone.classList.toggle("is-over", event.type === "dragover");
  if (event.type !== "drop") return;
  const input = zone.querySelector("input[type=file]");
  if (!event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function onProgress(event) {
  const box = event.target.querySelector?.("[data-drop-progress]");
  if (!box || !event.detail.lengthComputable) return;
  const { loaded, total } = event.detail;
  box.hidden = false;
  const bar = box.querySelector("progress");
  bar.max = total;
  bar.value = loaded;
  box.querySelector("[data-drop-count]").textContent =
    loaded < total
      ? interpolate(gettext("%(sent)s of %(total)s sent"), {
          sent: formatSize(loaded),
          total: formatSize(total),
        })
      : gettext("Sent. Reading the file.");
}

function emptyReplacedField(input) {
  const other = document.getElementById(input.dataset.insteadOf ?? "");
  if (!other?.value || !input.files.length) return;
  other.value = "";
  other.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Handle the drop zones of the whole document. */
export function startDrop() {
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, onDrag);
  document.addEventListener("change", (event) => {
    const zone = event.target.closest("[data-drop]");
    if (zone) showFile(zone);
    if (event.target.matches("[data-instead-of]")) emptyReplacedField(event.target);
  });
  document.addEventListener("htmx:xhr:progress", onProgress);
}
