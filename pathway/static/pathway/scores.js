// Keeps the result under a sheet up to date while it is filled in. The server works it out; nothing is added up here.

const form = document.querySelector("form[data-work-out]");
const result = form?.querySelector("[data-result]");
let asking = null;

async function workOut() {
  asking?.abort();
  const mine = (asking = new AbortController());
  const sent = new URLSearchParams(new FormData(form));
  sent.set("work_out", "yes");
  const lost = setTimeout(() => mine.abort("late"), 10_000);
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, redirect: "manual", signal: mine.signal });
    if (answer.status !== 200 && answer.status !== 422) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (asking === mine) result.replaceChildren(...page.querySelector("[data-result]").childNodes);
  } catch {
    if (asking === mine) result.textContent = "Not worked out: no contact with the server. What you chose is still here.";
  } finally {
    clearTimeout(lost);
  }
}

form?.addEventListener("change", ({ target }) => {
  if (target.matches("input[type=radio], select")) workOut();
});
