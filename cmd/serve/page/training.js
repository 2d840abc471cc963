// The view that trains: start a run, watch it and stop it, and teach the network one's own digits.

import { element, labeled, option } from "./dom.js";
import { call } from "./engine.js";
import { refresh, saveModel } from "./models.js";
import { attempt, reporter } from "./notice.js";
import { Progress } from "./progress.js";
import { has, onLanguage, t } from "./words.js";

const pollEvery = 500; // milliseconds between two looks at a run
const listEvery = 3000; // and at the list of runs

let section, progress, list, live, buttons, rate, rateText;
const fields = {};
const report = reporter();
let choices = null;
let run = ""; // name of the run that is shown; "" for none
let last = null; // its status
let visible = false;
let timer = 0;
let listed = 0; // when the list of runs was read

// mount builds the view.
export function mount(target) {
  section = target;
  for (const name of ["network", "dataset"]) {
    fields[name] = element("select", { id: `train-${name}`, onchange: fill });
  }
  for (const name of ["images", "epochs", "seed"]) {
    fields[name] = element("input", { id: `train-${name}`, type: "number", min: name === "seed" ? 0 : 1, step: 1, required: true });
  }
  fields.seed.value = 1;
  rateText = element("output", { for: "train-rate" });
  rate = element("input", { id: "train-rate", type: "range", min: -4, max: -1, step: 0.02, oninput: showRate, onchange: changeRate });
  const rateField = element("label", { className: "field rate" },
    element("span", {}, element("span", { data: { text: "learningRate" } }), " ", rateText), rate);
  const form = element("form", { className: "controls", onsubmit: (e) => { e.preventDefault(); start(); } },
    labeled("network", fields.network), labeled("dataset", fields.dataset), labeled("images", fields.images),
    labeled("epochs", fields.epochs), labeled("seed", fields.seed), rateField,
    element("button", { type: "submit", id: "train-start", data: { text: "start" } }),
    element("button", { type: "button", id: "train-stop", data: { text: "stop" }, onclick: stop, hidden: true }));
  list = element("div", { className: "runs", role: "group", data: { label: "runs" } });
  buttons = element("div", { className: "buttons" },
    element("button", { type: "button", className: "small", id: "train-use", data: { text: "useModel" }, onclick: use }),
    element("button", { type: "button", className: "small", id: "train-save", data: { text: "saveModel" }, onclick: save }));
  live = element("div", { className: "live", hidden: true });
  progress = new Progress(live);
  live.append(buttons);
  section.append(element("h2", { data: { text: "trainTitle" } }), form, list, live);
  onLanguage(() => {
    if (choices) {
      for (const o of fields.dataset.options) {
        o.textContent = datasetName(o.value);
      }
      showRate();
      show();
      listed = 0;
    }
  });
}

// shown begins to look at the runs when the view appears, and ends when it disappears.
export function shown(now) {
  visible = now;
  report(null);
  clearTimeout(timer);
  if (now) {
    poll();
  }
}

async function poll() {
  try {
    if (!choices) {
      choices = await call("train-choices");
      fields.network.replaceChildren(...choices.networks.map((n) => option(n.name, n.name, n.name === "fast")));
      fields.dataset.replaceChildren(...choices.datasets.map((d) => option(d.name, datasetName(d.name), false)));
      if (choices.datasets.length > 0) {
        fill();
      } else { // a command that trains shows its own run
        for (const name of ["network", "dataset", "images", "epochs", "seed"]) {
          fields[name].parentElement.hidden = true;
        }
      }
    }
    if (Date.now() - listed > listEvery) {
      listed = Date.now();
      showList(await call("runs"));
    }
    if (run && (last === null || last.run !== run || last.state === "running")) {
      const before = last;
      last = await call("train-status", { run });
      show();
      if (before?.state === "running" && last.state !== "running") {
        await ended();
      }
    }
    report(null);
  } catch (error) {
    report(visible ? error : null);
  }
  clearTimeout(timer);
  if (visible) {
    timer = setTimeout(poll, pollEvery);
  }
}

