// The result: the label, the doubts, and for each character what the network sees and the
// probability of each class.

import { doubt, t } from "./words.js";

export class Result {
  #label;
  #doubts;
  #characters;
  #spoken;
  #timer;
  #classes;

  constructor(label, doubts, characters, spoken, classes) {
    this.#label = label;
    this.#doubts = doubts;
    this.#characters = characters;
    this.#spoken = spoken;
    this.#classes = classes;
  }

  // show shows what the network reads, or that there is nothing to read if result is null.
  show(result) {
    this.#label.textContent = result?.label ?? "?";
    this.#label.classList.toggle("none", !result);
    this.#doubts.replaceChildren(...(result?.doubts ?? []).map((text) => element("li", { textContent: doubt(text) })));
    this.#doubts.hidden = !result || result.doubts.length === 0;
    const characters = result?.characters ?? [{ probabilities: this.#classes.map(() => 0) }];
    while (this.#characters.children.length > characters.length) {
      this.#characters.lastElementChild.remove();
    }
    while (this.#characters.children.length < characters.length) {
      this.#characters.append(emptyCharacter(this.#classes));
    }
    characters.forEach((c, i) => fill(this.#characters.children[i], c));
    this.#say(result ? t("spoken", result.label, percent(result.probabilities)) : t("empty"));
  }

  // #say gives a screen reader the result once the drawing rests.
  #say(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#spoken.textContent = text), 800);
  }
}

// percent returns the largest probability in percent, or "" for several characters.
function percent(probabilities) {
  return probabilities ? format(Math.max(...probabilities)) : "";
}

function format(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}

function emptyCharacter(classes) {
  const image = element("canvas", { width: 28, height: 28 });
  image.setAttribute("role", "img");
  const figure = element("figure", {}, image, element("figcaption", {}));
  const bars = classes.map((name) =>
    element("li", {},
      element("span", { className: "name", textContent: name }),
      element("span", { className: "track", ariaHidden: "true" }, element("span", { className: "fill" })),
      element("span", { className: "value" })));
  const list = element("ul", { className: "bars" }, ...bars);
  return element("div", { className: "character" }, figure, list);
}

// fill writes a character into its element.
function fill(target, { pixels, probabilities }) {
  const image = target.querySelector("canvas");
  image.setAttribute("aria-label", t("seenLabel"));
  target.querySelector("figcaption").textContent = t("seen");
  target.querySelector("ul").setAttribute("aria-label", t("bars"));
  const context = image.getContext("2d");
  const data = context.createImageData(28, 28);
  for (let i = 0; i < 28 * 28; i++) {
    data.data.fill(pixels?.[i] ?? 0, 4 * i, 4 * i + 3);
    data.data[4 * i + 3] = 255;
  }
  context.putImageData(data, 0, 0);
  const highest = Math.max(...probabilities);
  probabilities.forEach((p, i) => {
    const row = target.querySelectorAll("li")[i];
    row.classList.toggle("best", p > 0 && p === highest);
    row.querySelector(".fill").style.width = `${100 * p}%`;
    row.querySelector(".value").textContent = highest > 0 ? format(p) : "–";
  });
}

// element returns an element with properties and children.
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
