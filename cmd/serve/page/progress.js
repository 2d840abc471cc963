// What one sees of a run: its progress, the curves, the sizes of its weights and gradients, and what
// the network still gets wrong.

import { chart, thinned } from "./chart.js";
import { element } from "./dom.js";
import { grayscale } from "./pixels.js";
import { language, t } from "./words.js";

// Progress is the element for the status of a run.
export class Progress {
  #parts = {};

  constructor(target) {
    for (const name of ["head", "numbers", "lesson", "curves", "norms", "mistakes"]) {
      this.#parts[name] = element("div", { className: `run-${name}` });
    }
    this.#parts.bar = element("progress", { max: 1, value: 0 });
    this.#parts.head.role = "status";
    target.append(this.#parts.head, this.#parts.bar, this.#parts.numbers, this.#parts.lesson, this.#parts.curves,
      this.#parts.norms, this.#parts.mistakes);
  }

  // show shows a status.
  show(s) {
    const p = this.#parts;
    const done = s.epochs > 0 && s.steps_per_epoch > 0 ? (Math.max(s.epoch - 1, 0) + s.step / s.steps_per_epoch) / s.epochs : 0;
    p.bar.value = s.state === "finished" ? 1 : Math.min(done, 1);
    p.bar.setAttribute("aria-label", t("progress"));
    p.head.textContent = headline(s);
    p.numbers.replaceChildren(...numbers(s));
    p.lesson.replaceChildren(...(s.lesson ? lesson(s.lesson) : []));
    p.curves.replaceChildren(...curves(s));
    p.norms.replaceChildren(...norms(s));
    p.mistakes.replaceChildren(...mistakes(s));
  }
}

const percent = (fraction) => `${(100 * fraction).toFixed(1)} %`;
const short = (v) => (v >= 100 ? v.toFixed(0) : v >= 1 ? v.toFixed(2) : v.toPrecision(2));

function headline(s) {
  switch (s.state) {
    case "running":
      return s.step > 0 || s.epoch > 0 ? t("runEpoch", Math.max(s.epoch, 1), s.epochs) : t("runBegins");
    case "failed":
      return t("runFailed", s.error ?? "");
    default:
      return t(s.state === "stopped" ? "runStopped" : "runFinished", (s.history ?? []).length);
  }
}

// numbers returns the figures that one looks at first.
function numbers(s) {
  const last = (s.history ?? []).at(-1);
  const list = [];
  const add = (key, value) => list.push(element("div", { className: "number" },
    element("span", { className: "number-value", textContent: value }), element("span", { className: "number-name", textContent: t(key) })));
  if (s.test) {
    add("testAccuracy", percent(s.test.correct / s.test.images));
  }
  if (last?.validation) {
    add("validationAccuracy", percent((last.average ?? last.validation).accuracy));
  }
  const train = s.step > 0 ? s.accuracy : last?.train_accuracy;
  if (train !== undefined) {
    add("trainAccuracy", percent(train));
  }
  const speed = s.images_per_second || last?.images_per_second;
  if (speed) {
    add("speed", new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(speed));
  }
  return list;
}

// lesson returns what teaching has changed.
function lesson(l) {
  const line = (key, { before, after }) => element("li", { textContent: t(key, before.correct, before.images, after ? after.correct : null) });
  return [
    element("ul", { className: "plain" }, line("lessonDrawn", l.drawn), ...(l.known ? [line("lessonKnown", l.known)] : [])),
    element("details", { className: "frozen" },
      element("summary", { textContent: t("frozenPart", l.frozen, l.trainable) }),
      element("ul", { className: "params" }, ...l.parameters.map((p) => element("li", { className: p.frozen ? "is-frozen" : "trains" },
        element("span", { textContent: p.name }),
        element("span", { className: "muted", textContent: p.shape.join(" × ") }),
        element("span", { className: "state", textContent: t(p.frozen ? "frozen" : "trains") }))))),
  ];
}

// curves returns the charts of the loss and of the accuracy.
function curves(s) {
  const c = s.curve;
  const history = s.history ?? [];
  const steps = c.steps ?? [];
  if (steps.length === 0 && history.length === 0) {
    return [];
  }
  const perEpoch = s.steps_per_epoch || (history.length ? history[0].steps : 1);
  const end = Math.max(Math.ceil((steps.at(-1) ?? 0) / perEpoch), history.length, 1);
  const byStep = (values, from) => (steps.length ? thinned(steps.map((step, i) => [step / perEpoch, values[i]])) : history.map((e) => [e.epoch, from(e)]));
  const byEpoch = (from) => history.filter((e) => e.validation).map((e) => [e.epoch, from(e.average ?? e.validation)]);
  const loss = { training: byStep(c.loss, (e) => e.train_loss), validation: byEpoch((e) => e.loss) };
  const accuracy = { training: byStep(c.accuracy, (e) => e.train_accuracy), validation: byEpoch((e) => e.accuracy) };
  const lines = (of) => [
    { className: "training", points: of.training, dots: false },
    { className: "validation", points: of.validation, dots: true },
  ];
  const values = [...loss.training, ...loss.validation].map(([, v]) => v).filter((v) => v > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(...values, 1)));
  const high = Math.max(...values, 1);
  const floor = accuracy.training.concat(accuracy.validation).some(([, v]) => v < 0.5) ? 0 : 0.5;
  const figure = (key, picture) => element("figure", { className: "curve" }, element("figcaption", { textContent: t(key) }), picture);
  return [
    figure("lossCurve", chart(t("lossCurve"), lines(loss), end, { log: true, low, high, format: (v) => (v >= 1 ? v.toFixed(v < 10 && v % 1 ? 1 : 0) : String(Number(v.toPrecision(1)))) })),
    figure("accuracyCurve", chart(t("accuracyCurve"), lines(accuracy), end, { log: false, low: floor, high: 1, format: (v) => `${(100 * v).toFixed(v * 100 % 1 ? 1 : 0)} %` })),
    element("p", { className: "legend" },
      element("span", { className: "key training", textContent: t("trainingLine") }),
      ...(loss.validation.length ? [element("span", { className: "key validation", textContent: t("validationLine") })] : []),
      element("span", { className: "muted", textContent: t("byEpochs") })),
  ];
}

