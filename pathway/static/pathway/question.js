// A question over the page, with the answer first that changes nothing.

/** Whether the person answered with `yes`; leaving the question is `no`. */
export function question(words, yes, no) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "app-question" });
  const asked = Object.assign(document.createElement("p"), { id: "question", textContent: words });
  const answer = (label, value, look) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: `nhsuk-button ${look}`, textContent: label });
    made.addEventListener("click", () => dialog.close(value));
    return made;
  };
  dialog.setAttribute("aria-labelledby", "question");
  dialog.append(asked, answer(no, "no", ""), answer(yes, "yes", "nhsuk-button--secondary"));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
