// The line that says what went wrong.

import { find } from "./dom.js";
import { has, onLanguage, t } from "./words.js";

let problem = null;

// report shows an error of the engine, or nothing for null.
export function report(error) {
  problem = error;
  show();
}

// attempt runs f and reports its error.
export async function attempt(f) {
  try {
    report(null);
    await f();
  } catch (error) {
    report(error);
  }
}

function show() {
  const notice = find("notice");
  notice.hidden = !problem;
  notice.textContent = problem ? (has(problem.code) && problem.code !== "failed" ? t(problem.code) : t("failed", problem.message)) : "";
}

onLanguage(show);
