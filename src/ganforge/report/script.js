// Comfort only: without this the page shows the same.
(() => {
  "use strict";
  const growth = document.querySelector(".growth");
  const figures = growth ? [...growth.querySelectorAll("figure")] : [];
  if (figures.length > 2) {
    const story = document.createElement("div");
    story.className = "story";
    const stage = document.createElement("div");
    stage.className = "stage";
    const moments = document.createElement("div");
    const picture = document.createElement("img");
    const told = document.createElement("output");
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = "0";
    slider.max = String(figures.length - 1);
    slider.setAttribute("aria-label", "Point of the training");
    const show = (at) => {
      const source = figures[at].querySelector("img");
      picture.src = source.src;
      picture.alt = source.alt;
      told.textContent = figures[at].querySelector("figcaption").textContent;
      slider.value = String(at);
    };
    slider.addEventListener("input", () => show(Number(slider.value)));
    figures.forEach((figure, at) => figure.addEventListener("click", () => show(at)));
    growth.before(story);
    stage.append(picture, told);
    moments.append(slider, growth);
    story.append(stage, moments);
    show(figures.length - 1);
  }
  // What is folded away is printed all the same
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      details.dataset.folded = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const details of document.querySelectorAll("details[data-folded]")) {
      details.open = false;
      delete details.dataset.folded;
    }
  });
})();
