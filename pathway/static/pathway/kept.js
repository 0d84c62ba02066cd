// What was typed into a form outlives a session that ended too early: kept in this tab, put back after the same person
// signed in again on the same page, and never sent by that. Every other page that opens drops it.

const KEY = "pathway-typed";
const { user } = document.body.dataset;
const page = location.pathname + location.search;
const windows = new BroadcastChannel("pathway-signed-out");

function fieldsOf(form) {
  return [...form.elements].filter(({ id, name, type }) => id && name && !["hidden", "password", "submit"].includes(type));
}

function keep(form) {
  if (!user || form?.method !== "post") return;
  const fields = fieldsOf(form).map(({ id, value, checked, type }) => [id, ["checkbox", "radio"].includes(type) ? checked : value]);
  if (fields.length) sessionStorage.setItem(KEY, JSON.stringify({ user, page, fields }));
}

const forget = () => sessionStorage.removeItem(KEY);

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function putBack({ fields }) {
  let form = null;
  for (const [id, value] of fields) {
    const field = document.getElementById(id);
    if (field?.form?.method !== "post") continue;
    field[typeof value === "boolean" ? "checked" : "value"] = value;
    form = field.form;
  }
  if (!form) return;
  for (let around = form.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  const note = document.createElement("div");
  note.className = "nhsuk-inset-text app-message";
  note.tabIndex = -1;
  note.append(Object.assign(document.createElement("p"), { textContent: "What you had typed was put back; nothing has been saved yet." }));
  form.prepend(note);
  note.focus();
  keep(form);
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
