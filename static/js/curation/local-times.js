/** Times of [data-local] in the reader's own clock; without a script they are in UTC and say so. */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.textContent = clockTime(new Date(time.dateTime));
  }
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** "10:42 CET" today, "20 Nov, 10:42 CET" on other days: with the zone, as everywhere else. */
export function clockTime(date) {
  const clock = CLOCK.format(date);
  return date.toDateString() === new Date().toDateString() ? clock : `${DAY.format(date)}, ${clock}`;
}
