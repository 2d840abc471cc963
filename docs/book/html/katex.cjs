// Reads formulas as JSON from the standard input and writes them as HTML. The argument is the folder of KaTeX.
const katex = require(process.argv[1]);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(f =>
  katex.renderToString(f.tex, { displayMode: f.display, throwOnError: true, strict: "ignore" }))));
