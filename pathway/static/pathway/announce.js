// One line, read out politely and shown for a while, for what changed by itself.

const line = document.getElementById("announce");
let clearing = 0;

export function announce(words) {
  line.textContent = words;
  clearTimeout(clearing);
  clearing = setTimeout(() => (line.textContent = ""), 20_000);
}
