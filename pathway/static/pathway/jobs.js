// The list of jobs, read again every two seconds while one of them goes on; what ended is said.
import { announce } from "./announce.js";

const EVERY = 2_000;
const region = document.querySelector("[data-jobs]");
const goesOn = () => Boolean(region.querySelector("[data-unfinished=yes]"));
const states = () => new Map([...region.querySelectorAll("[data-job]")].map((row) => [row.dataset.job, row.dataset.state]));

function tellOf(before) {
  const ended = [...states()].filter(([job, state]) => before.has(job) && before.get(job) !== state && state !== "running");
  for (const [job, state] of ended) announce(`${document.getElementById(`job-${job}`).textContent}: ${state}`, { quietly: true });
}

async function read() {
  if (document.hidden) return;
  const options = { headers: { "X-Background": "1" }, redirect: "manual", cache: "no-store" };
  const answer = await fetch(region.dataset.jobs, { ...options, signal: AbortSignal.timeout(10_000) });
  if (answer.type === "opaqueredirect" || answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const [before, focused] = [states(), region.contains(document.activeElement) ? document.activeElement.id : ""];
  region.replaceChildren(template.content);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  tellOf(before);
}

async function again() {
  await read().catch(() => {}); // the server is away: the next time
  if (goesOn()) setTimeout(again, EVERY);
}

if (region && goesOn()) setTimeout(again, EVERY);
