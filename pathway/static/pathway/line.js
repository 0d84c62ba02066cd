// Without a line the page at the bedside stays: a link that would lead nowhere is not followed, and what cannot wait says so.
import { announce } from "./announce.js";

const { pulse } = document.body.dataset;
const bedside = Boolean(document.querySelector("[data-later]"));
let lost = false;

/** What was sent last got through, or did not. */
export function gotThrough(yes) {
  lost = !yes;
}

async function reachable() {
  try {
    await fetch(pulse, { headers: { "X-Background": "1" }, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(5000) });
    gotThrough(true);
  } catch {
    gotThrough(false);
  }
  return !lost;
}

async function follow(link) {
  if (await reachable()) return location.assign(link.href);
  announce("No line: that page cannot be opened now. Stay here; what you press is kept, and sent by itself.");
}

async function sendNow(form, submitter) {
  if (await reachable()) {
    form.dataset.tried = "yes";
    return form.requestSubmit(submitter);
  }
  const note = form.querySelector(".app-kept") ?? form.appendChild(document.createElement("p"));
  note.className = "app-kept";
  note.setAttribute("role", "status");
  note.textContent = form.dataset.needsLine;
}

if (bedside) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || link.target || link.origin !== location.origin || link.getAttribute("href").startsWith("#")) return;
    if (!lost && navigator.onLine) return;
    event.preventDefault();
    follow(link);
  });
  const early = { capture: true };
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!form.dataset.needsLine || form.dataset.tried) return;
    event.preventDefault();
    event.stopPropagation();
    sendNow(form, submitter);
  }, early);
}
