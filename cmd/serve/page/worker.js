// The transport of the static page: the Go program runs in a worker.

// url returns an address that the browser accepts for a worker.
const policy = globalThis.trustedTypes?.createPolicy("inkstone", { createScriptURL: (name) => name });
const url = (name) => policy?.createScriptURL(name) ?? name;

// workerTransport starts the program. Calls wait until it runs. progress is called with the part of
// the program that has been loaded, below 1, and with 1 when the first call is answered.
export function workerTransport(progress) {
  const worker = new Worker(url("engine-worker.js"));
  const waiting = new Map(); // by id
  let last = 0;
  let broken = null; // why the program does not run

  worker.addEventListener("message", ({ data }) => {
    if ("loaded" in data) {
      progress(Math.min(data.loaded, 0.99)); // the rest is compiling
    } else if ("broken" in data) {
      fail(data.broken);
    } else {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      progress(1);
      if (data.error) {
        reject(data.error);
      } else if (data.type === "application/json") {
        resolve(JSON.parse(new TextDecoder().decode(data.body)));
      } else {
        resolve(new Blob([data.body], { type: data.type }));
      }
    }
  });
  worker.addEventListener("error", (e) => fail(e.message || "the worker could not be started"));

  function fail(message) {
    progress(1);
    broken = { code: "no_program", message };
    for (const { reject } of waiting.values()) {
      reject(broken);
    }
    waiting.clear();
  }

  return async (route, body) => {
    const [name, query = ""] = route.split("?");
    let type = "";
    let content = new ArrayBuffer(0);
    if (body instanceof Blob) {
      type = body.type;
      content = await body.arrayBuffer();
    } else if (body !== undefined) {
      type = "application/json";
      content = new TextEncoder().encode(JSON.stringify(body)).buffer;
    }
    if (broken) {
      throw broken;
    }
    return new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, name, query, type, content }, [content]);
    });
  };
}
