// Every function of NumPy's on every layout: what it makes of reversed, transposed, spaced, shifted and stretched memory is
// what it makes of a row-major copy. All exported functions that take an array, or two, are called; none is named here but
// for a reason.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as np from "../../src/numpy/index.ts";

type AnyFunction = (...args: unknown[]) => unknown;

/** What is about memory and not values, writes to its argument, or reads and writes what is outside. */
const aboutMemory =
  /^(empty|ndarray|mayShareMemory|sharesMemory|isfortran|copyto|fillDiagonal|float)|^(load|save|from|set|get|print)/;

const half = (name: "float64" | "int64" | "bool" | "complex128"): np.NDArray => {
  const values = np.array([
    [1, 3, -2, 7],
    [4, 0, 5, 3],
    [-6, 2, 8, 1],
    [9, -4, 6, 2],
  ]);
  return name === "bool" ? np.greater(values, 2) : values.astype(name);
};

/** The same values, or for the last some of them, over memory of another layout. */
const layouts: Readonly<Record<string, (array: np.NDArray) => np.NDArray>> = {
  reversed: (array) => {
    const turned = (array.at("::-1", "::-1") as np.NDArray).copy();
    return turned.at("::-1", "::-1") as np.NDArray;
  },
  "reversed columns": (array) => (array.at(":", "::-1") as np.NDArray).copy().at(":", "::-1") as np.NDArray,
  transposed: (array) => array.T.copy().T,
  spaced: (array) => {
    const wide = np.zeros([8, 12], { dtype: array.dtype });
    wide.set(["::2", "1::3"], array);
    return wide.at("::2", "1::3") as np.NDArray;
  },
  stretched: (array) => np.broadcastTo(array.at("1:2") as np.NDArray, [4, 4]),
};

/** A result as text, nested ones too. */
function shown(value: unknown): string {
  if (value instanceof np.NDArray)
    return `${value.dtype} [${value.shape}] ${JSON.stringify(value.tolist(), plain)}`;
  if (Array.isArray(value)) return `[${value.map(shown).join("; ")}]`;
  return typeof value === "object" && value !== null ? JSON.stringify(value, plain) : String(value);
}

/** Numbers to twelve digits: sums in another order may part in the last ones. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "number" || Number.isInteger(value)) return value;
  return Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(12));
}

function attempted(call: AnyFunction, args: readonly unknown[]): string {
  try {
    return shown(collectWarnings(() => call(...args)).result);
  } catch (error) {
    return String(error);
  }
}

const readOnly = "ValueError: output array is read-only";

const places: readonly (readonly [place: string, functions: object])[] = [
  ["np", np],
  ["np.linalg", np.linalg],
  ["np.fft", np.fft],
];

for (const [place, functions] of places) {
  for (const [name, value] of Object.entries(functions)) {
    if (typeof value !== "function" || /^[A-Z]/.test(name) || aboutMemory.test(name)) continue;
    const call = value as AnyFunction;
    const types = ["float64", "int64", "bool", "complex128"] as const;
    const results = types.flatMap((type) => [
      attempted(call, [half(type)]),
      attempted(call, [half(type), half(type)]),
    ]);
    // A function that takes neither one nor two arrays has nothing to say here.
    if (results.every((result) => /Error/.test(result))) continue;
    test(`${place}.${name} over all layouts`, () => {
      for (const type of types) {
        for (const [layout, relay] of Object.entries(layouts)) {
          for (const count of [1, 2]) {
            const given = (): np.NDArray[] => Array.from({ length: count }, () => relay(half(type)));
            const copies = given().map((array) => array.copy({ order: "C" }));
            const actual = attempted(call, given());
            // A second array may be where the result goes, and stretched memory is not written to.
            if (actual === readOnly) continue;
            assert.equal(actual, attempted(call, copies), `${type}, ${layout}, ${count}`);
          }
        }
      }
    });
  }
}
