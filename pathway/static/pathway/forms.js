// A form is sent once: the second press does nothing until the page is left, came back, or twenty seconds passed.

const RELEASE = 20_000;

function buttons(form) {
  return [...form.elements].filter((element) => element.type === "submit");
}

/** Let a form be sent once more. */
export function release(form) {
  delete form.dataset.sent;
  for (const button of buttons(form)) button.removeAttribute("aria-disabled");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  for (const button of buttons(form)) button.setAttribute("aria-disabled", "true");
  setTimeout(release, RELEASE, form);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});
