// Small pictures of what a network sees.

import { element } from "./dom.js";
import { picture } from "./paint.js";

const side = 28;

// grayscale returns a canvas with an image of 784 values, 0 for background and 255 for ink.
export function grayscale(pixels, label) {
  const canvas = element("canvas", { width: side, height: side, role: "img", "aria-label": label, className: "thumb" });
  canvas.getContext("2d").drawImage(picture(side, side, (i) => [pixels[i], pixels[i], pixels[i]]), 0, 0);
  return canvas;
}
