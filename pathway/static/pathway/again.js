// Who goes back to a form that was sent, and sends it again, sends the same one: the page of the browser's history keeps
// its key, so the server makes nothing twice, and asks where something else is in it.
const fields = [...document.querySelectorAll("form:not([data-later]) input[name=submission]")];
const kept = history.state?.submissions;
const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";

if (isBack && kept?.length === fields.length) for (const [place, field] of fields.entries()) field.value = kept[place];
if (fields.length) history.replaceState({ ...history.state, submissions: fields.map(({ value }) => value) }, "");
