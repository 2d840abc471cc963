// Work that is repeated while what it depends on changes.

import { onDrawing } from "./drawing.js";
import { onModels } from "./models.js";
import { reporter } from "./notice.js";
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
// change of the drawing, the models or the language while it is visible. It reports an error of f
// until f succeeds or the view disappears.
export function whileShown(f) {
  const report = reporter();
  let visible = false;
  const run = latest(async () => {
    let found = null;
    try {
      await f();
    } catch (error) {
      found = error;
    }
    report(visible ? found : null);
  });
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
    report(null);
    changed();
  };
}
