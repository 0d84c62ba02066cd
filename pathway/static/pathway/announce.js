// One line, read out politely and shown for a while, for what changed by itself.

const line = document.getElementById("announce");
let clearing = 0;

/** `quietly`: to be heard only, for what another line of the page already shows. */
export function announce(words, { quietly = false } = {}) {
  line.classList.toggle("nhsuk-u-visually-hidden", quietly);
  line.textContent = words;
  clearTimeout(clearing);
  clearing = setTimeout(() => (line.textContent = ""), 20_000);
}
