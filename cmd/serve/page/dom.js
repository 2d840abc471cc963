// Helpers for the elements of the page.

import { t } from "./words.js";

// find returns the element with an id.
export const find = (id) => document.getElementById(id);

// element returns an element with properties and children. The property data sets data attributes,
// and names with a hyphen or "role" are attributes.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "data") {
      Object.assign(made.dataset, value);
    } else if (name === "role" || name === "for" || name.includes("-")) {
      made.setAttribute(name, value);
    } else {
      made[name] = value;
    }
  }
  made.append(...children);
  return made;
}

// option returns an option of a select element.
export function option(value, text, selected) {
  return element("option", { value, textContent: text, selected });
}

// labeled returns a control with its label, whose text has the key.
export function labeled(key, control) {
  return element("label", { className: "field" }, element("span", { textContent: t(key), data: { text: key } }), control);
}
