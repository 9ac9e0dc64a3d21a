// The values in layout/promotion.json: casts, and integer arithmetic that overflows. Each value is a case.

import { type DType, dtypeByName } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { decodeScalar, difference, type Json } from "./json.ts";
import { namespaces } from "./namespaces.ts";
import { programScope, run } from "./python/execute.ts";
import { valuesOf } from "./record.ts";
import { type Case, Failure } from "./suite.ts";

type Recorded = { readonly [key: string]: Json };

/** An array or tensor of recorded values. */
function arrayOf(library: string, values: readonly Json[], dtype: DType): unknown {
  const items = values.map((value) => decodeScalar(value, dtype));
  return library === "numpy"
    ? np.array(items as np.ArrayLike, { dtype })
    : torch.tensor(items as Parameters<typeof torch.tensor>[0], { dtype });
}

/** Evaluates Python in `a`, `b` and the element type `d`. */
function evaluateIn(source: string, names: Readonly<Record<string, unknown>>): readonly Json[] {
  const scope = programScope([...namespaces, ...Object.entries(names)]);
  return valuesOf(run(source, scope) as Operand) as readonly Json[];
}

/** The cases of a list: computed once, compared value by value. */
function* listCases(
  name: string,
  group: string,
  compute: () => readonly Json[],
  expected: readonly Json[],
  isAllowed: (i: number, actual: Json) => boolean = () => false,
): Iterable<Case> {
  let computed: readonly Json[] | undefined;
  for (const [i, value] of expected.entries()) {
    yield {
      name: `promotion.json ${name}, value ${i}`,
      group: `promotion ${group}`,
      run: () => {
        computed ??= compute();
        const actual = computed[i] ?? null;
        const found = difference(value, actual);
        if (found !== undefined && !isAllowed(i, actual)) throw new Failure(`${name}, value ${i}${found}`);
      },
    };
  }
}

const castSource: Readonly<Record<string, string>> = {
  numpy: "a.astype(d)",
  torch: "a.to(getattr(torch, d))",
};

/** Floats into integers. Where a processor's own answers differ, either of the recorded ones is right. */
function* floatCases(casts: Recorded): Iterable<Case> {
  const floats = casts.floats as readonly Json[];
  const rows = casts["float to int"] as { readonly [key: string]: Json };
  for (const [key, expected] of Object.entries(rows)) {
    if (key.endsWith(", in a long array")) continue;
    const [library, from, , to] = key.split(" ") as [string, string, string, string];
    const others = (rows[`${key}, in a long array`] ?? {}) as Recorded;
    const compute = (): readonly Json[] => {
      const doubles = arrayOf(library, floats, dtypeByName("float64")!);
      const cast = castSource[library]!;
      const source = from === "float64" ? cast : `d, to = "${from}", d; a = ${cast}; d = to; ${cast}`;
      return evaluateIn(source, { a: doubles, d: to });
    };
    yield* listCases(
      `cast ${key}`,
      "casts float to int",
      compute,
      expected as readonly Json[],
      (i, actual) => String(i) in others && difference(others[String(i)]!, actual) === undefined,
    );
  }
}

function* integerCases(casts: Recorded): Iterable<Case> {
  const ints = casts.ints as readonly Json[];
  for (const [key, expected] of Object.entries(casts["int64 to"] as Recorded)) {
    const [library, to] = key.split(" ") as [string, string];
    const compute = (): readonly Json[] =>
      evaluateIn(castSource[library]!, { a: arrayOf(library, ints, dtypeByName("int64")!), d: to });
    yield* listCases(`cast int64 to ${key}`, "casts int64 to", compute, expected as readonly Json[]);
  }
}

function hexadecimal(texts: Json): bigint[] {
  const list = typeof texts === "string" ? texts.split(" ") : (texts as readonly string[]);
  return list.map((text) => BigInt(`0x${text}`));
}

/** The bits of each element as an unsigned number. */
function bitsOf(values: readonly Json[], width: number): Json[] {
  return values.map((value) =>
    (BigInt(value as number) & ((1n << BigInt(width)) - 1n)).toString(16).padStart(width / 4, "0"),
  );
}

