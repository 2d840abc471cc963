// The texts of the page in the language that the reader chooses.

import { changes } from "./changes.js";
import { chinese } from "./chinese.js";
import { english } from "./english.js";

let words = english;

export const [onLanguage, announce] = changes();

// setLanguage chooses the language of t, "zh" or "en", and writes the texts of the page.
export function setLanguage(code) {
  words = code === "zh" ? chinese : english;
  document.documentElement.lang = code === "zh" ? "zh-CN" : "en";
  document.title = `${t("title")} – Inkstone`;
  translate(document);
  announce();
}

// translate writes the texts of the elements within root that have a key.
export function translate(root) {
  for (const e of root.querySelectorAll("[data-text]")) {
    e.textContent = t(e.dataset.text);
  }
  for (const e of root.querySelectorAll("[data-label]")) {
    e.setAttribute("aria-label", t(e.dataset.label));
  }
}

// language returns the language for formats of numbers.
export const language = () => document.documentElement.lang;

// t returns the text of a key. A text with values is a function of them. It returns the key
// itself if there is no text.
export function t(key, ...values) {
  const text = words[key] ?? key;
  return typeof text === "function" ? text(...values) : text;
}

// has reports whether a key has a text.
export function has(key) {
  return key in english;
}

// doubt returns a doubt of the server in the language of the page.
export function doubt(text) {
  const unsure = /^(.+) has a probability of only (\d+) %$/u.exec(text);
  return unsure ? t("doubtUnsure", unsure[1], unsure[2]) : t(text);
}
