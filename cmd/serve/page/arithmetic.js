// How a value of a layer is computed: its formula with the numbers.

import { element } from "./dom.js";
import { number, tint } from "./paint.js";
import { t } from "./words.js";

const shownChannels = 3; // of a window, before the reader asks for more
const shownTerms = 8; // of a sum, likewise

// explainValue writes the explanation of a value, the answer of the route arithmetic. links has its
// title, the names of the classes, known, which reports whether a layer has a name, and follow, which
// explains the value of a layer at some indices.
export function explainValue(target, answer, links) {
  const windowed = ["conv", "maxpool", "avgpool"].includes(answer.kind);
  target.replaceChildren(
    element("h3", { textContent: links.title }),
    element("p", { className: "formula", textContent: t(`formula_${answer.kind}`) }),
    windowed ? channels(answer, links) : answer.kind === "softmax" ? shares(answer, links) : terms(answer, links),
    total(answer),
    check(answer));
}

// channels writes the window: for each channel its values, and for a convolution the kernel and the
// products. The channels with the largest sums come first.
function channels(answer, links) {
  const byChannel = new Map();
  for (const term of answer.terms) {
    const k = term.at[2];
    if (!byChannel.has(k)) {
      byChannel.set(k, { channel: k, terms: [], sum: 0 });
    }
    byChannel.get(k).terms.push(term);
    byChannel.get(k).sum += term.input * term.weight;
  }
  const sorted = [...byChannel.values()].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const list = element("div", { className: "windows" });
  more(list, sorted, shownChannels, (c) => oneChannel(answer, c, links), "moreChannels");
  return list;
}

function oneChannel(answer, { channel, terms: list, sum }, links) {
  const from = list[0].from === "images" ? t("drawing") : t("channelOf", list[0].from, channel);
  const largest = Math.max(...list.map((term) => term.input));
  const parts = [grid(list, (term) => inputCell(term, links, answer.kind === "maxpool" && !term.padding && term.input === largest))];
  if (answer.kind === "conv") {
    parts.push(sign("×"), grid(list, (term) => cell(term.weight)), sign("="), grid(list, (term) => cell(term.input * term.weight)));
  }
  const caption = answer.kind === "conv" ? t("channelSum", from, number(sum)) : from;
  return element("figure", { className: "window" }, element("figcaption", { textContent: caption }), element("div", { className: "equation" }, ...parts));
}

const sign = (text) => element("span", { className: "sign", textContent: text });

// grid returns the cells of a window by their rows, with colors by their size.
function grid(list, make) {
  const rows = Math.max(...list.map((term) => term.row)) + 1;
  const columns = Math.max(...list.map((term) => term.column)) + 1;
  const body = element("tbody");
  const cells = list.map(make);
  const largest = Math.max(...cells.map((c) => Math.abs(Number(c.dataset.value))));
  for (let r = 0; r < rows; r++) {
    const row = element("tr");
    for (let c = 0; c < columns; c++) {
      const i = list.findIndex((term) => term.row === r && term.column === c);
      if (i >= 0) {
        cells[i].style.background = cells[i].classList.contains("padding") ? "" : tint(Number(cells[i].dataset.value), largest);
        row.append(cells[i]);
      } else {
        row.append(element("td", { className: "padding" }));
      }
    }
    body.append(row);
  }
  return element("table", { className: "grid" }, body);
}

const short = (v) => number(Number(v.toPrecision(3)));

function cell(v) {
  return element("td", { textContent: short(v), data: { value: v } });
}

// inputCell returns the cell of an input value, which leads to its own explanation if it is the
// output of a layer.
function inputCell(term, links, best) {
  const made = element("td", { data: { value: term.padding ? 0 : term.input }, className: term.padding ? "padding" : best ? "best" : "" });
  if (term.padding || !links.known(term.from)) {
    made.textContent = term.padding ? "0" : short(term.input);
    made.title = term.padding ? t("padding") : "";
  } else {
    made.append(link(term, short(term.input), links));
  }
  return made;
}

// link returns a button that explains an input value.
function link(term, text, links) {
  return element("button", {
    type: "button", className: "link", textContent: text, "aria-label": t("explainInput", term.from, term.at.join(", "), number(term.input)),
    onclick: () => links.follow(term.from, term.at),
  });
}

