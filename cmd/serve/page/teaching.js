// The view in which one teaches the network one's own digits.

import { element, find } from "./dom.js";
import { current } from "./drawing.js";
import { call } from "./engine.js";
import { whileShown } from "./latest.js";
import { classesOf, describe, explained, nameOf, saveModel } from "./models.js";
import { attempt } from "./notice.js";
import { grayscale } from "./pixels.js";
import { watch } from "./training.js";
import { t } from "./words.js";

const taught = []; // the digits so far: { pixels, label }
let about, chosen, labels, list, frozen, button;

// mount builds the view.
export function mount(section) {
  about = element("p", { className: "muted" });
  chosen = element("div", { className: "teach-now" });
  labels = element("div", { className: "labels", role: "group", data: { label: "teachLabels" } });
  list = element("ul", { className: "taught" });
  frozen = element("input", { type: "checkbox", id: "teach-frozen", checked: true });
  button = element("button", { type: "button", id: "teach-start", onclick: () => attempt(teach) });
  section.append(
    element("h2", { data: { text: "teachTitle" } }), about, chosen, labels, list,
    element("label", { className: "option" }, frozen, element("span", { data: { text: "teachFrozen" } })),
    element("div", { className: "buttons" }, button,
      element("button", { type: "button", id: "save-model", data: { text: "saveAnswering" }, onclick: () => attempt(() => saveModel(explained())) })));
}

export const shown = whileShown(async () => show());

// show shows the digit that is drawn, and those to teach.
function show() {
  if (!describe()) {
    return;
  }
  const digit = current();
  about.textContent = t("teachAbout", nameOf(explained()));
  chosen.replaceChildren(...(digit ? [grayscale(digit.pixels, t("seenLabel"))] : []), element("span", { textContent: t(digit ? "teachWhich" : "teachDraw") }));
  labels.hidden = !digit;
  labels.replaceChildren(...classesOf(explained()).map((label) =>
    element("button", { type: "button", textContent: label, onclick: () => add(label) })));
  list.hidden = taught.length === 0;
  list.replaceChildren(...taught.map((one, i) => element("li", {}, grayscale(one.pixels, one.label),
    element("span", { textContent: one.label }),
    element("button", { type: "button", className: "link", textContent: "×", "aria-label": t("teachRemove", one.label), onclick: () => remove(i) }))));
  button.textContent = t("teachStart", taught.length);
  button.disabled = taught.length === 0;
}

// add notes what the drawing is and clears it for the next one.
function add(label) {
  taught.push({ pixels: current().pixels, label });
  find("clear").click();
  show();
}

function remove(i) {
  taught.splice(i, 1);
  show();
}

// teach fine-tunes the model that answers, and shows the run.
async function teach() {
  const { run } = await call("teach", {
    model: explained(), images: taught.map((one) => one.pixels), labels: taught.map((one) => one.label), frozen: frozen.checked,
  });
  watch(run);
  location.hash = "train";
}
