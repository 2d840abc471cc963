// The page: what is drawn or opened is read as it changes, and the views show why it is read so.

import * as answer from "./answer.js";
import { find } from "./dom.js";
import { setDigits } from "./drawing.js";
import { call } from "./engine.js";
import * as graph from "./graph.js";
import { latest } from "./latest.js";
import * as layers from "./layers.js";
import * as models from "./models.js";
import { dismiss, reporter } from "./notice.js";
import { Pad } from "./pad.js";
import { watchPictures } from "./picture.js";
import * as teach from "./teaching.js";
import * as train from "./training.js";
import { showView } from "./views.js";
import * as why from "./why.js";
import { setLanguage, t } from "./words.js";

const views = { answer, layers, why, graph, train, teach };

const report = reporter();
let file = null; // the picture that was opened; null while one draws

const read = latest(async () => {
  if (!models.describe()) {
    return;
  }
  const opened = file;
  const results = new Map();
  try {
    const picture = opened ?? (pad.empty ? null : await pad.blob());
    if (picture) {
      const ids = [models.selected(), ...(models.compared() === null ? [] : [models.compared()])];
      const answers = await Promise.all(ids.map((id) => call(`predict?pixels=1&model=${id}`, picture)));
      ids.forEach((id, i) => results.set(id, answers[i]));
    }
    report(null);
  } catch (error) {
    report(!opened && error.code === "blank" ? null : error); // a dot is the beginning of a drawing
  }
  answer.show(results);
  setDigits(results.get(models.selected())?.characters ?? []);
});

const pad = new Pad(find("pad"), find("hint"), find("cursor"), () => {
  file = null;
  dismiss();
  read();
});

let language = localStorage.getItem("inkstone-language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");

function chooseLanguage(code) {
  language = code;
  setLanguage(code);
  find("language").textContent = t("language");
  find("language").lang = code === "zh" ? "en" : "zh-CN";
}

find("language").addEventListener("click", () => {
  chooseLanguage(language === "zh" ? "en" : "zh");
  localStorage.setItem("inkstone-language", language);
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

models.mount(find("models"));
for (const [name, view] of Object.entries(views)) {
  view.mount(find(name));
}
chooseLanguage(language);
try {
  await models.refresh();
  models.onModels(read);
  showView(views);
  read();
} catch (error) {
  report(error);
}
