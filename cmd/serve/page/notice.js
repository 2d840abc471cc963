// The lines that say what went wrong.

import { find } from "./dom.js";
import { has, onLanguage, t } from "./words.js";

const reporters = []; // each with the error that it reported last, or null

// reporter returns a function that reports an error, or null for none. Its error is shown until the
// same function reports another or null, whatever else succeeds meanwhile.
export function reporter() {
  const own = { error: null };
  reporters.push(own);
  return (error) => {
    own.error = error;
    show();
  };
}

const reportAction = reporter();

// attempt runs f, which the reader has asked for, and reports its error.
export async function attempt(f) {
  dismiss();
  try {
    await f();
  } catch (error) {
    reportAction(error);
  }
}

// dismiss removes the error of the last attempt.
export function dismiss() {
  reportAction(null);
}

function show() {
  const text = (error) => (has(error.code) && error.code !== "failed" ? t(error.code) : t("failed", error.message));
  const texts = new Set(reporters.filter((r) => r.error).map((r) => text(r.error)));
  const notice = find("notice");
  notice.hidden = texts.size === 0;
  notice.textContent = [...texts].join("\n");
}

onLanguage(show);
