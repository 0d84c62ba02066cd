// Running clocks count on from the server's time: elements with data-due, and data-amber where they have one.
import { elapsedWords, now } from "./time.js";

const WORDS = { on_time: "On time", due_soon: "Due soon", overdue: "Overdue" };

function state(due, amber, time) {
  if (time > due) return "overdue";
  return amber && time >= amber ? "due_soon" : "on_time";
}

export function count(root = document) {
  const time = now();
  if (Number.isNaN(time)) return;
  for (const clock of root.querySelectorAll("[data-due]")) {
    const due = Date.parse(clock.dataset.due);
    const words = `${elapsedWords(due - time)} ${time > due ? "over" : "left"}`;
    const counter = clock.querySelector("[data-count]") ?? clock;
    if (counter.textContent !== words) counter.textContent = words;
    const next = state(due, Date.parse(clock.dataset.amber), time);
    if (clock.dataset.state === next) continue;
    clock.dataset.state = next;
    const word = clock.querySelector("[data-word]");
    if (word) Object.assign(word, { textContent: WORDS[next] }).dataset.state = next;
  }
}

setInterval(count, 1000);
document.addEventListener("visibilitychange", () => count());
count();
