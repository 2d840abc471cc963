// The output of a layer as pictures: all its channels, and one of them enlarged.

import { color, number, picture, range } from "./paint.js";

const gap = 3;

// Output is the output of a layer for an image. A vector is shown as one map with rows of units.
export class Output {
  constructor({ layer, shape, values }) {
    this.layer = layer;
    this.shape = shape;
    this.values = values;
    this.range = range(values);
    this.vector = shape.length !== 3;
    if (this.vector) {
      const units = values.length;
      this.width = Math.min(units, 32);
      this.height = Math.ceil(units / this.width);
      this.channels = 1;
    } else {
      [this.height, this.width, this.channels] = shape;
    }
  }

  // offset returns the place of a value, or -1 if there is none.
  offset(row, column, channel) {
    if (row < 0 || column < 0 || row >= this.height || column >= this.width) {
      return -1;
    }
    const offset = (row * this.width + column) * this.channels + channel;
    return offset < this.values.length ? offset : -1;
  }

  // at returns the indices of a value in the output of the layer.
  at(offset) {
    const at = [];
    for (const size of [...this.shape].reverse()) {
      at.unshift(offset % size);
      offset = Math.floor(offset / size);
    }
    return at;
  }

  // place returns the row, the column and the channel at which a value is drawn.
  place(offset) {
    const cell = Math.floor(offset / this.channels);
    return { row: Math.floor(cell / this.width), column: cell % this.width, channel: offset % this.channels };
  }

  // map returns the picture of a channel.
  map(channel) {
    return picture(this.width, this.height, (i) => {
      const offset = i * this.channels + channel;
      return offset < this.values.length ? color(this.values[offset], this.range) : [128, 128, 128];
    });
  }

  // lowest and highest are the ends of the range of the values.
  get lowest() {
    return number(this.values.reduce((a, b) => Math.min(a, b ?? a), Infinity));
  }

  get highest() {
    return number(this.values.reduce((a, b) => Math.max(a, b ?? a), -Infinity));
  }
}

// paintAll draws the maps of all channels side by side. It returns a function that returns the offset
// of the value at a position of the pointer, or -1.
export function paintAll(canvas, output, chosen) {
  const available = canvas.parentElement.clientWidth || 560;
  const ratio = Math.min(2, devicePixelRatio || 1);
  const side = output.channels <= 8 ? 112 : output.channels <= 32 ? 72 : output.channels <= 96 ? 56 : 40;
  const width = Math.min(side, available - gap);
  const height = Math.max(8, (width * output.height) / output.width);
  const columns = Math.max(1, Math.min(output.channels, Math.floor((available + gap) / (width + gap))));
  const rows = Math.ceil(output.channels / columns);
  size(canvas, columns * (width + gap) - gap, rows * (height + gap) - gap, ratio);
  const context = prepared(canvas, ratio);
  for (let c = 0; c < output.channels; c++) {
    const x = (c % columns) * (width + gap);
    const y = Math.floor(c / columns) * (height + gap);
    context.drawImage(output.map(c), x, y, width, height);
    if (c === chosen?.channel) {
      frame(context, x, y, width, height, 3);
    }
  }
  return (x, y) => {
    const column = Math.floor(x / (width + gap));
    const row = Math.floor(y / (height + gap));
    const channel = row * columns + column;
    if (column >= columns || channel >= output.channels) {
      return -1;
    }
    const inside = (position, total, cells) => Math.min(cells - 1, Math.floor((position / total) * cells));
    return output.offset(inside(y - row * (height + gap), height, output.height), inside(x - column * (width + gap), width, output.width), channel);
  };
}

// paintOne draws the map of a channel in cells that can be hit, and frames the chosen one. It returns
// a function like that of paintAll.
export function paintOne(canvas, output, chosen) {
  const available = Math.min(canvas.parentElement.clientWidth || 320, output.vector ? 640 : 320);
  const ratio = Math.min(2, devicePixelRatio || 1);
  const cell = Math.min(available / output.width, 320 / output.height, 48);
  size(canvas, cell * output.width, cell * output.height, ratio);
  const context = prepared(canvas, ratio);
  context.drawImage(output.map(chosen.channel), 0, 0, cell * output.width, cell * output.height);
  frame(context, chosen.column * cell, chosen.row * cell, cell, cell, Math.min(3, cell / 3));
  return (x, y) => output.offset(Math.floor(y / cell), Math.floor(x / cell), chosen.channel);
}

function size(canvas, width, height, ratio) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.aspectRatio = `${width} / ${height}`;
}

function prepared(canvas, ratio) {
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

// frame draws a rectangle that stands out from dark and light.
function frame(context, x, y, width, height, line) {
  context.lineWidth = line;
  context.strokeStyle = "#ffb000";
  context.strokeRect(x + line / 2, y + line / 2, width - line, height - line);
}
