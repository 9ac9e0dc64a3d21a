// What the exports of a module are, read off the module itself as tsc wrote it.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value));

const kinds = [Function.prototype, Object.getPrototypeOf(async () => {})];

/** True iff a call through another function does all that can be done with it. */
const isPlainFunction = (value) =>
  typeof value === "function" &&
  !isClass(value) &&
  kinds.includes(Object.getPrototypeOf(value)) &&
  Reflect.ownKeys(value).every((key) => ["length", "name", "prototype", "arguments", "caller"].includes(key));

/** True iff a device's module exports a table of functions: kernels are called with inputs, outputs and attributes alone. */
const isKernels = (module, value) =>
  module.startsWith("devices/") &&
  typeof value === "object" &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.values(value).length > 0 &&
  Object.values(value).every(isPlainFunction);

/** The names that a built module exports, with what each is: `function`, `kernels` (a device's table of them) or `value`. */
export async function kindsOf(root, module) {
  const path = join(root, "dist", module.replace(/\.ts$/, ".js"));
  const namespace = await import(pathToFileURL(path).href);
  return Object.entries(namespace).map(([name, value]) => {
    if (isPlainFunction(value)) return { name, kind: "function" };
    return isKernels(module, value)
      ? { name, kind: "kernels", keys: Object.keys(value) }
      : { name, kind: "value" };
  });
}
