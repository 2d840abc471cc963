// Line charts as SVG.

const width = 420;
const height = 220;
const margin = { left: 46, right: 12, top: 10, bottom: 26 };

// svg returns an SVG element with attributes and children.
function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// chart returns a chart of lines, each with a className, points [x, y] and whether it has dots.
// x runs from 0 to the end. y is { log, low, high, format }: an axis whose ticks format writes.
export function chart(label, lines, end, y) {
  const scale = y.log ? Math.log10 : (v) => v;
  const low = scale(y.low);
  const high = scale(y.high);
  const px = (x) => margin.left + ((width - margin.left - margin.right) * x) / end;
  const py = (v) => {
    const part = (scale(Math.max(v, y.log ? y.low : -Infinity)) - low) / (high - low || 1);
    return height - margin.bottom - (height - margin.top - margin.bottom) * Math.min(Math.max(part, 0), 1);
  };
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "chart" });
  for (const tick of y.log ? decades(y.low, y.high) : steps(y.low, y.high)) {
    const at = py(tick);
    picture.append(svg("line", { class: "tick", x1: margin.left, x2: width - margin.right, y1: at, y2: at }),
      svg("text", { class: "tick-text", x: margin.left - 6, y: at + 4, "text-anchor": "end" }, y.format(tick)));
  }
  for (const tick of wholes(end)) {
    picture.append(svg("text", { class: "tick-text", x: px(tick), y: height - 8, "text-anchor": "middle" }, String(tick)));
  }
  for (const { className, points, dots } of lines) {
    const known = points.filter(([, v]) => Number.isFinite(v));
    if (known.length > 1) {
      picture.append(svg("polyline", { class: `line ${className}`, points: known.map(([x, v]) => `${px(x).toFixed(1)},${py(v).toFixed(1)}`).join(" ") }));
    }
    if (dots || known.length === 1) {
      picture.append(...known.map(([x, v]) => svg("circle", { class: `dot ${className}`, cx: px(x), cy: py(v), r: 3.5 })));
    }
  }
  return picture;
}

// decades returns the powers of ten between two numbers, or the ends if there is none.
function decades(low, high) {
  const list = [];
  for (let k = Math.ceil(Math.log10(low)); k <= Math.floor(Math.log10(high)); k++) {
    list.push(10 ** k);
  }
  return list.length > 1 ? list : [low, high];
}

// steps returns five numbers from one to another.
function steps(low, high) {
  return [0, 1, 2, 3, 4].map((k) => low + ((high - low) * k) / 4);
}

// wholes returns at most nine whole numbers from 0 to the end.
function wholes(end) {
  const step = Math.max(1, Math.ceil(end / 8));
  const list = [];
  for (let x = 0; x <= end; x += step) {
    list.push(x);
  }
  return list;
}

// thinned returns at most about 100 points: each is the mean of as many.
export function thinned(points) {
  const n = Math.ceil(points.length / 100);
  const list = [];
  for (let i = 0; i < points.length; i += n) {
    const some = points.slice(i, i + n);
    list.push([some.at(-1)[0], some.reduce((sum, [, v]) => sum + v, 0) / some.length]);
  }
  return list;
}