// terms writes the input values with their weights, the largest products first.
function terms(answer, links) {
  if (answer.terms.length === 0) {
    return element("p", { className: "muted", textContent: t("customLayer") });
  }
  const weighted = ["conv", "dense", "scale"].includes(answer.kind);
  const sorted = [...answer.terms].sort((a, b) => Math.abs(b.input * b.weight) - Math.abs(a.input * a.weight));
  const head = [t("inputHead"), t("valueHead"), ...(weighted ? [t("weightHead"), t("productHead")] : [])];
  const body = element("tbody");
  const table = element("table", { className: "terms" },
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col", textContent: text })))), body);
  const row = (term) => {
    const name = `${term.from === "images" ? t("drawing") : term.from} (${term.at.join(", ")})`;
    const first = element("th", { scope: "row" }, links.known(term.from) ? link(term, name, links) : name);
    const numbers = weighted ? [term.input, term.weight, term.input * term.weight] : [term.input];
    return element("tr", {}, first, ...numbers.map((v) => element("td", { textContent: number(v) })));
  };
  const list = element("div", {}, table);
  more(body, sorted, shownTerms, row, "moreTerms", list);
  return list;
}

// shares writes the exponential of each logit and its share of their sum.
function shares(answer, links) {
  const largest = Math.max(...answer.terms.map((term) => term.input));
  const sum = answer.terms.reduce((s, term) => s + Math.exp(term.input - largest), 0);
  const head = ["classHead", "logitHead", "expHead", "shareHead"].map((key) => element("th", { scope: "col", textContent: t(key) }));
  const rows = answer.terms.map((term, i) => {
    const name = answer.terms.length === links.classes.length ? links.classes[i] : String(i);
    const first = element("th", { scope: "row" }, links.known(term.from) ? link(term, name, links) : name);
    const made = element("tr", { className: i === answer.at[0] ? "best" : "" }, first);
    for (const v of [term.input, Math.exp(term.input - largest), Math.exp(term.input - largest) / sum]) {
      made.append(element("td", { textContent: number(v) }));
    }
    return made;
  });
  return element("div", {}, element("table", { className: "terms" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
    element("p", { className: "muted", textContent: t("softmaxNote", number(largest), number(sum)) }));
}

// more appends the first elements of a list, and a button for the others.
function more(target, list, first, make, key, place = target) {
  target.append(...list.slice(0, first).map(make));
  const rest = list.slice(first);
  if (rest.length === 0) {
    return;
  }
  const button = element("button", {
    type: "button", className: "small", textContent: t(key, rest.length),
    onclick: () => {
      button.remove();
      target.append(...rest.map(make));
    },
  });
  place.append(button);
}

// total writes the last step: the formula with its numbers.
function total(answer) {
  const result = number(answer.result);
  const inputs = answer.terms.map((term) => term.input);
  const c = answer.constants;
  const products = () => answer.terms.reduce((sum, term) => sum + term.input * term.weight, 0) + answer.rest;
  const count = answer.terms.length + answer.omitted;
  const sum = () => `${t("sumOf", count)} (${number(products())}) + ${t("bias")} (${number(answer.bias)}) = ${result}`;
  const mean = () => `${number(answer.result * count)} / ${count} = ${result}`;
  const texts = {
    conv: sum, dense: sum, globalavgpool: mean, avgpool: mean, mean,
    batchnorm: () => `${signed(c.weight)} × (${number(inputs[0])} − ${signed(c.mean)}) / √(${number(c.variance)} + ${number(c.epsilon)}) + ${signed(c.bias)} = ${result}`,
    relu: () => `max(${number(inputs[0])}, 0) = ${result}`,
    maxpool: () => `max(${inputs.length > 9 ? "…" : inputs.map(number).join(", ")}) = ${result}`,
    add: () => `${inputs.map(signed).join(" + ")} = ${result}`,
    mul: () => `${(count === 1 ? [inputs[0], inputs[0]] : inputs).map(signed).join(" × ")} = ${result}`,
    softmax: () => {
      const largest = Math.max(...inputs);
      const exps = inputs.map((x) => Math.exp(x - largest));
      return `${number(exps[answer.at[0]])} / ${number(exps.reduce((s, v) => s + v, 0))} = ${result}`;
    },
  };
  return element("p", { className: "total", textContent: texts[answer.kind]?.() ?? `= ${result}` });
}

// signed puts a negative number in parentheses.
const signed = (v) => (v < 0 ? `(${number(v)})` : number(v));

// check compares the result with the value that the kernel computed.
function check(answer) {
  const size = answer.terms.reduce((sum, term) => sum + Math.abs(term.input * term.weight), Math.abs(answer.bias) + Math.abs(answer.value));
  const agrees = Math.abs(answer.value - answer.result) <= 1e-5 * size + 1e-12;
  const text = t(agrees ? "kernelAgrees" : "kernelDiffers", String(answer.value), String(answer.result));
  return element("p", { className: agrees ? "check" : "check differs", textContent: text, id: "check", data: { value: answer.value, result: answer.result } });
}
