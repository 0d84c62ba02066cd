// The line on every page that says how long ago the clocks were checked; asks the server every ten seconds.
import { announce } from "./announce.js";
import { calibrate, clockTime, elapsedWords, now } from "./time.js";

const EVERY = 10_000;
const LATE = 15_000;
const LOST = 60_000;
const line = document.querySelector("[data-heartbeat]");
const { pulse } = document.body.dataset;
let heardAt = now();
let failing = false;

/** The state for an age in milliseconds, the same for every line that says how old something is. */
export function freshness(age) {
  if (age <= LATE) return "fresh";
  return age <= LOST ? "late" : "lost";
}

/** How the check of the clocks stands: fresh, late, lost or never. */
export const checked = () => line?.dataset.state ?? "fresh";

function say(state, words) {
  line.querySelector("[data-word]").textContent = words;
  if (line.dataset.state === state) return;
  line.dataset.state = state;
  if (state !== "fresh") announce(words, { quietly: true });
}

function draw() {
  if (!line) return;
  const { checked: checkedAt, never } = line.dataset;
  if (failing && now() - heardAt > LATE) {
    const age = elapsedWords(now() - heardAt);
    say(freshness(now() - heardAt), `No contact with the server since ${clockTime(heardAt)}, ${age} ago`);
  } else if (checkedAt) {
    const age = now() - Date.parse(checkedAt);
    const state = freshness(age);
    say(state, line.dataset[state].replace("{}", elapsedWords(Math.max(age, 0))));
  } else {
    say("never", never);
  }
}

function showUnread(unread) {
  const place = document.querySelector("[data-unread]");
  if (!place) return;
  place.querySelector("[data-count]").textContent = unread;
  place.hidden = !unread;
}

export async function ask() {
  if (document.hidden || !pulse) return;
  try {
    const options = { headers: { "X-Background": "1" }, redirect: "manual", cache: "no-store" };
    const answer = await fetch(pulse, { ...options, signal: AbortSignal.timeout(8000) });
    if (answer.type === "opaqueredirect" || answer.status === 401) return location.replace(location.pathname + location.search);
    if (!answer.ok) throw new Error(answer.statusText);
    const { now: time, checked_at: checkedAt, unread } = await answer.json();
    calibrate(time);
    heardAt = now();
    failing = false;
    line.dataset.checked = checkedAt ?? "";
    showUnread(unread);
  } catch {
    failing = true;
  }
  draw();
}

if (line && pulse) {
  setInterval(draw, 1000);
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
  addEventListener("pageshow", (event) => event.persisted && ask());
  addEventListener("online", ask);
}
