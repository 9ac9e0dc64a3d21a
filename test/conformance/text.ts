// text/: how arrays, tensors, modules and small things print.

import { DType, dtypeByName } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import * as np from "../../src/numpy/index.ts";
import { dtypeRepr as numpyDtypeRepr } from "../../src/numpy/print.ts";
import * as torch from "../../src/torch/index.ts";
import { Parameter } from "../../src/torch/nn/index.ts";
import { dtypeRepr } from "../../src/torch/print.ts";
import { hasReferenceFile, referenceText } from "../support/reference.ts";
import { difference, type Json } from "./json.ts";
import { namespaces } from "./namespaces.ts";
import { outsideTypes } from "./outside.ts";
import { programScope, run } from "./python/execute.ts";
import { repr, str } from "./python/format.ts";
import { camelCase, MissingName } from "./python/host.ts";
import type { Scope } from "./python/scope.ts";
import { attempt } from "./record.ts";
import { type Case, Failure, NotCovered } from "./suite.ts";

interface Make {
  readonly array?: { readonly dtype: string; readonly shape: readonly number[]; readonly data: string };
  readonly generate?: {
    readonly n: number;
    readonly scale?: number;
    readonly shift?: number;
    readonly mod?: number;
  };
  readonly strings?: readonly string[];
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly py?: string;
  readonly script?: string;
  readonly then?: string;
  readonly requiresGrad?: boolean;
  readonly parameter?: boolean;
}

interface Row {
  readonly id: number;
  /** True iff all numbers of `generate` are written without a point, and so are Python's ints. */
  readonly isWhole: boolean;
  readonly make: Make;
  readonly options?: { readonly [name: string]: Json };
  readonly array2string?: { readonly [name: string]: Json };
  readonly repr?: string;
  readonly str: string;
}

/** `repr(value)` and `str(value)`. */
interface Texts {
  readonly repr: string;
  readonly str: string;
}

/** How a library makes and prints what a case describes. */
interface Library {
  readonly file: string;
  fromBytes(bytes: ArrayBuffer, dtype: string, shape: readonly number[]): unknown;
  cast(array: np.NDArray, dtype: string, shape: readonly number[]): unknown;
  /** What is called before each case. */
  prepare(): void;
  /** `repr` and `str` of an element type. */
  dtypeTexts(dtype: DType): Texts;
  /** Runs something under print options. */
  under<T>(options: { readonly [name: string]: Json }, run: () => T): T;
}

const numpyLibrary: Library = {
  file: "text/numpy.jsonl",
  fromBytes: (bytes, dtype, shape) => np.frombuffer(bytes, { dtype }).reshape([...shape]),
  cast: (array, dtype, shape) => array.astype(dtype).reshape([...shape]),
  prepare: () => undefined,
  dtypeTexts: (dtype) => ({ repr: numpyDtypeRepr(dtype), str: dtype.name }),
  under: (options, print) => np.printoptions(options, print),
};

const torchLibrary: Library = {
  file: "text/torch.jsonl",
  fromBytes: (bytes, dtype, shape) =>
    new torch.Tensor(Storage.fromBytes(bytes), Layout.contiguous(dtypeByName(dtype)!, [...shape])),
  cast: (array, dtype, shape) =>
    torch
      .fromNumpy(array)
      .to(dtypeByName(dtype)!)
      .reshape([...shape]),
  prepare: () => torch.manualSeed(0),
  dtypeTexts: (dtype) => ({ repr: dtypeRepr(dtype), str: dtypeRepr(dtype) }),
  under(options, print) {
    torch.setPrintoptions({ profile: "default" });
    try {
      torch.setPrintoptions(options);
      return print();
    } finally {
      torch.setPrintoptions({ profile: "default" });
    }
  },
};

const modulesLibrary: Library = { ...torchLibrary, file: "text/modules.jsonl" };

/** Element i is (i mod `mod`) * scale + shift: an int where these are, else a double. */
function generated(
  { n, scale = 1, shift = 0, mod }: NonNullable<Make["generate"]>,
  isWhole: boolean,
): np.NDArray {
  const values = Array.from({ length: n }, (_, i) => (mod === undefined ? i : i % mod) * scale + shift);
  return isWhole ? np.array(new BigInt64Array(values.map(BigInt))) : np.array(new Float64Array(values));
}

function arrayBytes(data: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(data, "base64")).buffer;
}

function made(library: Library, { make, isWhole }: Row): unknown {
  if (make.array !== undefined) {
    const { dtype, shape, data } = make.array;
    return library.fromBytes(arrayBytes(data), dtype, shape);
  }
  if (make.generate !== undefined)
    return library.cast(generated(make.generate, isWhole), make.dtype!, make.shape!);
  if (make.strings !== undefined) {
    return np.array(make.strings, { dtype: make.dtype as np.ItemTypeName }).reshape([...make.shape!]);
  }
  const scope = programScope(namespaces);
  const value = run(make.py ?? make.script!, scope);
  return make.script === undefined ? value : scope.read("net");
}

