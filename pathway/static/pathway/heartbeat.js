// What every page says of the loops that watch over the cases: how long ago they came round; asks every ten seconds.
import { announce } from "./announce.js";
import { calibrate, clockTime, elapsedWords, now } from "./time.js";

const EVERY = 10_000;
const LATE = 15_000;
const LOST = 60_000;
const line = document.querySelector("[data-heartbeat]");
const loops = [...document.querySelectorAll("[data-loop]")];
const troubles = document.querySelector("[data-troubles]");
const { pulse } = document.body.dataset;
let heardAt = now();
let failing = false;

/** The state for an age in milliseconds; without limits of its own, those of the check of the clocks. */
export function freshness(age, late = LATE, lost = LOST) {
  if (age <= late) return "fresh";
  return age <= lost ? "late" : "lost";
}

/** How the check of the clocks stands: fresh, late, lost or never. */
export const checked = () => line?.dataset.state ?? "fresh";

function say(loop, state, words) {
  loop.querySelector("[data-word]").textContent = words;
  loop.hidden = loop !== line && (state === "fresh" || state === "off");
  if (loop.dataset.state === state) return;
  loop.dataset.state = state;
  if (state !== "fresh" && state !== "off") announce(words, { quietly: true });
}

function drawLoop(loop) {
  const { checked: checkedAt, limits, never } = loop.dataset;
  if (loop.dataset.state === "off") return say(loop, "off", "");
  if (!checkedAt) return say(loop, "never", never);
  const age = Math.max(now() - Date.parse(checkedAt), 0);
  const state = freshness(age, ...limits.split(" ").map(Number));
  say(loop, state, loop.dataset[state].replace("{age}", elapsedWords(age)).replace("{since}", clockTime(Date.parse(checkedAt))));
}

function draw() {
  if (!line) return;
  if (failing && now() - heardAt > LATE) {
    const age = elapsedWords(now() - heardAt);
    say(line, freshness(now() - heardAt), `No contact with the server since ${clockTime(heardAt)}, ${age} ago`);
  } else {
    loops.forEach(drawLoop);
  }
}

function showTroubles(found) {
  const shown = [...troubles.children].map((each) => each.textContent.trim());
  if (found.map(({ said }) => said).join() === shown.join()) return;
  const made = found.map(({ state, said }) => {
    const [band, words] = [document.createElement("div"), document.createElement("p")];
    band.className = "app-heartbeat";
    band.dataset.state = state;
    words.className = "nhsuk-width-container";
    words.textContent = said;
    band.append(words);
    return band;
  });
  troubles.replaceChildren(...made);
  const news = found.filter(({ said }) => !shown.includes(said)).map(({ said }) => said);
  if (news.length) announce(news.join(" "), { quietly: true });
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
    const { now: time, loops: standing, troubles: found, unread } = await answer.json();
    calibrate(time);
    heardAt = now();
    failing = false;
    for (const loop of loops) {
      const { state, at } = standing[loop.dataset.loop];
      loop.dataset.checked = at ?? "";
      if ((state === "off") !== (loop.dataset.state === "off")) loop.dataset.state = state;
    }
    showTroubles(found);
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
