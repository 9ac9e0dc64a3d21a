// numpy/*.jsonl: what NumPy answers to single calls, recorded by scripts/record-numpy.py. The last line of a program is
// the question; lists stand for tuples.

import { DType } from "../../src/core/dtype.ts";
import type { Scalar } from "../../src/core/elements.ts";
import type { PyFloat } from "../../src/core/python.ts";
import type * as np from "../../src/numpy/index.ts";
import { referenceLines, referenceNames } from "../support/reference.ts";
import { difference, encodeScalar, type Json, shown } from "./json.ts";
import { namespaces } from "./namespaces.ts";
import { programScope, runStatements } from "./python/execute.ts";
import { isArray, isNumpyScalar, MissingName, typeName } from "./python/host.ts";
import { parse } from "./python/parse.ts";
import type { Scope } from "./python/scope.ts";
import { isNumber } from "./python/values.ts";
import {
  attempt,
  errorFields,
  haveBytesInCommon,
  meaningful,
  seenArray,
  valuesOf,
  warningFields,
} from "./record.ts";
import { type Case, Failure, NotCovered } from "./suite.ts";

interface Row {
  readonly id: number;
  readonly py: string;
  /** Units of the last place of the greatest number by which numbers may differ; absent: none. */
  readonly digits?: number;
}

type Fields = { [key: string]: Json };
type Given = readonly (readonly [name: string, array: np.NDArray])[];

/** A value as the recorder writes it. */
function seen(value: unknown, given: Given): Json {
  if (isNumpyScalar(value)) {
    return { scalar: value.dtype.name, value: (valuesOf(value) as readonly Json[])[0]! };
  }
  if (isArray(value)) {
    const shares = given.filter(([, array]) => haveBytesInCommon(value, array)).map(([name]) => name);
    const { flags, ...fields } = seenArray(value);
    // Whether the memory belongs to the array or to another that nobody sees is not recorded.
    return { array: { ...fields, flags: String(flags).replace("O", ""), shares } };
  }
  if (value instanceof DType) return { dtype: value.name };
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (isNumber(value)) return encodeScalar(value as Scalar | PyFloat);
  if (Array.isArray(value)) return value.map((item) => seen(item, given));
  // A named tuple.
  if (Object.getPrototypeOf(value) === Object.prototype) return seen(Object.values(value), given);
  throw new TypeError(`a case gives a ${typeName(value)}`);
}

/** The relative distance of two neighbours of a type, by the greatest number that is near 1. */
const steps: Readonly<Record<string, number>> = {
  float16: 2 ** -10,
  float32: 2 ** -23,
  complex64: 2 ** -23,
  float64: 2 ** -52,
  complex128: 2 ** -52,
};

function numbersIn(value: Json): number[] {
  if (Array.isArray(value)) return value.flatMap(numbersIn);
  return typeof value === "number" ? [Math.abs(value)] : [];
}

/** Numbers of `got` that are near enough to the ones expected, put in their place by these. */
function rounded(expected: Json, got: Json, within: number): Json {
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    return got.map((item: Json, i: number) => rounded(expected[i]!, item, within));
  }
  const isNear =
    typeof expected === "number" && typeof got === "number" && Math.abs(expected - got) <= within;
  return isNear ? expected : got;
}

/** As `rounded`, inside arrays and scalars of floating types anywhere in a result. */
function withNearNumbers(expected: Json, got: Json, digits: number): Json {
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    return got.map((item: Json, i: number) => withNearNumbers(expected[i]!, item, digits));
  }
  const [wanted, fields] = [expected as Fields | null, got as Fields | null];
  if (typeof wanted !== "object" || wanted === null || typeof fields !== "object" || fields === null)
    return rounded(expected, got, digits * 2 ** -52 * Math.max(0, ...numbersIn(expected)));
  if ("array" in wanted && "array" in fields) {
    return {
      array: withNearNumbers({ ...(wanted.array as Fields) }, { ...(fields.array as Fields) }, digits),
    };
  }
  const key = "scalar" in wanted ? "value" : "values";
  const step = steps[String(wanted.dtype ?? wanted.scalar)];
  if (step === undefined || !(key in wanted) || !(key in fields)) return got;
  const within = digits * step * Math.max(0, ...numbersIn(wanted[key]!));
  return { ...fields, [key]: rounded(wanted[key]!, fields[key]!, within) };
}

/** The names that a program gives to arrays before its question. */
function givenIn(scope: Scope): Given {
  return ["a", "b", "c"].flatMap((name) => {
    const { value } = attempt(() => scope.read(name));
    return isArray(value) ? [[name, value] as const] : [];
  });
}

function runRow({ id: _, py, digits, ...expected }: Row): void {
  const statements = parse(py);
  const scope = programScope(namespaces);
  runStatements(statements.slice(0, -1), scope);
  const given = givenIn(scope);
  const { value, error, warnings } = attempt(() => runStatements(statements.slice(-1), scope));
  if (error instanceof NotCovered) throw error;
  if (error instanceof MissingName && error.isOfNamespace) throw new NotCovered(error.message);
  const actual: Fields = error === undefined ? { result: seen(value, given) } : errorFields(error);
  if (warnings.length > 0) actual.warnings = warningFields(warnings);
  const wanted = meaningful(expected as Fields) as Fields;
  const got = meaningful(actual) as Fields;
  if (digits !== undefined && "result" in wanted && "result" in got) {
    got.result = withNearNumbers(wanted.result!, got.result!, digits);
  }
  const found = difference(wanted, got);
  if (found !== undefined) throw new Failure(`${py}\n  ${found}${whatCame(wanted, got)}`);
}

/** The other side of an error, for people. */
function whatCame(wanted: Fields, got: Fields): string {
  if ("error" in wanted === "error" in got) return "";
  return ` (${shown("error" in got ? [got.error!, got.message!] : [wanted.error!, wanted.message!])})`;
}

/** The cases of every file. */
export function* numpyCases(folder: string): Iterable<Case> {
  for (const file of referenceNames("numpy", folder)) {
    for (const row of referenceLines<Row>(file, folder)) {
      yield { name: `${file} ${row.id}`, group: file, run: () => runRow(row) };
    }
  }
}
