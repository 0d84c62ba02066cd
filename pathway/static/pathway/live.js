// Keeps a region of the page as the server has it: rows that changed are read again, and the whole on every connect.
import { announce } from "./announce.js";
import { count } from "./clocks.js";
import { ask, checked, freshness } from "./heartbeat.js";
import { atLeast, calibrate, clockTime, elapsedWords, fullTime, now } from "./time.js";

const SILENT = 12_000; // a stream that said nothing for so long is taken for dead
const POLL = 5_000;
const MANY = 8; // from so many changed rows on, the whole table is one read
const NEW_FOR = 20_000;
const STATES = ["fresh", "late", "lost", "never"];
const UNCHECKED = {
  late: "its clocks are checked late.",
  lost: "its clocks are not being checked: watch the due times yourself.",
  never: "its clocks are not being checked: watch the due times yourself.",
};
const region = document.querySelector("[data-live]");
const status = document.querySelector("[data-live-status]");
const printed = document.querySelector("[data-printed]");
let stream = null;
let streamHeard = -Infinity;
let asOf = now();
let readAt = -Infinity;
let whole = false;
let reading = false;
let behind = false;
let silent = false;
let ticked = Date.now();
const changed = new Set();

const rowOf = (uuid, root = region) => root.querySelector(`[data-case="${CSS.escape(uuid)}"]`);
const alertsOf = (root) => new Map([...root.querySelectorAll("[data-alerts]")].map((row) => [row.dataset.case, Number(row.dataset.alerts)]));

/** An address with the page's own query, which the address's own goes before. */
function asked(address) {
  const url = new URL(address, location);
  for (const [name, value] of new URLSearchParams(location.search)) url.searchParams.append(name, value);
  return url;
}

async function fetched(address) {
  const options = { headers: { "X-Background": "1" }, redirect: "manual", cache: "no-store" };
  const answer = await fetch(asked(address), { ...options, signal: AbortSignal.timeout(10_000) });
  if (answer.type === "opaqueredirect" || answer.status === 401) {
    location.reload();
    throw new Error("signed out");
  }
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(answer.statusText);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const time = template.content.querySelector("[data-read-at]")?.dataset.readAt;
  if (!time) throw new Error("not a part of this page");
  calibrate(time);
  return { content: template.content, time: Date.parse(time) };
}

function keepingFocus(change) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const selector = focused?.id ? `#${CSS.escape(focused.id)}` : focused?.href ? `a[href="${CSS.escape(focused.getAttribute("href"))}"]` : "";
  change();
  if (selector && !focused.isConnected) region.querySelector(selector)?.focus({ preventScroll: true });
}

function tellOfEscalations(before) {
  const rows = [...alertsOf(region)].filter(([uuid, alerts]) => alerts > (before.get(uuid) ?? 0));
  for (const [uuid] of rows) {
    const row = rowOf(uuid);
    row.dataset.new = "";
    setTimeout(() => delete row.dataset.new, NEW_FOR);
  }
  if (rows.length === 1) announce(`New escalation: ${rowOf(rows[0][0]).dataset.label}`);
  if (rows.length > 1) announce(`${rows.length} new escalations`);
  if (rows.length) ask();
}

async function readWhole() {
  const found = await fetched(region.dataset.table);
  if (!found) return location.reload();
  keepingFocus(() => region.replaceChildren(found.content));
  asOf = found.time;
}

async function readRow(uuid) {
  const old = rowOf(uuid);
  const found = await fetched(`${region.dataset.row}${uuid}/`);
  const fresh = found && rowOf(uuid, found.content);
  // A row that came, went or moves to another place: the order and the counts are the table's to say.
  if (!old !== !fresh || old?.dataset.sort !== fresh?.dataset.sort) return void (whole = true);
  if (fresh) keepingFocus(() => old.replaceWith(fresh));
}

async function read() {
  if (reading || document.hidden) return;
  reading = true;
  readAt = now();
  const before = alertsOf(region);
  try {
    do {
      if (whole || !region.dataset.row || changed.size >= MANY) {
        whole = false;
        changed.clear();
        await readWhole();
      }
      for (const uuid of region.dataset.row ? changed : []) {
        changed.delete(uuid);
        await readRow(uuid);
      }
    } while (whole || changed.size);
    behind = false;
  } catch {
    behind = whole = true;
  }
  reading = false;
  tellOfEscalations(before);
  count(region);
  draw();
}

let soon = 0;
function readSoon() {
  soon ||= setTimeout(() => {
    soon = 0;
    read();
  }, 150);
}

function onChanged({ data }) {
  streamHeard = now();
  const { only } = region.dataset;
  if (!data) whole = true;
  else if (!only || only === data) changed.add(data);
  if (whole || changed.size) readSoon();
}

function onBeat({ data }) {
  atLeast(data);
  streamHeard = now();
  silent = false;
  if (!reading && !behind && !whole && !changed.size) asOf = Math.max(asOf, Date.parse(data));
}

function connect() {
  stream?.close();
  streamHeard = now();
  stream = new EventSource(region.dataset.stream);
  stream.addEventListener("open", () => {
    whole = true;
    readSoon();
  });
  stream.addEventListener("changed", onChanged);
  stream.addEventListener("beat", onBeat);
}

function draw() {
  const age = now() - asOf;
  const own = freshness(age);
  // Of the two lines of a page the worse one counts: what is current is not well where nobody checks its clocks.
  const state = STATES[Math.max(STATES.indexOf(own), STATES.indexOf(checked()))];
  const at = `as of ${clockTime(asOf)}`;
  const words = own === "fresh" && state !== "fresh" ? `Live ${at}, but ${UNCHECKED[state]}` : {
    fresh: down() ? `Live updates are off; read again every 5 s. Now ${at}.` : `Live, ${at}.`,
    late: `Not up to date: ${at}, ${elapsedWords(age)} ago. Trying to reach the server.`,
    lost: `Out of date: ${at}, ${elapsedWords(age)} ago. Do not rely on this page, go by telephone until it is back.`,
  }[own];
  status.querySelector("[data-word]").textContent = words;
  if (printed) printed.textContent = fullTime(asOf);
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  if (own !== "fresh") announce(words, { quietly: true });
}

// Only a beat shows that a stream which had gone silent is well again: the first message of a connection may be all.
const down = () => silent || stream?.readyState !== EventSource.OPEN;

function tick() {
  const slept = Date.now() - ticked > 5000;
  ticked = Date.now();
  if (document.hidden) return;
  if (slept) return wake();
  if (now() - streamHeard > SILENT) {
    silent = true;
    connect();
  }
  if ((down() || behind) && now() - readAt >= POLL) {
    whole = true;
    read();
  }
  draw();
}

function wake() {
  connect();
  whole = true;
  read();
  draw();
}

if (region && status) {
  const rest = () => (document.hidden ? stream?.close() : wake());
  document.addEventListener("visibilitychange", rest);
  addEventListener("pageshow", (event) => event.persisted && wake());
  addEventListener("online", wake);
  addEventListener("pagehide", () => stream?.close());
  status.querySelector("[data-read-again]").addEventListener("click", (event) => {
    event.preventDefault();
    wake();
  });
  setInterval(tick, 1000);
  connect();
}
