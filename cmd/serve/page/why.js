// The view that explains the answer: which pixels speak for a class and which against it.

import { element, labeled, option } from "./dom.js";
import { current } from "./drawing.js";
import { call } from "./engine.js";
import { whileShown } from "./latest.js";
import { classesOf, compared, describe, explained, nameOf, onModels, partsOf, selected } from "./models.js";
import { picture, range } from "./paint.js";
import { t } from "./words.js";

const methods = ["saliency", "smoothgrad", "gradcam", "occlusion"];
const side = 28;

let section, method, classes, layer, layerField, empty, heats, about;
let listed = ""; // the classes and layers that the controls have

// mount builds the view.
export function mount(target) {
  section = target;
  const again = () => shown(true);
  method = element("select", { id: "method", onchange: again });
  classes = element("select", { id: "class", onchange: again });
  layer = element("select", { id: "cam-layer", onchange: again });
  layerField = labeled("camLayer", layer);
  empty = element("p", { className: "empty", data: { text: "emptyInside" } });
  about = element("p", { className: "muted" });
  heats = element("div", { className: "heats" });
  section.append(element("div", { className: "controls" }, labeled("method", method), labeled("explainedClass", classes), layerField), about, empty, heats);
}

onModels(() => (listed = "")); // before whileShown, which reads it

export const shown = whileShown(async () => {
  if (!describe()) {
    return;
  }
  await fillControls();
  const digit = current();
  empty.hidden = digit !== null;
  heats.hidden = digit === null;
  if (!digit) {
    return;
  }
  const ids = [...new Set([...partsOf(selected()), ...(compared() === null ? [] : partsOf(compared()))])];
  const asked = { pixels: digit.pixels, method: method.value, class: classes.value };
  const answers = await Promise.all(ids.map((model, i) =>
    call("explain", { ...asked, model, layer: ids[i] === explained() && method.value === "gradcam" ? layer.value : "" })));
  heats.replaceChildren(...answers.map((a, i) => heat(a, ids.length > 1 ? nameOf(ids[i]) : "")));
});

// fillControls writes the options: their texts, and the classes and layers of the model.
async function fillControls() {
  const lang = document.documentElement.lang;
  const key = `${explained()}/${compared()}/${lang}`;
  if (listed !== key) {
    const { layers } = await call("layers", { model: explained() });
    const both = classesOf(explained()).filter((c) => compared() === null || classesOf(compared()).includes(c));
    refill(method, methods.map((m) => [m, t(`method_${m}`)]));
    refill(classes, [["", t("predicted")], ...both.map((c) => [c, c])]);
    const images = layers.filter((l) => l.shape.length === 3 && l.shape[0] * l.shape[1] > 1);
    refill(layer, [["", t("lastLayer")], ...images.map((l) => [l.name, l.name])]);
    listed = key;
  }
  layerField.hidden = method.value !== "gradcam";
  about.textContent = t(`about_${method.value}`);
}

// refill replaces the options of a select element and keeps the choice if it still exists.
function refill(select, options) {
  const before = select.value;
  const kept = options.some(([value]) => value === before) ? before : options[0][0];
  select.replaceChildren(...options.map(([value, text]) => option(value, text, value === kept)));
}

// heat returns the figure of an explanation.
function heat(answer, name) {
  const canvas = element("canvas", { width: side, height: side, role: "img", className: "heat", "aria-label": t("heatLabel", answer.class) });
  canvas.getContext("2d").drawImage(overlay(answer), 0, 0);
  const percent = (100 * answer.probability).toFixed(1);
  return element("figure", { className: "heat-figure" },
    ...(name ? [element("p", { className: "heat-name", textContent: name })] : []),
    canvas,
    element("figcaption", {}, t("heatCaption", answer.class, percent)),
    scale(answer));
}

// scale returns the legend.
function scale(answer) {
  const { signed } = range(answer.values);
  const parts = [element("span", { className: "swatch for" }), t("speaksFor", answer.class)];
  if (signed) {
    parts.push(element("span", { className: "swatch against" }), t("speaksAgainst", answer.class));
  }
  return element("p", { className: "heat-legend" }, ...parts);
}

// overlay lays red (for the class) and blue (against it) over the ink in gray. The 99th percentile is
// drawn in full color, so that one pixel does not hide the others.
function overlay({ values, pixels }) {
  const sizes = values.map((v) => Math.abs(v ?? 0)).sort((a, b) => a - b);
  const largest = sizes[Math.floor(sizes.length * 0.99)] || sizes.at(-1) || 1;
  return picture(side, side, (i) => {
    const gray = 255 - 0.4 * pixels[i];
    const share = Math.min(1, Math.abs(values[i] ?? 0) / largest);
    const over = values[i] < 0 ? [8, 81, 156] : [165, 15, 21];
    return over.map((c) => gray + share * (c - gray));
  });
}
