// Evaluates ONNX files with ONNX Runtime.
//
//   node ort.mjs PACKAGE IMAGES HEIGHT WIDTH MODEL LOGITS [MODEL LOGITS]...
//
// PACKAGE is the folder or the name of onnxruntime-node or onnxruntime-web, IMAGES a file of float32
// images. The logits of each model are written as float32.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const [name, imagesFile, height, width, ...files] = process.argv.slice(2);
const require = createRequire(path.join(process.cwd(), "_"));
const ort = require(name);
ort.env.logLevel = "error";
if (ort.env.wasm) ort.env.wasm.numThreads = 1;

const bytes = readFileSync(imagesFile);
const images = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const size = height * width;
const count = images.length / size;
const batch = 100;

for (let i = 0; i < files.length; i += 2) {
  const session = await ort.InferenceSession.create(readFileSync(files[i]), { intraOpNumThreads: 1 });
  const parts = [];
  for (let first = 0; first < count; first += batch) {
    const n = Math.min(batch, count - first);
    const x = new ort.Tensor("float32", images.slice(first * size, (first + n) * size), [n, 1, Number(height), Number(width)]);
    const { logits } = await session.run({ images: x });
    parts.push(Buffer.from(Float32Array.from(logits.data).buffer));
  }
  writeFileSync(files[i + 1], Buffer.concat(parts));
  await session.release();
}
