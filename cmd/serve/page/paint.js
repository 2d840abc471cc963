// Colors of values: of maps, windows and explanations.

// range returns the largest magnitude of values, and whether there are negative ones.
export function range(values) {
  let largest = 0;
  let signed = false;
  for (const v of values) {
    largest = Math.max(largest, Math.abs(v ?? 0));
    signed ||= v < 0;
  }
  return { largest: largest || 1, signed };
}

const red = [165, 15, 21];
const blue = [8, 81, 156];

// color returns red, green and blue from 0 to 255: black to white if no value is negative, otherwise
// white for 0, red for positive and blue for negative values.
export function color(v, { largest, signed }) {
  const share = Math.min(1, Math.abs(v ?? 0) / largest);
  if (!signed) {
    return [255 * share, 255 * share, 255 * share];
  }
  const dark = v < 0 ? blue : red;
  return dark.map((c) => 255 - share * (255 - c));
}

// tint returns a light background for a number, as a CSS color: red above 0, blue below.
export function tint(v, largest) {
  const share = 0.45 * Math.min(1, Math.abs(v) / (largest || 1));
  const [r, g, b] = (v < 0 ? blue : red).map((c) => Math.round(255 - share * (255 - c)));
  return `rgb(${r} ${g} ${b})`;
}

// picture returns a canvas of width x height pixels, whose colors at(i) returns.
export function picture(width, height, at) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const data = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    data.data.set([...at(i), 255], 4 * i);
  }
  context.putImageData(data, 0, 0);
  return canvas;
}

// number returns a value with four significant digits.
export function number(v) {
  if (v === null) {
    return "–";
  }
  if (v === 0) {
    return "0";
  }
  const size = Math.abs(v);
  const text = size >= 1e5 || size < 1e-6 ? v.toExponential(2) : String(Number(v.toPrecision(4)));
  return text.replaceAll("-", "−");
}
