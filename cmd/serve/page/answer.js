// The answer: the label, the doubts, and for each character what the network sees and the
// probability of each class; for two models side by side.

import { element, find } from "./dom.js";
import { choose, chosenDigit, onDrawing } from "./drawing.js";
import { classesOf, compared, describe, nameOf, selected } from "./models.js";
import { doubt, onLanguage, t } from "./words.js";

let section;
let results = new Map(); // what each model reads, by its id
let timer;

// mount builds the view.
export function mount(target) {
  section = target;
  section.classList.add("answers");
  onLanguage(render);
  onDrawing(render);
}

// shown is called when the view appears or disappears. It is always up to date.
export function shown() {}

// show shows what the models read, or that there is nothing to read: a Map from the id of a model to
// its result.
export function show(read) {
  results = read;
  render();
  const first = results.get(selected());
  clearTimeout(timer); // a screen reader gets the result once the drawing rests
  timer = setTimeout(() => (find("spoken").textContent = first ? t("spoken", first.label, percent(first.probabilities)) : t("empty")), 800);
}

function render() {
  if (!describe()) {
    return;
  }
  const ids = compared() === null ? [selected()] : [selected(), compared()];
  while (section.children.length > ids.length) {
    section.lastElementChild.remove();
  }
  ids.forEach((id, i) => {
    section.children[i] ?? section.append(emptyAnswer());
    fillAnswer(section.children[i], id, results.get(id), ids.length > 1);
  });
}

function emptyAnswer() {
  return element("div", { className: "answer" },
    element("h2", {}), element("p", { className: "label" }), element("ul", { className: "doubts" }), element("div", { className: "characters" }));
}

function fillAnswer(target, id, result, named) {
  const [title, label, doubts, characters] = target.children;
  title.textContent = named ? nameOf(id) : t("result");
  label.textContent = result?.label ?? "?";
  label.classList.toggle("none", !result);
  doubts.setAttribute("aria-label", t("doubts"));
  doubts.replaceChildren(...(result?.doubts ?? []).map((text) => element("li", { textContent: doubt(text) })));
  doubts.hidden = !result || result.doubts.length === 0;
  const classes = classesOf(id);
  const list = result?.characters ?? [{ probabilities: classes.map(() => 0) }];
  const key = classes.join("\n");
  if (target.dataset.classes !== key || characters.children.length !== list.length) {
    target.dataset.classes = key;
    characters.replaceChildren(...list.map((_, i) => emptyCharacter(classes, i, list.length > 1)));
  }
  list.forEach((c, i) => fillCharacter(characters.children[i], c, list.length > 1, i === chosenDigit()));
}

// percent returns the largest probability in percent, or "" for several characters.
function percent(probabilities) {
  return probabilities ? format(Math.max(...probabilities)) : "";
}

function format(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}

// emptyCharacter returns the element of a character, with a button that makes the views explain it if
// there are several.
function emptyCharacter(classes, index, several) {
  const image = element("canvas", { width: 28, height: 28, role: "img" });
  const figure = element("figure", {}, image, element("figcaption", {}));
  if (several) {
    figure.append(element("button", { type: "button", className: "small", onclick: () => choose(index) }));
  }
  const bars = classes.map((name) =>
    element("li", {},
      element("span", { className: "name", textContent: name }),
      element("span", { className: "track", "aria-hidden": "true" }, element("span", { className: "fill" })),
      element("span", { className: "value" })));
  return element("div", { className: "character" }, figure, element("ul", { className: "bars" }, ...bars));
}

// fillCharacter writes a character into its element. It is one of several, or the views explain it.
function fillCharacter(target, { pixels, probabilities }, several, explained) {
  const image = target.querySelector("canvas");
  image.setAttribute("aria-label", t("seenLabel"));
  const button = target.querySelector("button");
  if (several) {
    button.textContent = t("lookInside");
    button.setAttribute("aria-pressed", String(explained));
  }
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
