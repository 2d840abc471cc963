// Runs the program of a static page under Node and calls its routes.
//
//   node calls.cjs FOLDER < calls.json > answers.json
//
// calls.json is a list of { route, body }. train-status is called until the training has ended. An
// answer that is no JSON is written in base64.

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const zlib = require("node:zlib");

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name));
vm.runInThisContext(read("wasm_exec.js").toString());

const waiting = new Map();
globalThis.inkstoneAnswer = (a) => waiting.get(a.id)(a);
const ready = new Promise((resolve) => (globalThis.inkstoneReady = resolve));

let last = 0;
async function call(program, route, body) {
  const id = ++last;
  const answer = await new Promise((resolve) => {
    waiting.set(id, resolve);
    program(id, route, "", "application/json", new TextEncoder().encode(JSON.stringify(body)));
  });
  if (answer.error) {
    throw new Error(`${route}: ${answer.error.message}`);
  }
  const content = Buffer.from(answer.body);
  return answer.type === "application/json" ? JSON.parse(content.toString()) : content.toString("base64");
}

async function main() {
  const go = new Go();
  const { instance } = await WebAssembly.instantiate(zlib.gunzipSync(read("inkstone.wasm.gz")), go.importObject);
  go.run(instance);
  const program = await ready;
  const answers = [];
  for (const { route, body } of JSON.parse(fs.readFileSync(0).toString())) {
    let answer = await call(program, route, body);
    while (route === "train-status" && answer.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, 200));
      answer = await call(program, route, body);
    }
    answers.push(answer);
  }
  fs.writeSync(1, JSON.stringify(answers));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
