// How the entries stand that have not arrived: in a band on top of every page, and at the button that was pressed.
import { question } from "./question.js";
import { drop, entries } from "./safe.js";
import { dayAndTime } from "./time.js";

const OPENED = "pathway-opened"; // the refused entry that is put back into its form on the page that opens next
const SAYS = {
  sending: "being sent",
  waiting: "sent by itself as soon as there is a line",
  busy: "the server does not take it now; sent again by itself",
  elsewhere: "sent by itself once you have signed in again",
  refused: "not accepted: nothing was saved. Open its page, and enter it again if it still applies",
};
/** How each entry stands in this window; what was refused or has arrived says so itself. */
export const standing = new Map();
let drawn = "";

const made = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

export const stateOf = (entry) => (entry.refused ? "refused" : (standing.get(entry.id) ?? "waiting"));

function button(words, act) {
  const element = made("button", { type: "button", className: "app-link-button" }, words);
  element.addEventListener("click", act);
  return element;
}

async function throwAway({ id, words }, again) {
  if (!(await question(`Throw away “${words}”? It was not saved anywhere.`, "Throw it away", "Keep it"))) return;
  drop(id);
  draw(again);
}

/** All of an entry that was not accepted: why, and everything that was pressed and typed. */
function inFull({ id, reasons, read }) {
  const list = made("dl", {}, ...read.map(([label, value]) => made("div", {}, made("dt", {}, label), made("dd", {}, value))));
  const why = made("ul", {}, ...reasons.map((reason) => made("li", {}, reason)));
  const whole = made("details", { className: "app-more" }, made("summary", {}, "All that was entered"), list);
  whole.dataset.entry = id;
  return [...(reasons.length ? [why] : []), whole];
}

function line(entry, again) {
  const state = stateOf(entry);
  const item = made("li", {}, `${entry.words}, ${dayAndTime(entry.at)}: ${SAYS[state]}. `);
  if (state !== "refused") return item;
  const way = made("a", { href: entry.page }, "Open its page");
  way.addEventListener("click", () => sessionStorage.setItem(OPENED, entry.id));
  item.append(way, " ", button("Throw it away", () => throwAway(entry, again)), ...inFull(entry));
  return item;
}

function band(title, items, ...more) {
  const heading = made("h2", { className: "nhsuk-heading-s", tabIndex: -1 }, title);
  const section = made("section", { className: "app-unsent" }, heading, made("ul", {}, ...items), ...more);
  section.setAttribute("aria-label", title);
  return section;
}

function bands(found, again) {
  const [told, open] = [found.filter((entry) => entry.told), found.filter((entry) => !entry.told)];
  const read = (entry) => button("I have read this", () => (drop(entry.id), draw(again)));
  const news = told.map((entry) => made("li", {}, `${entry.words}, ${dayAndTime(entry.at)}. ${entry.told} `, read(entry)));
  const send = open.every(({ refused }) => refused) ? [] : [button("Send now", again)];
  const shown = [];
  if (told.length) shown.push(band("Sent, and reported as worse", news));
  shown.at(0)?.classList.add("app-unsent--worse");
  if (open.length) shown.push(band(`Not sent yet (${open.length})`, open.map((entry) => line(entry, again)), ...send));
  return shown;
}

/** Show how all entries stand; `again` sends what waits. What has not changed is left as it is. */
export async function draw(again) {
  const found = await entries();
  const now = JSON.stringify(found.map((entry) => [entry, stateOf(entry), dayAndTime(entry.at)]));
  for (const mark of document.querySelectorAll(".app-kept[data-entry]")) {
    const its = found.find(({ id }) => id === mark.dataset.entry);
    if (!its || its.told) mark.remove();
    else if (its.refused) mark.textContent = "Not accepted: see the top of this page";
  }
  if (now === drawn) return;
  drawn = now;
  const before = document.querySelector("[data-unsent]");
  const open = new Set([...(before?.querySelectorAll("details[open]") ?? [])].map(({ dataset }) => dataset.entry));
  const focused = before?.contains(document.activeElement);
  const place = made("div", {}, ...bands(found, again));
  place.dataset.unsent = "";
  for (const whole of place.querySelectorAll("details")) whole.open = open.has(whole.dataset.entry);
  if (before) before.replaceWith(place);
  else document.getElementById("announce").after(place);
  if (focused) place.querySelector("h2")?.focus();
}

/** Say at the button that was pressed how its entry stands. */
export function mark(submitter, id, words) {
  if (!submitter) return;
  const found = submitter.querySelector(".app-kept") ?? submitter.appendChild(made("span", { className: "app-kept" }));
  found.dataset.entry = id;
  found.textContent = words;
}

/** The refused entry whose page the person has just opened. */
export async function justOpened() {
  const id = sessionStorage.getItem(OPENED);
  sessionStorage.removeItem(OPENED);
  return id && (await entries()).find((entry) => entry.id === id && entry.page === location.pathname);
}
