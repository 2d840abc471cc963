// The view of the layers: the maps of a layer, and how a value of them is computed.

import { explainValue } from "./arithmetic.js";
import { element } from "./dom.js";
import { current } from "./drawing.js";
import { call } from "./engine.js";
import { whileShown } from "./latest.js";
import { Output, paintAll, paintOne } from "./maps.js";
import { classesOf, describe, explained, nameOf, onModels, selected } from "./models.js";
import { attempt } from "./notice.js";
import { number } from "./paint.js";
import { t } from "./words.js";

let section, chips, empty, inspect, caption, all, one, fields, value, arithmetic, back, note;
let layers = []; // of the model
let listed = null; // what layers is the list of
let layer = null; // name of the layer that is shown
let picked = null; // the offset that the reader has picked; null for that of the largest value
let offset = 0; // of the value that is explained
let output = null; // what is shown, even while the reader is choosing another layer already
let source = null; // the model and the pixels that it is of
let trail = []; // layers and offsets to go back to

// mount builds the view.
export function mount(target) {
  section = target;
  chips = element("div", { className: "chips", role: "radiogroup", data: { label: "layersLabel" } });
  note = element("p", { className: "muted", hidden: true });
  empty = element("p", { className: "empty", data: { text: "emptyInside" } });
  caption = element("p", { className: "caption" });
  all = element("canvas", { className: "pickable", role: "img" });
  one = element("canvas", { className: "pickable", role: "img" });
  fields = element("div", { className: "fields" });
  value = element("output", { className: "value" });
  back = element("button", { type: "button", className: "small", id: "back", data: { text: "back" }, onclick: goBack, hidden: true });
  arithmetic = element("div", { className: "arithmetic", id: "arithmetic", role: "region", data: { label: "arithmeticLabel" } });
  inspect = element("div", { className: "inspect" },
    element("div", { className: "all" }, caption, element("div", { className: "scroll", tabIndex: 0, role: "group", data: { label: "mapsLabel" } }, all)),
    element("div", { className: "one" }, element("div", { className: "enlarged" }, one), fields, value));
  section.append(chips, note, empty, inspect, back, arithmetic);
}

onModels(() => (listed = null)); // before whileShown, which reads it

export const shown = whileShown(async () => {
  if (!describe()) {
    return;
  }
  await list();
  const digit = current();
  note.hidden = selected() !== "";
  note.textContent = t("insideOf", nameOf(explained()));
  empty.hidden = digit !== null;
  inspect.hidden = back.hidden = arithmetic.hidden = digit === null;
  if (!digit) {
    return;
  }
  const model = explained();
  const { maps } = await call("maps", { model, pixels: digit.pixels, layers: [layer] });
  output = new Output(maps[0]);
  source = { model, pixels: digit.pixels };
  paint();
  await explain();
});

// list writes the names of the layers if the model has changed.
async function list() {
  const model = explained();
  if (listed !== model) {
    ({ layers } = await call("layers", { model }));
    listed = model;
    trail = [];
    if (!layers.some((l) => l.name === layer)) {
      layer = layers[0].name;
      picked = null;
    }
    chips.replaceChildren(...layers.map(chip));
  }
}

function chip(l) {
  const radio = element("input", { type: "radio", name: "layer", value: l.name, checked: l.name === layer, onchange: () => goTo(l.name, null) });
  const kind = l.name === l.kind || l.name.replace(/\d+$/, "") === l.kind ? "" : `${l.kind} `;
  return element("label", { className: "chip" }, radio,
    element("span", { className: "chip-name", textContent: l.name }), element("span", { className: "chip-shape", textContent: kind + l.shape.join("×") }));
}

// goTo shows a layer and explains one of its values: null for the largest one.
function goTo(name, next) {
  layer = name;
  picked = next;
  const radio = [...chips.querySelectorAll("input")].find((i) => i.value === name);
  radio.checked = true;
  radio.parentElement.scrollIntoView({ block: "nearest", inline: "center" });
  shown(true);
}

