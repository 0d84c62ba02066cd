// Two minutes before the idle limit the page says so and offers to stay; at the limit it goes to the sign-in page.
import { clockTime, now } from "./time.js";

const WARNING = 120_000;
const TYPING_COUNTS_EVERY = 300_000;
const { idle, stay } = document.body.dataset;
const limit = Number(idle) * 1000;
const tabs = new BroadcastChannel("pathway-activity");
let activeAt = now();
let typedAt = 0;
let warning = null;

function active() {
  activeAt = now();
  warning?.remove();
  warning = null;
}

async function stayHere() {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const answer = await fetch(stay, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
  if (!answer.ok) return false;
  active();
  tabs.postMessage("active");
  return true;
}

function warn() {
  warning = document.createElement("div");
  warning.className = "app-idle";
  warning.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = `You will be signed out at ${clockTime(activeAt + limit)} because nothing was done here for a while.`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "nhsuk-button nhsuk-button--small";
  button.textContent = "Stay signed in";
  button.addEventListener("click", async () => (await stayHere()) || again());
  warning.append(words, button);
  document.body.append(warning);
}

// Not reload(): a page that answered a form would ask whether to send it once more.
const again = () => location.replace(location.pathname + location.search);

function watch() {
  const left = activeAt + limit - now();
  // What is being sent is not cut off: the server ends the session by itself.
  if (left <= -2000) document.querySelector("form[data-sent]") || again();
  else if (left <= Math.min(WARNING, limit / 3) && !warning) warn();
}

if (limit && stay) {
  setInterval(watch, 1000);
  document.addEventListener("visibilitychange", watch);
  tabs.addEventListener("message", active);
  tabs.postMessage("active");
  document.addEventListener("input", () => {
    if (now() - Math.max(typedAt, activeAt) < Math.min(TYPING_COUNTS_EVERY, limit / 6)) return;
    typedAt = now();
    stayHere();
  });
}
