// Searches the paragraphs, table rows and headings of the page for all words of the query. Also lets the
// keyboard scroll what is wider than the page.
"use strict";
(() => {
  const input = document.getElementById("search"), found = document.getElementById("found"), contents = document.getElementById("contents");
  const limit = 40, entries = [];
  // A formula is there twice, as MathML and as it is seen; only the second counts.
  const readable = e => {
    if (!e.querySelector(".katex-mathml")) return e.textContent;
    const copy = e.cloneNode(true);
    for (const m of copy.querySelectorAll(".katex-mathml")) m.remove();
    return copy.textContent;
  };
  let place = null;
  for (const e of document.querySelectorAll("main h1, main h2, main h3, main p, main li, main tr, main pre")) {
    if (/^H/.test(e.tagName)) place = { id: e.tagName === "H1" ? e.closest("article").id : e.id, title: e.textContent };
    if (place) entries.push({ e, place, text: readable(e) });
  }
  for (const e of document.querySelectorAll("main pre, main table, main .katex-display")) {
    if (e.scrollWidth > e.clientWidth) e.tabIndex = 0;
  }
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(w => w);
    found.hidden = words.length === 0;
    contents.hidden = !found.hidden;
    found.replaceChildren();
    if (found.hidden) return;
    const seen = new Set();
    for (const { e, place, text } of entries) {
      if (seen.size >= limit || seen.has(e) || !words.every(w => text.toLowerCase().includes(w))) continue;
      seen.add(e);
      const item = document.createElement("li"), link = document.createElement("a"), part = document.createElement("small");
      link.href = "#" + place.id;
      link.textContent = place.title;
      const at = Math.max(0, text.toLowerCase().indexOf(words[0])), whole = text;
      const bold = document.createElement("mark");
      bold.textContent = whole.slice(at, at + words[0].length);
      part.append(whole.slice(Math.max(0, at - 30), at), bold, whole.slice(at + words[0].length, at + 60));
      item.append(link, part);
      item.addEventListener("click", event => { event.preventDefault(); e.scrollIntoView({ block: "center" }); });
      found.append(item);
    }
    if (!seen.size) found.append(Object.assign(document.createElement("li"), { textContent: "–" }));
  };
  input.addEventListener("input", show);
})();
