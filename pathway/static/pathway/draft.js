// What is typed into a form that may be put aside is saved on the server a moment later, as a draft and never as an
// entry. Sending the form stops that; leaving it with Cancel throws the draft away, leaving it otherwise saves it at once.
import { clockTime, now } from "./time.js";

const PAUSE = 1500;
const waiting = new Map();

function told(form, words, wrong) {
  let line = form.querySelector(".app-draft__state");
  if (!line) {
    line = Object.assign(document.createElement("p"), { className: "app-draft__state" });
    form.append(line);
  }
  wrong ? line.setAttribute("role", "status") : line.removeAttribute("role");
  line.textContent = words;
}

// A request that began may end after the page was left.
function send(form, later, signal) {
  const body = new FormData(form);
  body.set("later", later);
  const headers = { "X-Background": "1" };
  return fetch(form.action, { method: "POST", body: new URLSearchParams(body), headers, redirect: "manual", keepalive: true, signal });
}

async function save(form) {
  const stop = new AbortController();
  waiting.set(form, { stop });
  const answer = await send(form, "auto", stop.signal).catch(() => null);
  if (stop.signal.aborted) return;
  if (answer?.status === 204) told(form, `Saved as a draft at ${clockTime(now())}. Not sent yet.`);
  else if (answer?.status === 409) told(form, "This form was sent already.", true);
  else told(form, "Not saved as a draft: the server did not take it. What you type stays on this page.", true);
}

function halt(form) {
  const { timer, stop } = waiting.get(form) ?? {};
  clearTimeout(timer);
  stop?.abort();
  waiting.set(form, {});
}

document.addEventListener("input", ({ target }) => {
  const { form } = target;
  if (!form?.matches("[data-draft]")) return;
  halt(form);
  waiting.set(form, { timer: setTimeout(save, PAUSE, form) });
});
document.addEventListener("submit", ({ target }) => halt(target));
addEventListener("pagehide", () => {
  for (const [form, { timer }] of waiting) if (timer) send(form, "auto").catch(() => null);
});
document.addEventListener("click", ({ target }) => {
  const form = target.closest("a.app-cancel:not([data-keep])")?.closest("form[data-draft]");
  if (!form || !waiting.has(form)) return;
  halt(form);
  send(form, "throw").catch(() => null);
});
