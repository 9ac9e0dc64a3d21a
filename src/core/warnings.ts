// Warnings as Python has them: a category, a message, and a way to collect them instead of printing them.

/** A warning: Python's category, such as "UserWarning", and its text. */
export interface PythonWarning {
  readonly category: string;
  readonly message: string;
}

let collected: PythonWarning[] | undefined;
const printed: Set<string> = new Set();

/** Gives a warning: to the innermost `collectWarnings`, else to the console, there once for each text. */
export function warn(category: string, message: string): void {
  if (collected !== undefined) {
    collected.push({ category, message });
    return;
  }
  const text = `${category}: ${message}`;
  if (printed.has(text)) return;
  printed.add(text);
  console.warn(text);
}

/** What collecting gives: the function's result, and the warnings given while it ran. */
export interface Collected<T> {
  readonly result: T;
  readonly warnings: readonly PythonWarning[];
}

/** Runs a synchronous function and gathers its warnings, as `warnings.catch_warnings(record=True)` does. */
export function collectWarnings<T>(run: () => T): Collected<T> {
  const outer = collected;
  const warnings: PythonWarning[] = [];
  collected = warnings;
  try {
    return { result: run(), warnings };
  } finally {
    collected = outer;
  }
}
