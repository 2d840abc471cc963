// The engine answers the calls of the page. It is the server that the page comes from, or, in the
// static page, the same Go code in a worker. The rest of the page does not know which.

import { showLoading } from "./loading.js";
import { serverTransport } from "./server.js";
import { workerTransport } from "./worker.js";

// Problem is an error of the engine with its code.
export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// A transport is a function of a route and a body that returns a Promise of the answer: a value,
// or a Blob for a route that returns a file. It rejects with { code, message }.
const transport = document.querySelector("meta[name=engine]")?.content === "worker" ? workerTransport(showLoading) : serverTransport();

// call calls a route of the engine, such as "model" or "predict?pixels=1". The body is undefined,
// a Blob, or a value that is sent as JSON.
export async function call(route, body) {
  try {
    return await transport(route, body);
  } catch (error) {
    throw new Problem(error.code ?? "failed", error.message);
  }
}
