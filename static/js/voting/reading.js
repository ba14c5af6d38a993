/**
 * Reading the pair on the screen: what scrolls and never votes, and which answers were visible.
 * The buttons with `data-scroll` read on or back: the prompt until its end, then both answers.
 */

const STEP = 0.85;
const NARROW = matchMedia("(max-width: 860px)");

/** Scroll one part; true if it moved. */
function scrollPart(part, direction) {
  const before = part.scrollTop;
  part.scrollTop += direction * STEP * part.clientHeight;
  return part.scrollTop !== before;
}

function scrollAll(parts, direction) {
  return parts.map((part) => scrollPart(part, direction)).some(Boolean);
}

/** Read on (1) or back (-1) in the comparison. */
export function read(comparison, direction) {
  const order = [[comparison.querySelector(".vote-prompt")], [...comparison.querySelectorAll(".pane")]];
  if (direction < 0) order.reverse();
  for (const parts of order) if (scrollAll(parts, direction)) return;
}

/** Which of both answers was not visible yet: "left", "right", or "" if none or on a wide screen. */
export function unseenAnswer(comparison) {
  if (!NARROW.matches) return "";
  const seen = new Set((comparison.dataset.seen ?? "").split(" "));
  seen.add(comparison.querySelector("#pane-right").checked ? "right" : "left");
  comparison.dataset.seen = [...seen].join(" ");
  return ["left", "right"].find((side) => !seen.has(side)) ?? "";
}

/** Show one answer where only one is shown at a time. */
export function showAnswer(comparison, side) {
  comparison.querySelector(`#pane-${side}`).checked = true;
}

/** Listen for the buttons that scroll; `current()` is the comparison, `changed()` is called
  * when another answer or another width of the screen is shown. */
export function startReading(current, changed) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scroll]");
    if (button && current()) read(current(), Number(button.dataset.scroll));
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "pane") changed();
  });
  NARROW.addEventListener("change", changed);
}