/** The bits of infinity: what lies above it, sign aside, is not a number. */
const infinities: Readonly<Record<string, number>> = {
  float32: 0x7f800000,
  float16: 0x7c00,
  bfloat16: 0x7f80,
};

/** True iff the bits are of a NaN of that type; which one it is says nothing. */
function isNotANumber(bits: Json, dtype: string): boolean {
  const magnitude = dtype === "float32" ? 0x7fffffff : 0x7fff;
  return (Number.parseInt(String(bits), 16) & magnitude) > infinities[dtype]!;
}

/** Doubles into shorter floats, as bits; `X then Y` goes through another type. */
function* doubleCases(casts: Recorded): Iterable<Case> {
  const bits = new BigUint64Array(hexadecimal(casts.doubles!));
  for (const [key, expected] of Object.entries(casts["double to"] as Recorded)) {
    const [library, ...types] = key.split(" ").filter((word) => word !== "then") as [string, ...string[]];
    const width = types.at(-1) === "float32" ? 32 : 16;
    const compute = (): readonly Json[] => {
      const array = np.frombuffer(bits.buffer, { dtype: "float64" });
      const a = library === "numpy" ? array : torch.fromNumpy(array);
      const steps = types.map((type) => (library === "numpy" ? `.astype("${type}")` : `.to(torch.${type})`));
      const view = library === "numpy" ? `.view("uint${width}")` : `.view(torch.int${width})`;
      return bitsOf(evaluateIn(`a${steps.join("")}${view}`, { a }), width);
    };
    const recorded = (expected as string).split(" ");
    const isBothNotANumber = (i: number, actual: Json): boolean =>
      isNotANumber(recorded[i]!, types.at(-1)!) && isNotANumber(actual, types.at(-1)!);
    yield* listCases(`cast double to ${key}`, "casts double to", compute, recorded, isBothNotANumber);
  }
}

/** Halves into doubles. */
function* halfCases(casts: Recorded): Iterable<Case> {
  const bits = new Uint16Array(hexadecimal(casts.halves!).map(Number));
  const sources: Readonly<Record<string, string>> = {
    "float16 as double": 'a.view("float16").astype("float64")',
    "bfloat16 as double": 'torch.from_numpy(a.view("int16")).view(torch.bfloat16).double()',
  };
  for (const [key, expected] of Object.entries(casts["half to"] as Recorded)) {
    const compute = (): readonly Json[] =>
      evaluateIn(sources[key]!, { a: np.frombuffer(bits.buffer, { dtype: "uint16" }) });
    yield* listCases(`cast ${key}`, "casts half to", compute, expected as readonly Json[]);
  }
}

/** PyTorch's names where they are not NumPy's. */
const torchNames: Readonly<Record<string, string>> = {
  subtract: "torch.sub(a, b)",
  multiply: "torch.mul(a, b)",
  power: "torch.pow(a, b)",
  left_shift: "torch.bitwise_left_shift(a, b)",
  right_shift: "torch.bitwise_right_shift(a, b)",
  "divide trunc": 'torch.div(a, b, rounding_mode="trunc")',
};

function* wrapCases(wraps: readonly Recorded[]): Iterable<Case> {
  for (const wrap of wraps) {
    const [library, op, name] = [wrap.lib, wrap.op, wrap.dtype] as [string, string, string];
    const source =
      (library === "torch" ? torchNames[op] : undefined) ??
      `${library === "numpy" ? "np" : "torch"}.${op}(a, b)`;
    const dtype = dtypeByName(name)!;
    const compute = (): readonly Json[] =>
      evaluateIn(source, {
        a: arrayOf(library, wrap.a as readonly Json[], dtype),
        b: arrayOf(library, wrap.b as readonly Json[], dtype),
      });
    yield* listCases(
      `wrap ${library} ${op} ${name}`,
      `wraps ${library} ${op}`,
      compute,
      wrap.result as readonly Json[],
    );
  }
}

/** The cases of `casts` and `wraps`. */
export function* valueCases(recorded: { readonly [key: string]: Json }): Iterable<Case> {
  const casts = recorded.casts as Recorded;
  yield* floatCases(casts);
  yield* integerCases(casts);
  yield* doubleCases(casts);
  yield* halfCases(casts);
  yield* wrapCases(recorded.wraps as unknown as readonly Recorded[]);
}
