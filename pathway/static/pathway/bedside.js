// Where each button of a form records something of its own, Enter in a field records nothing: nobody chose a button.

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".app-bedside input")) event.preventDefault();
});
