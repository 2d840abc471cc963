// The engine reads pictures: here, the server that the page comes from. Another engine has the
// same two methods.

// Problem is an error of the engine with its code.
export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// token returns the token in the address, which the browser keeps until the tab is closed.
function token() {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (found) {
    sessionStorage.setItem("inkstone-token", found);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("inkstone-token");
}

export class ServerEngine {
  #headers = {};

  constructor() {
    const secret = token();
    if (secret) {
      this.#headers = { Authorization: `Bearer ${secret}` };
    }
  }

  // model describes the model: classes and networks.
  model() {
    return this.#call("/v1/model", {});
  }

  // predict reads a picture, a Blob of type image/png, image/jpeg or image/gif. The result has
  // label, doubts, and characters with their label, probabilities and pixels.
  predict(blob) {
    return this.#call("/v1/predict?pixels=1", { method: "POST", body: blob, headers: { "Content-Type": blob.type } });
  }

  async #call(path, options) {
    let response, content;
    try {
      response = await fetch(path, { ...options, headers: { ...options.headers, ...this.#headers } });
      content = await response.json();
    } catch (error) {
      throw new Problem("unreachable", String(error));
    }
    if (!response.ok) {
      throw new Problem(content.error.code, content.error.message);
    }
    return content;
  }
}
