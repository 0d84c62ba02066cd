// What a form at the bedside was as it was pressed: what is sent, what a person can read of it, and its time.
import { fieldsOf, labelOf, typedIn } from "./kept.js";
import { clockTime, dayOf, now, typedTime } from "./time.js";

const NOT_SAID = ["submission", "seen", "note"]; // what may differ where the same was pressed twice

// A button that chooses something says it under the legend that it stands in.
function wordsOf(submitter) {
  if (!submitter?.name) return "";
  const copy = submitter.cloneNode(true);
  copy.querySelector(".app-kept")?.remove();
  const nodes = [...(submitter.closest("fieldset")?.querySelector("legend")?.childNodes ?? []), ...copy.childNodes];
  return nodes.map((node) => node.textContent.trim()).filter(Boolean).join(" ").replace(/\s+/g, " ");
}

const ticked = (field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value);

function readable(field) {
  const label = labelOf(field);
  if (!["checkbox", "radio"].includes(field.type)) return [label, field.selectedOptions?.[0].textContent.trim() ?? field.value];
  return [field.closest("fieldset")?.querySelector("legend")?.textContent.trim() ?? "", label];
}

// An entry of its own moment is put back with that moment: it is not of the time at which it is entered again.
function withItsTime(form, at) {
  const [day, time] = typedTime(at);
  const { happened_at_date: forDay, happened_at_time: forTime } = form.elements;
  const its = { [forDay?.id]: day, [forTime?.id]: time };
  return typedIn(form).map(([id, value, label]) => [id, its[id] ?? value, label]);
}

/** The entry that a form makes. */
export function entryOf(form, submitter) {
  const data = new FormData(form, submitter);
  data.delete("csrfmiddlewaretoken");
  const [at, chosen, title] = [now(), wordsOf(submitter), form.dataset.later];
  const timed = Boolean(data.get("happened_at_date") || data.get("happened_at_time"));
  const what = new URLSearchParams(data);
  for (const name of NOT_SAID) what.delete(name);
  const read = fieldsOf(form).filter((field) => labelOf(field) && ticked(field)).map(readable);
  return {
    id: data.get("submission"), url: form.action, page: location.pathname, at, timed, title, chosen,
    words: [title, chosen, data.get("note")].filter(Boolean).join(": "),
    what: `${form.action} ${what}`,
    body: new URLSearchParams(data).toString(),
    read: [...(chosen ? [["Pressed", chosen]] : []), ...read, ["Pressed at", `${clockTime(at)}, ${dayOf(at)}`]],
    fields: timed ? typedIn(form) : withItsTime(form, at),
  };
}

/** What is sent: at once the time is the server's to say, `later` it is that of the press. */
export function formOf({ body, at, timed }, later) {
  const form = new URLSearchParams(body);
  if (later && !timed) form.set("happened_at", new Date(at).toISOString());
  return form;
}
