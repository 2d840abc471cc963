// The worker of the static page. It unpacks the Go program, runs it, and passes calls to it.

importScripts("wasm_exec.js"); // the Go distribution's support for WebAssembly

// The program defines this function once it runs. Calls before that wait.
const program = new Promise((resolve) => {
  globalThis.inkstoneReady = resolve;
});

// The answer of the program to a call: { id, type, body } or { id, error: { code, message } }.
globalThis.inkstoneAnswer = (answer) => postMessage(answer, answer.body ? [answer.body.buffer] : []);

addEventListener("message", async ({ data }) => {
  const call = await program;
  call(data.id, data.name, data.query, data.type, new Uint8Array(data.content));
});

// counted passes a stream on and reports the part of it that has arrived.
function counted(stream, total) {
  let done = 0;
  return stream.pipeThrough(
    new TransformStream({
      transform(chunk, out) {
        done += chunk.byteLength;
        postMessage({ loaded: total > 0 ? Math.min(done / total, 1) : 0 });
        out.enqueue(chunk);
      },
    }),
  );
}

// unpacked returns the stream of the program. Some servers declare the compression, so that the
// browser has already unpacked it; then it begins with the signature of WebAssembly.
async function unpacked(response) {
  const [probe, whole] = counted(response.body, Number(response.headers.get("Content-Length"))).tee();
  const { value } = await probe.getReader().read();
  const compressed = value?.[0] === 0x1f && value[1] === 0x8b;
  return compressed ? whole.pipeThrough(new DecompressionStream("gzip")) : whole;
}

async function start() {
  const response = await fetch("inkstone.wasm.gz");
  if (!response.ok) {
    throw new Error(`inkstone.wasm.gz: status ${response.status}`);
  }
  const go = new Go();
  const stream = new Response(await unpacked(response), { headers: { "Content-Type": "application/wasm" } });
  const { instance } = await WebAssembly.instantiateStreaming(stream, go.importObject);
  await go.run(instance);
  throw new Error("the program has ended");
}

start().catch((error) => postMessage({ broken: String(error.message ?? error) }));
