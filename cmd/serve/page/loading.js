// How much of the program of the static page has been loaded.

import { find } from "./dom.js";
import { onLanguage, t } from "./words.js";

let part = 1;

// showLoading shows a part from 0 to 1, and nothing for 1.
export function showLoading(now) {
  part = now;
  const line = find("loading");
  line.hidden = part === 1;
  line.textContent = t("loading", Math.round(100 * part));
}

onLanguage(() => showLoading(part));
