// Measure an ONNX file with ONNX Runtime.
//
//   node onnxruntime.mjs '{"modules": "FOLDER", "model": "FILE", "threads": 1, "batch": 256, "seconds": 1}'
//
// bench -peers calls this script. modules is a folder in or above which node_modules/onnxruntime-node lies,
// or node_modules itself. The file takes images [n, 1, 28, 28] under the name "image". It prints one JSON
// object. Without a model it prints the version of ONNX Runtime.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const rounds = 5; // how often the functions that are measured take turns
const settings = JSON.parse(process.argv[2]);
const ort = createRequire(join(resolve(settings.modules), 'x'))('onnxruntime-node');

// medianTimes returns the median run time in seconds of each function. In each round the functions take turns.
async function medianTimes(functions, seconds) {
  const runs = functions.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run, share }] of functions.entries()) {
      const end = performance.now() + share * seconds * 1e3 / rounds;
      while (runs[i].length === 0 || performance.now() < end) {
        const start = performance.now();
        await run();
        runs[i].push((performance.now() - start) / 1e3);
      }
    }
  }
  return runs.map((times) => {
    times.sort((a, b) => a - b);
    const n = times.length;
    return (times[(n - 1) >> 1] + times[n >> 1]) / 2;
  });
}

async function measure({ model, threads, batch, seconds }) {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all',
  });
  const forward = async (n) => {
    const pixels = Float32Array.from({ length: n * 28 * 28 }, (_, i) => Math.sin(i));
    const image = new ort.Tensor('float32', pixels, [n, 1, 28, 28]);
    const run = () => session.run({ image });
    for (let i = 0; i < 3; i++) await run();
    return run;
  };
  const [many, one] = await medianTimes([
    { run: await forward(batch), share: 0.5 },
    { run: await forward(1), share: 0.2 },
  ], seconds);
  return { forward_images_per_second: batch / many, forward_one_seconds: one };
}

console.log(JSON.stringify(settings.model ? await measure(settings) : { version: ort.env.versions.node ?? ort.env.versions.common }));
