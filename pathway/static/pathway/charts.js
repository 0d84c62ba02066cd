// Draws each chart from the words that the server put beside its table. Nothing is evaluated as code: the expressions of
// Vega are read by its interpreter, and no style is written into the page.

const OPTIONS = { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true } };

for (const place of document.querySelectorAll("[data-chart]")) {
  globalThis.vegaEmbed(place, JSON.parse(place.dataset.chart), OPTIONS).catch(() => place.replaceChildren());
}
