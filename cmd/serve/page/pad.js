// The pad on which one draws, with a pointer (mouse, touch, pen) or with the keyboard.

const size = 560; // side of the canvas, in its own pixels
const pen = 40; // width of a stroke
const step = 20; // of the pen for an arrow key
const margin = 60; // around the drawing that is read, so that no stroke reaches its border

export class Pad {
  #canvas;
  #context;
  #hint;
  #cursor;
  #strokes = []; // lists of points
  #pointer = null; // the id of the pointer that draws
  #pen = { x: size / 2, y: size / 2, down: false }; // of the keyboard
  #changed;

  // changed is called after each change of the drawing.
  constructor(canvas, hint, cursor, changed) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#hint = hint;
    this.#cursor = cursor;
    this.#changed = changed;
    canvas.addEventListener("pointerdown", (e) => this.#start(e));
    canvas.addEventListener("pointermove", (e) => this.#move(e));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (e) => this.#end(e));
    }
    canvas.addEventListener("keydown", (e) => this.#key(e));
    canvas.addEventListener("contextrestored", () => this.#paint());
    canvas.addEventListener("blur", () => this.#hideCursor());
    this.#paint();
  }

  get empty() {
    return this.#strokes.length === 0;
  }

  clear() {
    this.#strokes = [];
    this.#paint();
  }

  // undo removes the last stroke.
  undo() {
    this.#strokes.pop();
    this.#paint();
  }

  // show shows an ImageBitmap, as large as it fits, until the drawing changes.
  show(bitmap) {
    const scale = Math.min(size / bitmap.width, size / bitmap.height);
    const width = bitmap.width * scale;
    const height = bitmap.height * scale;
    this.#context.drawImage(bitmap, (size - width) / 2, (size - height) / 2, width, height);
    this.#hint.hidden = true;
    this.#hideCursor();
  }

  // blob returns the drawing as a PNG picture with a margin.
  blob() {
    const framed = new OffscreenCanvas((size + 2 * margin) / 2, (size + 2 * margin) / 2);
    const context = framed.getContext("2d");
    context.scale(0.5, 0.5);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, size + 2 * margin, size + 2 * margin);
    context.translate(margin, margin);
    drawStrokes(context, this.#strokes);
    return framed.convertToBlob({ type: "image/png" });
  }

  #start(e) {
    if (this.#pointer !== null || e.button !== 0) {
      return;
    }
    this.#pointer = e.pointerId;
    this.#canvas.setPointerCapture(e.pointerId);
    this.#hideCursor();
    this.#strokes.push([this.#point(e)]);
    this.#paint();
  }

  #move(e) {
    if (e.pointerId === this.#pointer && e.buttons === 0) {
      this.#pointer = null; // it was lifted where the page did not see it
    }
    if (e.pointerId !== this.#pointer) {
      return;
    }
    // A browser reports several positions of a fast pointer in one event.
    const events = e.getCoalescedEvents?.() ?? [];
    for (const one of events.length > 0 ? events : [e]) {
      this.#strokes.at(-1)?.push(this.#point(one));
    }
    this.#paint();
  }

  #end(e) {
    if (e.pointerId === this.#pointer) {
      this.#pointer = null;
    }
  }

  #point(e) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: ((e.clientX - box.left) * size) / box.width, y: ((e.clientY - box.top) * size) / box.height };
  }

  #key(e) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (e.ctrlKey || e.metaKey || e.altKey) {
      return;
    }
    if (e.key in arrows) {
      const [dx, dy] = arrows[e.key];
      const distance = e.shiftKey ? 3 * step : step;
      this.#pen.x = Math.min(Math.max(this.#pen.x + dx * distance, 0), size);
      this.#pen.y = Math.min(Math.max(this.#pen.y + dy * distance, 0), size);
      if (this.#pen.down) {
        this.#strokes.at(-1)?.push({ x: this.#pen.x, y: this.#pen.y });
        this.#paint();
      }
    } else if (e.key === " ") {
      this.#pen.down = !this.#pen.down;
      if (this.#pen.down) {
        this.#strokes.push([{ x: this.#pen.x, y: this.#pen.y }]);
        this.#paint();
      }
    } else if (e.key === "Backspace") {
      this.#pen.down = false;
      this.undo();
    } else if (e.key === "Delete") {
      this.#pen.down = false;
      this.clear();
    } else {
      return;
    }
    e.preventDefault();
    this.#showCursor();
  }

  #showCursor() {
    this.#cursor.hidden = false;
    this.#cursor.classList.toggle("down", this.#pen.down);
    this.#cursor.style.left = `${(100 * this.#pen.x) / size}%`;
    this.#cursor.style.top = `${(100 * this.#pen.y) / size}%`;
  }

  #hideCursor() {
    this.#cursor.hidden = true;
    this.#pen.down = false;
  }

  #paint() {
    this.#context.fillStyle = "#fff";
    this.#context.fillRect(0, 0, size, size);
    drawStrokes(this.#context, this.#strokes);
    this.#hint.hidden = !this.empty;
    this.#changed();
  }
}

function drawStrokes(context, strokes) {
  context.strokeStyle = "#1c1f23";
  context.lineWidth = pen;
  context.lineCap = context.lineJoin = "round";
  for (const [first, ...rest] of strokes) {
    context.beginPath();
    context.moveTo(first.x, first.y);
    context.lineTo(first.x + 0.1, first.y); // a dot, if there is nothing else
    for (const point of rest) {
      context.lineTo(point.x, point.y);
    }
    context.stroke();
  }
}
