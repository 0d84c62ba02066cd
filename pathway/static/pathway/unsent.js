// What was pressed at the bedside without a line is kept on this device, locked, and sent by itself, once, with its time.
import { announce } from "./announce.js";
import { draw as drawn, justOpened, mark, standing } from "./band.js";
import { entryOf, formOf } from "./entry.js";
import { release } from "./forms.js";
import { forget, putBack } from "./kept.js";
import { gotThrough } from "./line.js";
import { question } from "./question.js";
import { able, drop, entries, howMany, isEntry, store } from "./safe.js";
import { clockTime, dayAndTime, now } from "./time.js";

const SHOWN = "pathway-refused"; // the entry that the server refuses on the very page that opens next
const SAID = "pathway-said"; // what the page says that comes next, and which page that is
const JUST = "pathway-just-kept"; // the sign-in page says that what was pressed last is kept
const AGAIN = 10_000;
const TWICE = 60_000; // the same button within this time may have been pressed for want of an answer
const ENTER = "enter"; // the button of a form that stands for no choice
const { user } = document.body.dataset;
const page = location.pathname + location.search;
const windows = new BroadcastChannel("pathway-sent");
const draw = () => drawn(sendAll);

const count = (number, one, many) => (number === 1 ? `1 ${one}` : `${number} ${many}`);

function reasonsIn(answer) {
  const found = new DOMParser().parseFromString(answer, "text/html");
  const summary = [...found.querySelectorAll(".nhsuk-error-summary__list li")];
  return (summary.length ? summary : [...found.querySelectorAll("main > p:not([class])")]).map((line) => line.textContent.trim());
}

/** How the entry stands, and what the server says. It takes one form once, however often it comes; only what it marks as
 * refused is refused: what a gateway says may be otherwise in a minute. */
async function send(entry, again) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const headers = { "X-Kept": user, "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded" };
  if (again) headers["X-Waited"] = "yes"; // what was recorded meanwhile is newer than this
  try {
    const answer = await fetch(entry.url, { method: "POST", headers, body: formOf(entry, again), redirect: "manual", signal: AbortSignal.timeout(AGAIN) });
    gotThrough(true);
    if (answer.status === 201) return { state: "sent", to: answer.headers.get("Location"), ...(await answer.json()) };
    if (answer.type === "opaqueredirect" || answer.status === 401) return { state: "elsewhere" };
    if (answer.headers.get("X-Refused")) return { state: "refused", reasons: reasonsIn(await answer.text()) };
    return { state: "busy" };
  } catch {
    gotThrough(false);
    return { state: "waiting" };
  }
}

async function sendOne(entry, again) {
  standing.set(entry.id, "sending");
  const answer = await send(entry, again);
  standing.set(entry.id, answer.state);
  if (answer.state !== "sent") return answer;
  if (answer.worse) await store({ ...entry, told: answer.worse });
  else drop(entry.id);
  windows.postMessage({ page: entry.page, to: answer.to });
  return answer;
}

const untouched = () => [...document.querySelectorAll("[data-later]")].every((form) => [...form.elements].every((field) => field.type === "hidden" || field.value === (field.defaultValue ?? field.value)));
const isHere = (from, to) => from === location.pathname || new URL(to, location).pathname === location.pathname;

/** On to the page of what was sent, which says so itself. */
function goOn({ to, said }) {
  sessionStorage.setItem(SAID, JSON.stringify({ to, said }));
  location.assign(to);
}

/** One window sends at a time; what was refused is never sent again by itself: the person may have entered it anew. */
function sendAll() {
  return navigator.locks.request("pathway-not-sent", { ifAvailable: true }, async (mine) => {
    if (!mine) return;
    let next = null;
    for (const entry of await entries()) {
      if (entry.refused || entry.told || standing.get(entry.id) === "sending") continue;
      const answer = await sendOne(entry, true);
      if (answer.state === "refused") {
        await store({ ...entry, refused: true, reasons: answer.reasons });
        announce(`Not accepted: ${entry.words}, ${dayAndTime(entry.at)}. Nothing was saved of it.`);
      }
      if (answer.state !== "sent") continue;
      announce(`Sent: ${entry.words}, ${dayAndTime(entry.at)}. ${answer.worse}`);
      if (isHere(entry.page, answer.to)) next = answer;
    }
    await draw();
    if (next && untouched()) goOn(next);
  });
}

/** As any other form: the server answers on its own page, with what was typed. */
function plainly(form, submitter) {
  release(form);
  form.dataset.plain = "yes";
  form.requestSubmit(submitter);
}

