// What was typed into a form is not lost. Where a session ended too early it is kept in this tab, and put back after the
// same person signed in again on the same page, never sent by that. What was sent from the bedside without a line is kept
// on this device, locked with a key that only this person's pages hold, and sent by itself, once.
import { announce } from "./announce.js";
import { release } from "./forms.js";
import { clockTime, now } from "./time.js";

const KEY = "pathway-typed";
const { user, lock } = document.body.dataset;
const page = location.pathname + location.search;
const windows = new BroadcastChannel("pathway-signed-out");

function fieldsOf(form) {
  return [...form.elements].filter(({ id, name, type }) => id && name && !["hidden", "password", "submit", "file"].includes(type));
}

// Nobody chose what a list begins with: it is no loss where it finds no place.
function labelOf(field) {
  const asItWas = field.type === "select-one" && field.selectedOptions[0]?.defaultSelected;
  return asItWas ? "" : (field.labels?.[0]?.textContent.trim() ?? "");
}

function keep(form) {
  if (!user || form?.method !== "post") return;
  const value = (field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value);
  const fields = fieldsOf(form).map((field) => [field.id, value(field), labelOf(field)]);
  const key = form.elements.submission?.value;
  if (fields.length) sessionStorage.setItem(KEY, JSON.stringify({ user, page, fields, key }));
}

const forget = () => sessionStorage.removeItem(KEY);

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

// Under the key of its first sending: were that one recorded after all, sending it again makes nothing.
function putBack({ fields, key }) {
  let form = null;
  const homeless = [];
  for (const [id, value, label] of fields) {
    const field = document.getElementById(id);
    if (field?.form?.method === "post") {
      field[typeof value === "boolean" ? "checked" : "value"] = value;
      form = field.form;
    } else if (label && value) homeless.push(value === true ? label : `${label}: ${value}`);
  }
  for (let around = form?.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  if (form?.elements.submission && key) form.elements.submission.value = key;
  document.querySelector(`.app-draft[data-key="${key}"]`)?.remove();
  say(form, homeless);
  if (form) keep(form);
}

function say(form, homeless) {
  if (!form && !homeless.length) return;
  const note = document.createElement("div");
  note.className = "nhsuk-inset-text app-message";
  note.tabIndex = -1;
  const line = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
  if (form) note.append(line("p", "What you had typed was put back; nothing has been saved yet."));
  if (homeless.length) {
    const list = document.createElement("ul");
    list.append(...homeless.map((words) => line("li", words)));
    note.append(line("p", "The page has changed, and has no place any more for this that you had typed:"), list);
  }
  (form ?? document.querySelector("main")).prepend(note);
  note.focus();
}

const found = kept();
if (found && user && !document.querySelector("[data-again]")) {
  forget();
  if (found.lost && found.user === user && found.page === page) putBack(found);
} else if (found) {
  sessionStorage.setItem(KEY, JSON.stringify({ ...found, lost: true }));
}

document.addEventListener("input", ({ target }) => keep(target.form));
document.addEventListener("submit", ({ target }) => {
  if (!target.matches("[data-sign-out]")) return keep(target);
  forget();
  windows.postMessage("signed out");
});
windows.addEventListener("message", forget);

// Not sent yet: one locked item an entry, so that two windows never write over each other.
const UNSENT = "pathway-not-sent:";
const SHOWN = "pathway-refused"; // the entry that the server refuses on the very page that opens next
const AGAIN = 10_000;
const able = Boolean(user && lock && globalThis.crypto?.subtle && navigator.locks);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const key = able && crypto.subtle.importKey("raw", bytes(lock), "AES-GCM", false, ["encrypt", "decrypt"]);
const SAYS = {
  sending: "being sent",
  waiting: "sent by itself as soon as there is a line",
  elsewhere: "sent by itself once you have signed in again",
  refused: "not accepted: nothing was saved. Open its page, and enter it again if it still applies",
};
const standing = new Map(); // how each entry stands in this window; what was refused says so itself

async function store(entry) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(JSON.stringify(entry)));
  localStorage.setItem(UNSENT + entry.id, JSON.stringify({ user, iv: text(iv), box: text(box) }));
}

async function unlocked(name) {
  try {
    const { user: whose, iv, box } = JSON.parse(localStorage.getItem(name));
    if (whose !== user) return null;
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(iv) }, await key, bytes(box));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null; // another person's, or of another key: it stays as it is
  }
}

async function unsent() {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(UNSENT));
  const entries = (await Promise.all(names.map(unlocked))).filter(Boolean);
  return entries.sort((one, other) => one.at - other.at);
}

const drop = (id) => localStorage.removeItem(UNSENT + id);

