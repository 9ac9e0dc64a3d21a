// The line of the user's program that led here, for errors.

/** The folder of this package's own files, as stack traces name it. */
const own = new URL("..", import.meta.url).href;

/** The stack with all its calls: those of the package may be many. */
function wholeStack(): string {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const { stack = "" } = new Error("where");
  Error.stackTraceLimit = before;
  return stack;
}

/** `" at FILE:LINE:COLUMN"` of the first caller outside of this package; empty where the engine does not tell. */
export function callerLine(): string {
  const stack = wholeStack();
  for (const line of stack.split("\n")) {
    const place = /(?:\(|at |@)((?:file:|https?:|\/|[A-Za-z]:)[^\s()]*:\d+:\d+)\)?$/.exec(line.trim())?.[1];
    if (place === undefined) continue;
    const address = place.startsWith("/") ? `file://${place}` : place;
    if (!address.startsWith(own)) return ` at ${place}`;
  }
  return "";
}
