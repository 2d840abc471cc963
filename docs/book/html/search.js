// Searches the paragraphs, table rows and headings of the page for all words of the query.
"use strict";
(() => {
  const input = document.getElementById("search"), found = document.getElementById("found"), contents = document.getElementById("contents");
  const limit = 40, entries = [];
  let place = null;
  for (const e of document.querySelectorAll("main h1, main h2, main h3, main p, main li, main tr, main pre")) {
    if (/^H/.test(e.tagName)) place = { id: e.tagName === "H1" ? e.closest("article").id : e.id, title: e.textContent };
    if (place) entries.push({ e, place, text: e.textContent.toLowerCase() });
  }
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(w => w);
    found.hidden = words.length === 0;
    contents.hidden = !found.hidden;
    found.replaceChildren();
    if (found.hidden) return;
    const seen = new Set();
    for (const { e, place, text } of entries) {
      if (seen.size >= limit || seen.has(e) || !words.every(w => text.includes(w))) continue;
      seen.add(e);
      const item = document.createElement("li"), link = document.createElement("a"), part = document.createElement("small");
      link.href = "#" + place.id;
      link.textContent = place.title;
      const at = Math.max(0, text.indexOf(words[0])), whole = e.textContent;
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