// follow explains the value that a formula reads.
function follow(name, at) {
  trail.push([output.layer, offset]);
  const { shape } = layers.find((l) => l.name === name);
  goTo(name, at.reduce((sum, k, i) => sum * shape[i] + k, 0));
}

function goBack() {
  goTo(...trail.pop());
}

// choose explains a value of the layer.
async function choose(next) {
  if (next < 0) {
    return;
  }
  picked = next;
  paint();
  await attempt(explain);
}

function paint() {
  const largest = () => output.values.indexOf(output.values.reduce((a, b) => Math.max(a, b ?? -Infinity), -Infinity));
  offset = Math.max(0, Math.min(picked ?? largest(), output.values.length - 1));
  const place = output.place(offset);
  inspect.classList.toggle("vector", output.vector || output.channels === 1);
  caption.textContent = output.vector
    ? t("unitsCaption", output.values.length, output.lowest, output.highest)
    : t("mapsCaption", output.channels, output.height, output.width, output.lowest, output.highest);
  all.setAttribute("aria-label", caption.textContent);
  one.setAttribute("aria-label", output.vector ? t("vectorLabel", output.layer) : t("mapLabel", output.layer, place.channel));
  pickable(all, paintAll(all, output, place));
  pickable(one, paintOne(one, output, place));
  showFields();
  showValue(offset);
}

// pickable lets the pointer show and choose values of a canvas.
function pickable(canvas, find) {
  const under = (e) => {
    const box = canvas.getBoundingClientRect();
    const scale = parseFloat(canvas.style.width) / box.width;
    return find((e.clientX - box.left) * scale, (e.clientY - box.top) * scale);
  };
  canvas.onclick = (e) => {
    trail = [];
    choose(under(e));
  };
  canvas.onpointermove = (e) => showValue(under(e));
  canvas.onpointerleave = () => showValue(offset);
}

function showValue(which) {
  if (which >= 0) {
    value.textContent = `${where(output.at(which))} = ${number(output.values[which])}`;
  }
}

// where describes the indices of a value of the layer that is shown.
function where(at) {
  const classes = classesOf(explained());
  if (at.length === 1 && output.values.length === classes.length && layers.slice(-2).some((l) => l.name === output.layer)) {
    return t("classAt", classes[at[0]]);
  }
  return at.length === 3 ? t("valueAt", ...at) : t("unitAt", at.join(", "));
}

// showFields lets the keyboard choose a value: by channel, row and column, or by the unit.
function showFields() {
  const at = output.at(offset);
  const names = at.length === 3 ? ["row", "column", "channel"] : at.map(() => "unit");
  const key = `${names}/${output.shape}/${document.documentElement.lang}`;
  if (fields.dataset.key !== key) {
    fields.dataset.key = key;
    fields.replaceChildren(...names.map((name, i) =>
      element("label", { className: "field" }, element("span", { textContent: t(name) }),
        element("input", { type: "number", min: 0, max: output.shape[i] - 1, onchange: fieldsChanged }))));
  }
  fields.querySelectorAll("input").forEach((input, i) => (input.value = at[i]));
}

function fieldsChanged() {
  const at = [...fields.querySelectorAll("input")].map((input, i) => Math.min(Math.max(0, Math.round(Number(input.value)) || 0), output.shape[i] - 1));
  trail = [];
  choose(at.reduce((sum, k, i) => sum * output.shape[i] + k, 0));
}

let asked = 0;

async function explain() {
  const mine = ++asked;
  const { layer: name } = output;
  const at = output.at(offset);
  const title = `${name}: ${where(at)}`;
  const answer = await call("arithmetic", { ...source, layer: name, at });
  if (mine !== asked) {
    return; // another value has been chosen since
  }
  back.hidden = trail.length === 0;
  explainValue(arithmetic, answer, {
    title,
    classes: classesOf(explained()),
    known: (name) => layers.some((l) => l.name === name),
    follow,
  });
}
