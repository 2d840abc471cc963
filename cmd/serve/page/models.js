// The models: which one answers, and which one is compared with it.

import { changes } from "./changes.js";
import { element, labeled, option } from "./dom.js";
import { call } from "./engine.js";
import { attempt } from "./notice.js";
import { language, onLanguage, t } from "./words.js";

let description = null;
let first = ""; // id; "" for the average of the models of the server
let second = null; // id; null for none

export const [onModels, announce] = changes();

// describe returns the description of the models, or null before it is known.
export const describe = () => description;

// selected returns the id of the model that answers.
export const selected = () => first;

// compared returns the id of the model that is compared with it, or null.
export const compared = () => second;

// explained returns the id of the model that the views look into: an average has no inside.
export const explained = () => first || description.models[0].id;

// partsOf returns the ids of the models that a model averages: its own id if it is no average.
export const partsOf = (id) => (id === "" ? served().map((m) => m.id) : [id]);

const served = () => description.models.filter((m) => !m.opened);

// entry returns the entry of a model, or null for the average.
export const entry = (id) => description.models.find((m) => m.id === id) ?? null;

// classesOf returns the classes of a model.
export const classesOf = (id) => entry(id)?.classes ?? description.classes;

// refresh reads the list of the models again and selects one, if an id is given.
export async function refresh(id) {
  description = await call("model");
  const known = (one) => description.models.some((m) => m.id === one);
  first = id ?? first;
  if (!known(first)) {
    first = served().length === 1 ? served()[0].id : "";
  }
  if (second !== null && !known(second)) {
    second = null;
  }
  show();
  announce();
}

// nameOf returns the name of a model.
export function nameOf(id) {
  return entry(id)?.name ?? t("average", served().length);
}

// saveModel saves the file of a model.
export async function saveModel(id) {
  const content = await call("save", { model: id });
  const link = element("a", { href: URL.createObjectURL(content), download: `${nameOf(id).replaceAll(/[^\w.-]+/gu, "-")}.safetensors` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

let bar, about, file;
const selects = {};

// mount builds the controls.
export function mount(group) {
  bar = group;
  selects.first = element("select", { id: "model", onchange: (e) => pick(e.target.value, (id) => (first = id)) });
  selects.second = element("select", { id: "second", onchange: (e) => pick(e.target.value, (id) => (second = id)) });
  file = element("input", { type: "file", className: "file", id: "model-file", accept: ".safetensors,.onnx,.npz", onchange: open, data: { label: "openModel" } });
  about = element("p", { className: "muted about" });
  bar.append(
    labeled("model", selects.first), labeled("compare", selects.second),
    element("label", { className: "button small", for: "model-file", textContent: t("openModel"), data: { text: "openModel" } }), file,
    element("button", { type: "button", className: "small", id: "close-model", textContent: t("closeModel"), data: { text: "closeModel" }, onclick: close }),
    about);
  onLanguage(show);
}

// pick selects a model by the value of an option: the id of a model, "none", or a preset to open.
async function pick(value, set) {
  await attempt(async () => {
    if (value.startsWith("preset:")) {
      const made = await call("open", { preset: value.slice(7), seed: 1 });
      set(made.id);
    } else {
      set(value === "none" ? null : value);
    }
    await refresh();
  });
  show(); // after an error too: the select elements return to the models that are in use
}

// open opens the model file that has been chosen.
async function open() {
  const [chosen] = file.files;
  file.value = "";
  if (!chosen) {
    return;
  }
  await attempt(async () => {
    const body = new Blob([chosen], { type: "application/octet-stream" });
    const made = await call(`open?name=${encodeURIComponent(chosen.name)}`, body);
    await refresh(made.id);
  });
}

async function close() {
  await attempt(async () => {
    await call("close", { model: first });
    await refresh();
  });
}

function show() {
  if (!description) {
    return;
  }
  const models = (list, chosen) => list.map((m) => option(m.id, m.name === m.network ? m.name : `${m.name} (${m.network})`, m.id === chosen));
  const others = description.models.filter((m) => m.id !== first || m.id === second);
  const presets = () => {
    const group = element("optgroup", { label: t("presets") });
    group.append(...description.presets.map((p) => option(`preset:${p.name}`, p.name, false)));
    return group;
  };
  const average = served().length > 1 ? [option("", t("average", served().length), first === "")] : [];
  selects.first.replaceChildren(...average, ...models(description.models, first), presets());
  selects.second.replaceChildren(option("none", t("noModel"), second === null), ...models(others, second), presets());
  bar.querySelector("#close-model").hidden = !entry(first)?.opened;
  const numbers = new Intl.NumberFormat(language());
  const list = entry(first) ? [entry(first)] : served();
  const accuracy = list.length === 1 ? list[0].accuracy : 0;
  about.textContent = t("about", {
    networks: list.map((m) => m.network).join(" + "),
    parameters: numbers.format(list.reduce((sum, m) => sum + m.parameters, 0)),
    accuracy: accuracy ? (100 * accuracy).toFixed(2) : "",
  });
}
