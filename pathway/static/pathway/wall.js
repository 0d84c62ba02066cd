// The wall board turns its pages: as many whole rows as the screen holds, the unanswered ones on every page.
const TURN = 15_000;
const wide = matchMedia("(min-width: 40.0625em)");
const region = document.querySelector("[data-live]");
const pause = document.querySelector("[data-pause]");
let at = 0;
let stopped = false;

const rowsOf = () => [...region.querySelectorAll("tbody tr")];
const height = (rows) => rows.reduce((sum, row) => sum + row.getBoundingClientRect().height, 0);

/** The rows of each page beside those that stand on all of them. */
function paged(others, room) {
  const pages = [[]];
  let left = room;
  for (const row of others) {
    const needs = height([row]);
    if (needs > left && pages.at(-1).length) {
      pages.push([]);
      left = room;
    }
    pages.at(-1).push(row);
    left -= needs;
  }
  return pages;
}

function words(first, last, total, always, page) {
  const part = `${first} to ${last} of ${total} open cases`;
  return always && page ? `The ${always} that nobody answers or checks, and ${part}` : part;
}

function draw() {
  const rows = rowsOf();
  for (const row of rows) row.hidden = false;
  const said = region.querySelector("[data-said]");
  if (!rows.length || !said) return;
  said.textContent = said.dataset.said;
  const room = innerHeight - (rows[0].getBoundingClientRect().top + scrollY);
  const turns = wide.matches && height(rows) > room;
  pause.hidden = !turns;
  if (!turns) return;
  const pressing = rows.filter((row) => "pressing" in row.dataset);
  const always = height(pressing) <= room / 2 ? pressing : [];
  const others = rows.slice(always.length);
  const pages = paged(others, room - height(always));
  at %= pages.length;
  const before = pages.slice(0, at).reduce((sum, page) => sum + page.length, always.length);
  for (const row of others) row.hidden = !pages[at].includes(row);
  const first = at ? before + 1 : 1;
  said.textContent = `${words(first, before + pages[at].length, said.dataset.total, always.length, at)}. Page ${at + 1} of ${pages.length}.`;
}

setInterval(() => {
  if (stopped) return;
  at += 1;
  draw();
}, TURN);
pause.addEventListener("click", () => {
  stopped = !stopped;
  pause.textContent = stopped ? "Turn the pages" : "Stop on this page";
});
new MutationObserver(draw).observe(region, { childList: true });
addEventListener("resize", draw);
document.fonts.ready.then(draw);
draw();
