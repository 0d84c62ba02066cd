// What is typed into a form that may be put aside is saved on the server a moment later, as a draft and never as an
// entry. Sending the form stops that; leaving it with Cancel throws the draft away.
import { clockTime, now } from "./time.js";

const PAUSE = 1500;
const waiting = new WeakMap();

function told(form, words, wrong) {
  let line = form.querySelector(".app-draft__state");
  if (!line) {
    line = Object.assign(document.createElement("p"), { className: "app-draft__state" });
    form.append(line);
  }
  wrong ? line.setAttribute("role", "status") : line.removeAttribute("role");
  line.textContent = words;
}

function send(form, later, options) {
  const body = new FormData(form);
  body.set("later", later);
  const headers = { "X-Background": "1" };
  return fetch(form.action, { method: "POST", body: new URLSearchParams(body), headers, redirect: "manual", ...options });
}

async function save(form) {
  const stop = new AbortController();
  waiting.set(form, { stop });
  const answer = await send(form, "auto", { signal: stop.signal }).catch(() => null);
  if (stop.signal.aborted) return;
  if (answer?.status === 204) told(form, `Saved as a draft at ${clockTime(now())}. Not sent yet.`);
  else if (answer?.status === 409) told(form, "This form was sent already.", true);
  else told(form, "Not saved as a draft: the server did not take it. What you type stays on this page.", true);
}

function halt(form) {
  const { timer, stop } = waiting.get(form) ?? {};
  clearTimeout(timer);
  stop?.abort();
}

document.addEventListener("input", ({ target }) => {
  const { form } = target;
  if (!form?.matches("[data-draft]")) return;
  halt(form);
  waiting.set(form, { timer: setTimeout(save, PAUSE, form) });
});
document.addEventListener("submit", ({ target }) => halt(target));
document.addEventListener("click", ({ target }) => {
  const form = target.closest("a.app-cancel")?.closest("form[data-draft]");
  if (!form || !waiting.has(form)) return;
  halt(form);
  send(form, "throw", { keepalive: true }).catch(() => null);
});