async function pressedTwice({ id, what, chosen, title, at }) {
  const twin = (await entries()).find((each) => each.id !== id && each.what === what && !each.refused && !each.told && Math.abs(at - each.at) < TWICE);
  return Boolean(twin) && !(await question(`${chosen || title} waits already, from ${clockTime(twin.at)}. Another entry?`, "Yes, another entry", "No, once is right"));
}

async function later(form, submitter) {
  const entry = entryOf(form, submitter);
  if (await pressedTwice(entry)) return release(form);
  standing.set(entry.id, "sending");
  try {
    await store(entry);
  } catch {
    return plainly(form, submitter); // no room on this device
  }
  forget();
  mark(submitter, entry.id, "Being sent");
  const answer = await sendOne(entry, false);
  if (answer.state === "sent") return goOn(answer);
  if (answer.state === "refused") {
    sessionStorage.setItem(SHOWN, entry.id);
    return plainly(form, submitter);
  }
  release(form);
  form.reset();
  form.elements.submission.value = crypto.randomUUID();
  mark(submitter, entry.id, `Kept, not sent yet, ${clockTime(entry.at)}`);
  announce(`Kept, not sent yet: ${entry.chosen || entry.title}.`);
  await draw();
  if (answer.state !== "elsewhere") return;
  sessionStorage.setItem(JUST, "yes");
  location.assign(page);
}

function sayOnce() {
  const { to, said } = JSON.parse(sessionStorage.getItem(SAID) ?? "{}");
  sessionStorage.removeItem(SAID);
  if (to !== page || !said) return;
  const done = document.querySelector(".app-done h2");
  const note = Object.assign(document.createElement(done ? "p" : "div"), { className: done ? "" : "nhsuk-inset-text app-message", textContent: said });
  Object.assign(note.dataset, { said: "", level: "success" });
  note.setAttribute("role", "status");
  (done ?? document.getElementById("announce")).after(note);
}

/** What this very page shows needs no place of its own any more. Whether it was taken where it does not show it, the
 * server says: it is sent again. */
async function arrived() {
  const [refused, done] = [sessionStorage.getItem(SHOWN), new URLSearchParams(location.search).get("done")];
  sessionStorage.removeItem(SHOWN);
  if (refused && document.querySelector("[data-typed]")) drop(refused);
  if (done && document.querySelector(".app-done")) drop(done);
  const opened = await justOpened();
  if (opened) putBack({ fields: opened.fields, key: opened.id, pressed: opened.chosen });
}

/** On the sign-in page: how many entries this device keeps, of whomever. */
function sayWhatWaits(place) {
  const [number, just] = [howMany(), sessionStorage.getItem(JUST)];
  sessionStorage.removeItem(JUST);
  if (!number) return;
  const pressed = just ? "What you pressed last was kept. " : "";
  const are = number === 1 ? "is" : "are";
  place.hidden = false;
  place.textContent = `${pressed}${count(number, "entry", "entries")} that ${are} not sent yet ${are} kept on this device, and sent once whoever made ${number === 1 ? "it" : "them"} has signed in here again.`;
}

async function signOut(form) {
  const number = howMany();
  const [are, stay] = number === 1 ? ["is", "it stays"] : ["are", "they stay"];
  const words = `${count(number, "entry", "entries")} ${are} not sent yet: ${stay} on this device until you sign in here again.`;
  if (!(await question(words, "Sign out", "Stay signed in"))) return;
  form.dataset.sure = "yes";
  form.requestSubmit();
}

function listen() {
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !form.matches("[data-later]") || form.dataset.plain) return;
    event.preventDefault();
    if (submitter?.name !== ENTER) return later(form, submitter);
    release(form);
    announce("Nothing was recorded. Press the button that you mean.");
  });
  const early = { capture: true };
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]:not([data-sure])") || !howMany()) return;
    event.preventDefault();
    event.stopPropagation();
    signOut(event.target);
  }, early);
  addEventListener("storage", ({ key }) => isEntry(key) && draw());
  windows.addEventListener("message", ({ data }) => isHere(data.page, data.to) && untouched() && location.assign(data.to));
  addEventListener("online", sendAll);
  setInterval(() => document.hidden || sendAll(), AGAIN);
}

const signIn = document.querySelector("[data-waits-here]");
if (signIn) sayWhatWaits(signIn);
if (able) {
  listen();
  sayOnce();
  arrived().then(draw).then(sendAll);
}
