// What has been drawn or opened, as the network sees it.

import { changes } from "./changes.js";

let digits = []; // of the picture, from left to right
let chosen = 0;

export const [onDrawing, announce] = changes();

// setDigits replaces the digits: lists with the pixels and the label of each.
export function setDigits(list) {
  digits = list;
  chosen = Math.min(chosen, Math.max(0, list.length - 1));
  announce();
}

// choose selects the digit that the views explain.
export function choose(index) {
  chosen = index;
  announce();
}

// chosenDigit returns the index of that digit.
export const chosenDigit = () => chosen;

// current returns the digit that the views explain: its pixels, 784 numbers from 0 to 255, and the
// label that the network reads. It returns null if nothing is drawn.
export const current = () => digits[chosen] ?? null;