/** How the entry stands, and where the page goes that made it. The server takes one form once, however often it comes. */
async function send({ url, body }, again) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const headers = { "X-Kept": user, "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded" };
  if (again) headers["X-Waited"] = "yes"; // what was recorded meanwhile is newer than this
  try {
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(AGAIN) });
    if (answer.status === 201) return { state: "sent", to: answer.headers.get("Location") };
    if (answer.type === "opaqueredirect" || answer.status === 401) return { state: "elsewhere" };
    return { state: answer.status >= 500 ? "waiting" : "refused" };
  } catch {
    return { state: "waiting" };
  }
}

function button(words, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "app-link-button", textContent: words });
  made.addEventListener("click", act);
  return made;
}

function line(entry) {
  const state = entry.refused ? "refused" : (standing.get(entry.id) ?? "waiting");
  const made = document.createElement("li");
  made.append(`${entry.words}, ${clockTime(entry.at)}: ${SAYS[state]}. `);
  if (state !== "refused") return made;
  const way = Object.assign(document.createElement("a"), { href: entry.page, textContent: "Open its page" });
  made.append(way, " ", button("Throw it away", () => (drop(entry.id), draw())));
  return made;
}

async function draw() {
  const entries = await unsent();
  const before = document.querySelector("[data-unsent]");
  if (!entries.length) return before?.remove();
  const band = document.createElement("section");
  band.className = "app-unsent";
  band.dataset.unsent = "";
  band.setAttribute("aria-label", "Not sent yet");
  const title = Object.assign(document.createElement("h2"), { className: "nhsuk-heading-s", textContent: `Not sent yet (${entries.length})` });
  const list = document.createElement("ul");
  list.append(...entries.map(line));
  band.append(title, list, ...(entries.every(({ refused }) => refused) ? [] : [button("Send now", sendAll)]));
  if (before) before.replaceWith(band);
  else document.getElementById("announce").after(band);
}

const untouched = () => [...document.querySelectorAll("[data-later]")].every((form) => [...form.elements].every((field) => field.type === "hidden" || field.value === (field.defaultValue ?? field.value)));

async function sendOne(entry, again) {
  standing.set(entry.id, "sending");
  const { state, to } = await send(entry, again);
  standing.set(entry.id, state);
  if (state === "sent") drop(entry.id);
  if (state === "refused") await store({ ...entry, refused: true });
  return { state, to };
}

/** One window sends at a time; what was refused is never sent again by itself: the person may have entered it anew. */
function sendAll() {
  return navigator.locks.request("pathway-not-sent", { ifAvailable: true }, async (mine) => {
    if (!mine) return;
    let goesTo = "";
    for (const entry of await unsent()) {
      if (entry.refused || standing.get(entry.id) === "sending") continue;
      const { state, to } = await sendOne(entry, true);
      if (state !== "sent") continue;
      announce(`Sent: ${entry.words}, ${clockTime(entry.at)}.`);
      if (entry.page === location.pathname) goesTo = to;
    }
    await draw();
    if (goesTo && untouched()) location.assign(goesTo);
  });
}

function entryOf(form, submitter) {
  const data = new FormData(form, submitter);
  data.delete("csrfmiddlewaretoken");
  if (!data.get("happened_at_date") && !data.get("happened_at_time")) data.set("happened_at", new Date(now()).toISOString());
  const chosen = submitter?.name ? submitter.innerText.replace(/\s+/g, " ").trim() : "";
  const words = [form.dataset.later, chosen, data.get("note")].filter(Boolean).join(": ");
  return { id: data.get("submission"), url: form.action, page: location.pathname, words, at: now(), body: new URLSearchParams(data).toString() };
}

/** As any other form: the server answers on its own page, with what was typed. */
function plainly(form, submitter) {
  release(form);
  form.dataset.plain = "yes";
  form.requestSubmit(submitter);
}

async function later(form, submitter) {
  const entry = entryOf(form, submitter);
  standing.set(entry.id, "sending");
  try {
    await store(entry);
  } catch {
    return plainly(form, submitter); // no room on this device
  }
  forget();
  draw();
  const { state, to } = await sendOne(entry, false);
  if (state === "sent") return location.assign(to);
  if (state === "refused") {
    sessionStorage.setItem(SHOWN, entry.id);
    return plainly(form, submitter);
  }
  release(form);
  form.reset();
  form.elements.submission.value = crypto.randomUUID();
  await draw();
  if (state === "elsewhere") location.assign(page);
}

const shown = sessionStorage.getItem(SHOWN);
sessionStorage.removeItem(SHOWN);
if (shown && (document.querySelector("[data-typed]") || page.endsWith(`done=${shown}`))) drop(shown);

if (able) {
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !form.matches("[data-later]") || form.dataset.plain) return;
    event.preventDefault();
    later(form, submitter);
  });
  sendAll();
  setInterval(() => document.hidden || sendAll(), AGAIN);
  addEventListener("online", sendAll);
}
