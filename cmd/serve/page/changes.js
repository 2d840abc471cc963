// A list of functions to call after a change.

// changes returns a function that adds to the list and one that calls all.
export function changes() {
  const list = [];
  return [(f) => list.push(f), () => list.forEach((f) => f())];
}
