/** Times of [data-local] in the reader's own clock; without a script they are in UTC and say so. */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.textContent = clockTime(new Date(time.dateTime));
  }
}

/** "10:42" today, "20 Nov, 10:42" on other days. */
export function clockTime(date) {
  const clock = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === new Date().toDateString()) return clock;
  return `${date.toLocaleDateString([], { day: "numeric", month: "short" })}, ${clock}`;
}