function printed(library: Library, row: Row): unknown {
  const { make } = row;
  let value = made(library, row);
  if (make.requiresGrad) value = (value as torch.Tensor).requiresGrad_(true);
  if (make.parameter) value = new Parameter(value as torch.Tensor);
  if (make.then === undefined) return value;
  const scope: Scope = programScope([...namespaces, ["x", value]]);
  return run(make.then, scope);
}

function camelKeys(options: { readonly [name: string]: Json }): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));
}

/** The texts that a case records. */
function texts(library: Library, row: Row): { [name: string]: string } {
  library.prepare();
  const value = printed(library, row);
  if (row.array2string !== undefined) {
    return { str: np.array2string(value as np.NDArray, camelKeys(row.array2string)) };
  }
  return library.under(camelKeys(row.options ?? {}), () =>
    value instanceof DType ? { ...library.dtypeTexts(value) } : { repr: repr(value), str: str(value) },
  );
}

/** What prints as something that JavaScript has not: its beginning, and what it is. */
const pythonForms: readonly (readonly [string, string])[] = [
  ["<class '", "the printed form of a Python class"],
  ["torch.return_types.", "the printed form of a named tuple"],
];

const numbers = /-?\d+(?:\.\d*)?(?:e[-+]\d+)?/g;

/** True iff two numbers differ by no more than the last digit printed or of float32. */
function isNear(expected: string, actual: string): boolean {
  const [mantissa, exponent = "0"] = expected.split("e") as [string, string?];
  const digits = mantissa.split(".")[1]?.length ?? 0;
  const unit = Math.max(1.01 * 10 ** (Number(exponent) - digits), 2 ** -22 * Math.abs(Number(expected)));
  return Math.abs(Number(expected) - Number(actual)) <= unit;
}

/** True iff the texts are equal but for last digits of what was computed. */
function isEqualButForDigits(expected: string, actual: string): boolean {
  if (expected.replace(numbers, "#") !== actual.replace(numbers, "#")) return false;
  const others = actual.match(numbers) ?? [];
  return (expected.match(numbers) ?? []).every((number, i) => isNear(number, others[i]!));
}

function runRow(library: Library, row: Row): void {
  const source = row.make.py ?? row.make.script;
  const outside = source === undefined ? undefined : outsideTypes(source);
  if (outside !== undefined) throw new NotCovered(outside);
  const form = pythonForms.find(([start]) => row.str.startsWith(start));
  if (form !== undefined) throw new NotCovered(form[1]);
  const { value, error } = attempt(() => texts(library, row));
  if (error instanceof NotCovered) throw error;
  if (error instanceof MissingName) throw new NotCovered(error.message);
  const about = source ?? JSON.stringify(row.make).slice(0, 200);
  if (error !== undefined) throw new Failure(`${about}\n  ${error.name}: ${error.message}`);
  const expected: { [name: string]: string } = { str: row.str };
  if (row.repr !== undefined) expected.repr = row.repr;
  const actual = value as { [name: string]: string };
  const found = difference(expected, actual);
  const isComputed = row.make.then !== undefined;
  if (
    isComputed &&
    Object.entries(expected).every(([name, text]) => isEqualButForDigits(text, actual[name]!))
  ) {
    return;
  }
  if (found !== undefined) {
    throw new Failure(
      `${about} ${JSON.stringify(row.options ?? row.array2string)}${row.make.then ?? ""}\n  ${found}`,
    );
  }
}

/** What a case is about, for counting. */
function kindOf({ make, array2string }: Row): string {
  if (array2string !== undefined) return "array2string";
  if (make.then !== undefined) return "then";
  return Object.keys(make)[0]!;
}

/** The rows of a file. Whether a number is written as a float is seen in its text alone: 1000000.0 is one. */
function rowsOf(file: string, folder: string): Row[] {
  return referenceText(file, folder)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ ...JSON.parse(line), isWhole: !/"generate":\{[^}]*[.e]-?\d/.test(line) }) as Row);
}

/** The cases of the three files. */
export function* textCases(folder: string): Iterable<Case> {
  for (const library of [numpyLibrary, torchLibrary, modulesLibrary]) {
    if (!hasReferenceFile(library.file, folder)) continue;
    for (const row of rowsOf(library.file, folder)) {
      const group = `${library.file} ${kindOf(row)}`;
      yield { name: `${library.file} ${row.id}`, group, run: () => runRow(library, row) };
    }
  }
}
