// Running clocks count on from the server's time: elements with data-due, and data-amber where they have one.
import { elapsedWords, now } from "./time.js";

const WORDS = { on_time: "On time", due_soon: "Due soon", overdue: "Overdue", uncertain: "Uncertain" };

// `sure` is from when on a clock with an uncertain start is surely overdue; an empty one is never reached.
function state(due, amber, time, sure) {
  if (sure === "") return "uncertain";
  if (time > due) return time > Date.parse(sure ?? "") || sure === undefined ? "overdue" : "uncertain";
  return amber && time >= amber ? "due_soon" : "on_time";
}

export function count(root = document) {
  const time = now();
  if (Number.isNaN(time)) return;
  for (const clock of root.querySelectorAll("[data-due]")) {
    if (clock.closest("[data-still]")) continue;
    const due = Date.parse(clock.dataset.due);
    const words = `${elapsedWords(due - time)} ${time > due ? "over" : "left"}`;
    const counter = clock.querySelector("[data-count]") ?? clock;
    if (counter.textContent !== words) counter.textContent = words;
    const next = state(due, Date.parse(clock.dataset.amber), time, clock.dataset.sure);
    if (clock.dataset.state === next) continue;
    clock.dataset.state = next;
    const word = clock.querySelector("[data-word]");
    if (word) Object.assign(word, { textContent: WORDS[next] }).dataset.state = next;
  }
}

setInterval(count, 1000);
document.addEventListener("visibilitychange", () => count());
count();