// norms returns a table with the sizes of the weights and of the gradients of each layer.
function norms(s) {
  const layers = s.layers ?? [];
  if (layers.length === 0) {
    return [];
  }
  const largest = { weights: Math.max(...layers.map((l) => l.weights)), gradient: Math.max(...layers.map((l) => l.gradient)) };
  const bar = (l, kind) => {
    const part = largest[kind] > 0 ? l[kind] / largest[kind] : 0;
    return element("td", {}, element("meter", { min: 0, max: 1, value: part, className: kind, "aria-hidden": "true" }), element("span", { textContent: short(l[kind]) }));
  };
  const head = (key) => element("th", { textContent: t(key), scope: "col" });
  return [element("table", {},
    element("caption", { textContent: t("normsTitle") }),
    element("thead", {}, element("tr", {}, head("layer"), head("weights"), head("gradient"))),
    element("tbody", {}, ...layers.map((l) => element("tr", {},
      element("th", { textContent: l.layer, scope: "row" }), bar(l, "weights"),
      l.frozen ? element("td", { className: "muted", textContent: t("frozen") }) : bar(l, "gradient")))))];
}

// mistakes returns the images that the network gets wrong now.
function mistakes(s) {
  if (!s.examined) {
    return [];
  }
  const figures = (s.mistakes ?? []).map((m) => element("figure", { className: "mistake" },
    grayscale(Uint8Array.from(atob(m.pixels), (c) => c.charCodeAt(0)), t("mistakeLabel", m.label, m.predicted)),
    element("figcaption", { textContent: `${m.label} → ${m.predicted}` })));
  return [
    element("h3", { textContent: t("mistakesTitle", s.wrong, s.examined, s.lesson ? "lesson" : s.held ? "validation" : "training") }),
    element("div", { className: "mistakes" }, ...figures),
  ];
}
