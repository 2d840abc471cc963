// The transport to the server that the page comes from.

// serverTransport returns a function that sends a call by HTTP.
export function serverTransport() {
  const secret = token();
  const authorization = secret ? { Authorization: `Bearer ${secret}` } : {};
  return async (route, body) => {
    let response, content;
    try {
      response = await fetch(`v1/${route}`, request(body, authorization));
      content = response.headers.get("Content-Type") === "application/json" ? await response.json() : await response.blob();
    } catch (error) {
      throw { code: "unreachable", message: String(error) };
    }
    if (!response.ok) {
      throw content.error ?? { code: "failed", message: `status ${response.status}` };
    }
    return content;
  };
}

// request returns the options of fetch for a body.
function request(body, headers) {
  if (body === undefined) {
    return { headers };
  }
  if (body instanceof Blob) {
    return { method: "POST", body, headers: { ...headers, "Content-Type": body.type } };
  }
  return { method: "POST", body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } };
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
