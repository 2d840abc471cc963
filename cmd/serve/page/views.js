// The views, one of which is visible: the address has its name after #.

import { find } from "./dom.js";

// showView shows the view that the address names, now and when the address changes. views has for
// each name a function shown, which is called with whether the view is visible.
export function showView(views) {
  const names = Object.keys(views);
  let visible = null;
  const follow = () => {
    const asked = location.hash.slice(1);
    const name = names.includes(asked) ? asked : names[0];
    if (name === visible) {
      return;
    }
    for (const one of names) {
      find(one).hidden = one !== name;
    }
    for (const link of document.querySelectorAll("nav a")) {
      if (link.hash === `#${name}`) {
        link.setAttribute("aria-current", "page");
        const bar = link.parentElement; // which may be wider than the window
        bar.scrollLeft = Math.max(0, link.offsetLeft - bar.offsetLeft + link.offsetWidth - bar.clientWidth);
      } else {
        link.removeAttribute("aria-current");
      }
    }
    if (visible) {
      views[visible].shown(false);
    }
    visible = name;
    views[name].shown(true);
  };
  addEventListener("hashchange", follow);
  follow();
}
