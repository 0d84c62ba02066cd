// What was typed into a form is not lost: where a session ended too early it is kept in this tab, and put back after the
// same person signed in again on the same page, never sent by that.

const KEY = "pathway-typed";
const { user } = document.body.dataset;
const page = location.pathname + location.search;
const windows = new BroadcastChannel("pathway-signed-out");

/** What a person fills in of a form. */
export function fieldsOf(form) {
  return [...form.elements].filter(({ id, name, type }) => id && name && !["hidden", "password", "submit", "file"].includes(type));
}

/** The words of a field; none for what a list begins with: nobody chose it, and it is no loss where it finds no place. */
export function labelOf(field) {
  const asItWas = field.type === "select-one" && field.selectedOptions[0]?.defaultSelected;
  return asItWas ? "" : (field.labels?.[0]?.textContent.trim() ?? "");
}

/** What is in a form, as `putBack` takes it. */
export function typedIn(form) {
  const value = (field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value);
  return fieldsOf(form).map((field) => [field.id, value(field), labelOf(field)]);
}

function keep(form) {
  if (!user || form?.method !== "post") return;
  const fields = typedIn(form);
  const key = form.elements.submission?.value;
  if (fields.length) sessionStorage.setItem(KEY, JSON.stringify({ user, page, fields, key }));
}

export const forget = () => sessionStorage.removeItem(KEY);

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** Under the key of its first sending: were that one recorded after all, sending it again makes nothing. `pressed` is
 * the button that has to be pressed again. */
export function putBack({ fields, key, pressed = "" }) {
  let form = null;
  const homeless = [];
  for (const [id, value, label] of fields) {
    const field = document.getElementById(id);
    if (field?.form?.method === "post") {
      field[typeof value === "boolean" ? "checked" : "value"] = value;
      form = field.form;
      if ((field.defaultValue ?? value) !== value && value) field.closest("details")?.setAttribute("open", "");
    } else if (label && value) homeless.push(value === true ? label : `${label}: ${value}`);
  }
  for (let around = form?.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  if (form?.elements.submission && key) form.elements.submission.value = key;
  document.querySelector(`.app-draft[data-key="${key}"]`)?.remove();
  if (pressed && !form) homeless.push(pressed);
  say(form, homeless, pressed);
  if (form) keep(form);
}

function say(form, homeless, pressed) {
  if (!form && !homeless.length) return;
  const note = document.createElement("div");
  note.className = "nhsuk-inset-text app-message";
  note.tabIndex = -1;
  const line = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
  if (form) note.append(line("p", "What you had typed was put back; nothing has been saved yet."));
  if (form && pressed) note.append(line("p", `You had pressed: ${pressed}. Press again what still applies.`));
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
