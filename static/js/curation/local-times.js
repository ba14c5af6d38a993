/** Shows the times of [data-local] in the user's time zone; without a script they are in UTC. */

/** Write the times below `root` in the user's time zone. */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.textContent = clockTime(new Date(time.dateTime));
  }
}

const LANGUAGE = document.documentElement.lang || "en";
// Pages write "20 Nov", as in Britain.
const LOCALE = LANGUAGE === "en" ? "en-GB" : LANGUAGE;
const CLOCK = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
const TODAY = new Intl.DateTimeFormat(LOCALE, CLOCK);
const OTHER_DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", ...CLOCK });

/** A time with its zone: "10:42 CET" today, "20 Nov, 10:42 CET" on other days. */
export function clockTime(date) {
  const isToday = date.toDateString() === new Date().toDateString();
  return (isToday ? TODAY : OTHER_DAY).format(date);
}
