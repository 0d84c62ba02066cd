// The server's time, as far as this page knows it. The client's clock is never shown and never trusted to be right.

let server = NaN;
let monotonic = 0;
let wall = 0;

// The larger of two measures: the monotonic one stands still while a machine sleeps, the wall clock may be set back.
const elapsed = () => Math.max(performance.now() - monotonic, Date.now() - wall, 0);

/** The server's time now, in milliseconds. It may run ahead after a change of the client's clock, never behind. */
export const now = () => server + elapsed();

/** An answer to a question just asked: its time is right. */
export function calibrate(iso, receivedAt = performance.now()) {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return;
  server = time;
  monotonic = receivedAt;
  wall = Date.now() - (performance.now() - receivedAt);
}

/** A message that may have been held up on its way: it can only show that it is later than thought. */
export function atLeast(iso) {
  if (!(Date.parse(iso) < now())) calibrate(iso);
}

/** `45 s`, `4 min 12 s`, `3 h 20 min`, `5 d 3 h`: as the server writes it. */
export function elapsedWords(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(seconds / 3600);
  if (minutes < 1) return `${seconds} s`;
  if (minutes < 10) return `${minutes} min ${seconds % 60} s`;
  if (hours < 1) return `${minutes} min`;
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const london = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", timeStyle: "medium" });

/** `09:40:12` on the clocks of the United Kingdom. */
export const clockTime = (milliseconds) => london.format(milliseconds);

const parts = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London", dateStyle: "short", timeStyle: "short", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", weekday: "short", day: "numeric", month: "short" });

/** `Sat, 28 Nov`, on the calendar of the United Kingdom. */
export const dayOf = (milliseconds) => day.format(milliseconds);

/** `2026-11-28` and `09:40`, as a form takes them, on the clocks of the United Kingdom. */
export const typedTime = (milliseconds) => parts.format(milliseconds).split(", ");

/** The time of day; of another day with that day: `from yesterday 15:40`, `from Thu, 26 Nov 15:40`. */
export function dayAndTime(milliseconds) {
  const [its, time] = typedTime(milliseconds);
  const [today, yesterday] = [now(), now() - 86_400_000].map((each) => typedTime(each)[0]);
  if (its === today) return clockTime(milliseconds);
  return `from ${its === yesterday ? "yesterday" : dayOf(milliseconds)} ${time}`;
}

const dated = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", dateStyle: "medium", timeStyle: "medium" });

/** `2 Mar 2026, 09:40:12` there, for what is read on another day. */
export const fullTime = (milliseconds) => dated.format(milliseconds);

const [navigation] = performance.getEntriesByType("navigation");
calibrate(document.body.dataset.now, navigation?.responseStart || performance.now());
