// The view of the expression graph.

import { element, labeled, option } from "./dom.js";
import { call } from "./engine.js";
import { whileShown } from "./latest.js";
import { describe, explained, nameOf } from "./models.js";
import { t } from "./words.js";

let section, kind, image, about, address;
let drawn = ""; // what the image shows

// mount builds the view.
export function mount(target) {
  section = target;
  kind = element("select", { id: "graph-kind", onchange: () => shown(true) });
  image = element("img", { className: "graph", alt: "" });
  about = element("p", { className: "muted", data: { text: "aboutGraph" } });
  section.append(element("div", { className: "controls" }, labeled("graphKind", kind)), about,
    element("div", { className: "paper", tabIndex: 0, role: "group", data: { label: "viewGraph" } }, image));
}

export const shown = whileShown(async () => {
  if (!describe()) {
    return;
  }
  const chosen = kind.value || "0";
  kind.replaceChildren(option("0", t("graphEvaluation"), chosen === "0"), option("1", t("graphTraining"), chosen === "1"));
  image.alt = t("graphAlt", nameOf(explained()));
  const route = `graph?model=${explained()}&training=${chosen}`;
  if (drawn === route) {
    return;
  }
  const svg = await call(route);
  URL.revokeObjectURL(address);
  address = URL.createObjectURL(svg);
  image.src = address;
  drawn = route;
});
