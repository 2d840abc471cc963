// Work that is repeated while what it depends on changes.

import { onDrawing } from "./drawing.js";
import { onModels } from "./models.js";
import { onLanguage } from "./words.js";

// latest returns a function that runs f. Calls during a run lead to one more run after it, so that
// the last run has seen the last change.
export function latest(f) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) {
      return;
    }
    running = true;
    try {
      while (again) {
        again = false;
        await f();
      }
    } finally {
      running = false;
    }
  };
}

// whileShown returns the function shown of a view: it runs f when the view appears, and after each
// change of the drawing, the models or the language while it is visible.
export function whileShown(f) {
  const run = latest(f);
  let visible = false;
  const changed = () => {
    if (visible) {
      run();
    }
  };
  onDrawing(changed);
  onModels(changed);
  onLanguage(changed);
  return (now) => {
    visible = now;
    changed();
  };
}
