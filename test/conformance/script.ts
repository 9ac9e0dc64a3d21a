// The scripts of layout/interop.jsonl: Python programs that say what they see. They run as they stand.

import { DType } from "../../src/core/dtype.ts";
import type { Operand, Scalar } from "../../src/core/elements.ts";
import type { PyFloat } from "../../src/core/python.ts";
import * as torch from "../../src/torch/index.ts";
import { difference, encodeScalar, type Json, shown } from "./json.ts";
import { namespaces } from "./namespaces.ts";
import { coveredPart } from "./outside.ts";
import { call } from "./python/evaluate.ts";
import { programScope, runStatements } from "./python/execute.ts";
import { isArray, isClass, isNumpyScalar, isTensor, MissingName, typeName } from "./python/host.ts";
import type { Statement } from "./python/syntax.ts";
import { Callable, isNumber } from "./python/values.ts";
import {
  attempt,
  errorFields,
  isOperand,
  meaningful,
  seenArray,
  seenTensor,
  valuesOf,
  warningFields,
} from "./record.ts";
import { Failure, NotCovered } from "./suite.ts";

/** A value as scripts record it. */
function seen(value: unknown): Json {
  if (isTensor(value)) return { tensor: seenTensor(value) };
  if (isNumpyScalar(value)) {
    return { scalar: value.dtype.name, value: (valuesOf(value) as readonly Json[])[0]! };
  }
  if (isArray(value)) return { array: seenArray(value) };
  if (value instanceof DType) return { dtype: value.name };
  if (value === null || typeof value === "string") return value;
  if (isNumber(value)) return encodeScalar(value as Scalar | PyFloat);
  if (Array.isArray(value)) return value.map(seen);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), seen(item)]));
  if (isClass(value)) return { type: value.name };
  throw new TypeError(`a script sees a ${typeName(value)}`);
}

/** What a call gave that was expected to fail. */
function unexpected(value: unknown): Json {
  const isShown = isOperand(value) || isNumber(value) || typeof value === "string" || value === null;
  // A name of Python's that begins with an underscore is plain in the API.
  return { noError: isShown ? seen(value) : typeName(value).replace(/^_/, "") };
}

/** An error as it is recorded; or why there is nothing to compare: the API lacks a name of a namespace. */
function refusal(error: Error): Json {
  const isAbsent = error instanceof NotCovered || (error instanceof MissingName && error.isOfNamespace);
  return isAbsent ? { notCovered: error.message } : errorFields(error);
}

function isNotCovered(value: Json): boolean {
  return typeof value === "object" && value !== null && "notCovered" in value;
}

/** True iff the memory blocks of two arrays or tensors have a byte in common. */
function shares([first, second]: readonly unknown[]): boolean {
  const [a, b] = [(first as Operand).storage, (second as Operand).storage];
  if (a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}

/** What a script saw under a label. */
type Sight = readonly [label: string, value: Json];

/** Runs statements of a script. @returns the labels and what was seen under each */
function sightsOf(statements: readonly Statement[]): Sight[] {
  const saw: Sight[] = [];
  const see = new Callable("see", ([label, value]) => {
    saw.push([String(label), seen(value)]);
    return null;
  });
  const err = new Callable("err", ([label, run]) => {
    const { value, error, warnings } = attempt(() => call(run, []));
    saw.push([String(label), error === undefined ? unexpected(value) : refusal(error)]);
    if (warnings.length > 0) saw.push([`${label}, warnings`, warningFields(warnings)]);
    return null;
  });
  const warn = new Callable("warn", ([label, run]) => {
    const { value, error, warnings } = attempt(() => call(run, []));
    if (error !== undefined) throw error;
    saw.push([String(label), warningFields(warnings)]);
    return value;
  });
  torch.manualSeed(0);
  const scope = programScope([
    ...namespaces,
    ["see", see],
    ["err", err],
    ["warn", warn],
    ["shares", new Callable("shares", shares)],
  ]);
  const { error } = attempt(() => runStatements(statements, scope));
  if (error !== undefined) saw.push(["the script stopped", errorFields(error)]);
  return saw;
}

/** What was recorded, with the names of types as the API has them. */
function withPlainNames(value: Json): Json {
  const isName = typeof value === "object" && value !== null && "noError" in value;
  const name = isName ? (value as { readonly noError: Json }).noError : undefined;
  if (typeof name === "string" && /^_[A-Z]/.test(name)) return { noError: name.slice(1) };
  const isError = typeof value === "object" && value !== null && "message" in value;
  const { message } = (isError ? value : {}) as { readonly message?: Json };
  if (typeof message !== "string") return value;
  // PyTorch's functions are objects of a class of theirs in Python.
  return {
    ...(value as object),
    message: message.replace(/^torch\._VariableFunctionsClass\.\w+/, "function"),
  };
}

/** Where the sights part; what one side alone has does not hide what comes after. */
function partings(wanted: readonly Sight[], saw: readonly Sight[]): string[] {
  const found: string[] = [];
  let at = 0;
  const absent = new Set(saw.filter(([, value]) => isNotCovered(value)).map(([label]) => label));
  for (const [label, value] of wanted) {
    if (absent.has(label.replace(/, warnings$/, ""))) continue;
    const place = saw.findIndex((sight, i) => i >= at && sight[0] === label);
    if (place < 0) {
      found.push(`${label}: expected ${shown(value)}, got nothing`);
      continue;
    }
    for (const [other, unasked] of saw.slice(at, place).filter(([, each]) => !isNotCovered(each)))
      found.push(`${other}: expected nothing, got ${shown(unasked)}`);
    const parting = difference(meaningful(withPlainNames(value)), meaningful(saw[place]![1]), label);
    if (parting !== undefined) found.push(parting);
    at = place + 1;
  }
  for (const [other, unasked] of saw.slice(at).filter(([, each]) => !isNotCovered(each)))
    found.push(`${other}: expected nothing, got ${shown(unasked)}`);
  return found;
}

/** Runs a script and compares what it sees; what is about outside types is left out. */
export function runScript(source: string, expected: readonly Sight[]): void {
  const { statements, leftOut, reason } = coveredPart(source);
  const wanted = expected.filter(([label]) => !leftOut.has(label.replace(/, warnings$/, "")));
  if (reason !== undefined && (leftOut.has(null) || wanted.length === 0)) throw new NotCovered(reason);
  const found = partings(wanted, sightsOf(statements));
  if (found.length > 0) throw new Failure(found.join("\n  "));
}
