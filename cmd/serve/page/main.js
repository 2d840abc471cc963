// The page: what is drawn or opened is read as it changes.

import { call } from "./engine.js";
import { Pad } from "./pad.js";
import { watchPictures } from "./picture.js";
import { Result } from "./result.js";
import { has, setLanguage, t } from "./words.js";

const find = (id) => document.getElementById(id);

let model = null; // description of the model
let result = null; // the element for results, once the classes are known
let last = null; // what the network read
let problem = null; // the last error
let file = null; // the picture that was opened; null while one draws
let reading = false; // while the engine works
let waiting = false; // for changes during that time

const pad = new Pad(find("pad"), find("hint"), find("cursor"), () => {
  file = null;
  read();
});

// read reads the drawing or picture. Changes in the meantime are read together afterwards.
async function read() {
  waiting = true;
  if (reading || !result) {
    return;
  }
  reading = true;
  while (waiting) {
    waiting = false;
    const opened = file;
    try {
      last = opened ? await call("predict?pixels=1", opened) : pad.empty ? null : await call("predict?pixels=1", await pad.blob());
      problem = null;
    } catch (error) {
      last = null;
      problem = !opened && error.code === "blank" ? null : error; // a dot is the beginning of a drawing
    }
    show();
  }
  reading = false;
}

function show() {
  result?.show(last);
  const notice = find("notice");
  notice.hidden = !problem;
  notice.textContent = problem ? (has(problem.code) && problem.code !== "failed" ? t(problem.code) : t("failed", problem.message)) : "";
}

// translate writes all texts in the language of the page.
function translate(code) {
  setLanguage(code);
  document.documentElement.lang = code === "zh" ? "zh-CN" : "en";
  for (const e of document.querySelectorAll("[data-text]")) {
    e.textContent = t(e.dataset.text);
  }
  for (const e of document.querySelectorAll("[data-label]")) {
    e.setAttribute("aria-label", t(e.dataset.label));
  }
  document.title = `${t("title")} – Inkstone`;
  find("language").textContent = t("language");
  find("language").lang = code === "zh" ? "en" : "zh-CN";
  describe(code);
  show();
}

function describe(code) {
  if (!model) {
    return;
  }
  const numbers = new Intl.NumberFormat(code === "zh" ? "zh-CN" : "en");
  const accuracy = model.models.length === 1 ? model.models[0].accuracy : 0;
  find("about").textContent = t("about", {
    networks: model.models.map((m) => m.network).join(" + "),
    parameters: numbers.format(model.models.reduce((sum, m) => sum + m.parameters, 0)),
    accuracy: accuracy ? (100 * accuracy).toFixed(2) : "",
  });
}

let language = localStorage.getItem("inkstone-language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
find("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("inkstone-language", language);
  translate(language);
});
find("clear").addEventListener("click", () => pad.clear());
find("undo").addEventListener("click", () => pad.undo());
watchPictures(find("file"), find("board"), async (opened) => {
  pad.clear();
  file = opened;
  read();
  const bitmap = await createImageBitmap(opened).catch(() => null); // the engine says what is wrong with it
  if (bitmap && file === opened) {
    pad.show(bitmap);
  }
});

translate(language);
try {
  model = await call("model");
  result = new Result(find("label"), find("doubts"), find("characters"), find("spoken"), model.classes);
  describe(language);
} catch (error) {
  problem = error;
}
show();
if (waiting && result) {
  read();
}