// ended selects the model of a run that has ended, so that one draws with what has been trained.
async function ended() {
  listed = 0;
  if (last.model && last.state !== "failed") {
    await refresh(last.model);
  }
}

// fill writes the settings of the network's recipe and the size of the data set into the fields.
function fill() {
  const network = choices.networks.find((n) => n.name === fields.network.value);
  const dataset = choices.datasets.find((d) => d.name === fields.dataset.value);
  fields.network.title = network.doc;
  fields.epochs.value = network.epochs;
  fields.images.value = dataset.images;
  fields.images.max = dataset.most;
  if (last?.state !== "running") {
    rate.value = Math.log10(network.learning_rate);
    showRate();
  }
}

const chosenRate = () => Number((10 ** Number(rate.value)).toPrecision(2));

function showRate() {
  rateText.textContent = String(chosenRate());
  rate.setAttribute("aria-valuetext", rateText.textContent);
}

// changeRate changes the learning rate of the run that is shown.
async function changeRate() {
  if (last?.state === "running") {
    await attempt(() => call("train-rate", { run, learning_rate: chosenRate() }));
  }
}

function start() {
  return attempt(async () => {
    const settings = { network: fields.network.value, dataset: fields.dataset.value, learning_rate: chosenRate() };
    for (const name of ["images", "epochs", "seed"]) {
      settings[name] = Number(fields[name].value);
    }
    const started = await call("train-start", settings);
    watch(started.run);
    await refresh();
  });
}

// watch shows a run.
export function watch(name) {
  run = name;
  last = null;
  listed = 0;
  poll();
}

const stop = () => attempt(() => call("train-stop", { run }));

// use lets the page read with the model of the run.
const use = () => attempt(async () => {
  const opened = await call("train-model", { run });
  await refresh(opened.id);
});

// save saves the model file of the run.
const save = () => attempt(async () => {
  let model = last.model;
  if (model === undefined) {
    model = (await call("train-model", { run })).id;
    await refresh(model);
  }
  await saveModel(model);
});

// show shows the status of the run.
function show() {
  const running = last?.state === "running";
  live.hidden = !last;
  section.querySelector("#train-start").hidden = choices.datasets.length === 0 || (running && run.startsWith("page:"));
  section.querySelector("#train-stop").hidden = !running;
  if (last) {
    progress.show(last);
    buttons.hidden = running && !last.model && (last.history ?? []).length === 0;
    if (running && document.activeElement !== rate && last.learning_rate > 0) {
      rate.value = Math.log10(last.learning_rate);
      showRate();
    }
  }
}

// nameOfRun returns what the page calls a run: its folder, or its number in this page.
function nameOfRun(r) {
  return r.run.startsWith("page:") ? t("pageRun", r.run.slice(5)) : r.run;
}

const datasetName = (name) => (has(`dataset_${name}`) ? t(`dataset_${name}`) : name);

// showList shows the runs, from which one chooses the one to watch. A run in progress is chosen if
// none is.
function showList(runs) {
  list.hidden = runs.length === 0;
  list.replaceChildren(...runs.map((r) => {
    const input = element("input", { type: "radio", name: "run", value: r.run, checked: r.run === run, onchange: () => watch(r.run) });
    const accuracy = r.accuracy === undefined ? "" : ` · ${(100 * r.accuracy).toFixed(2)} %`;
    return element("label", { className: `chip run ${r.state}` }, input,
      element("span", { className: "chip-name", textContent: nameOfRun(r) }),
      element("span", { className: "chip-shape", textContent: `${r.network} · ${t(`state_${r.state}`)}${accuracy}` }));
  }));
  const going = runs.find((r) => r.state === "running");
  if (!run && going) {
    watch(going.run);
  }
}
