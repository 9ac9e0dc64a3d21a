// layout/interop.jsonl: what passes between arrays and tensors, and the scripts.

import { type DType, dtypeByName } from "../../src/core/dtype.ts";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { hasReferenceFile, referenceLines } from "../support/reference.ts";
import { difference, type Json } from "./json.ts";
import { namespaces } from "./namespaces.ts";
import { outsideTypes } from "./outside.ts";
import { truth } from "./python/builtins.ts";
import { programScope, run } from "./python/execute.ts";
import { isArray, isTensor, writeAttribute } from "./python/host.ts";
import { readItem, writeItem } from "./python/items.ts";
import { Callable, tuple } from "./python/values.ts";
import {
  attempt,
  errorFields,
  meaningful,
  type Outcome,
  seenArray,
  seenTensor,
  valuesOf,
  warningFields,
} from "./record.ts";
import { runScript } from "./script.ts";
import { type Case, Failure, NotCovered } from "./suite.ts";

type Row = { readonly [key: string]: Json } & {
  readonly id: number;
  readonly kind: string;
  readonly py: string;
};
type Fields = { [key: string]: Json };

const readonlyView: Callable = new Callable("readonly", ([array]) => {
  const view = (array as np.NDArray).view();
  writeAttribute(view.flags, "writeable", false);
  return view;
});

/** 1, 2, 3, ...; of complex types 1, 2-2j, 3-4j, ...; of bool every third: what the recorded arrays are cut from. */
function counted(length: number, dtype: DType): unknown[] {
  return Array.from({ length }, (_, i) => {
    if (dtype.kind === "bool") return i % 3 === 1;
    return dtype.isComplex ? { re: i + 1, im: i * -2 } : i + 1;
  });
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "base64"));
}

/** The recorded memory block of an array, as a 1-D array. */
function blockArray(recorded: Json): np.NDArray {
  const { dtype, data } = recorded as { readonly dtype: string; readonly data: string };
  return np.frombuffer(bytesOf(data).buffer, { dtype });
}

/** Either value of an element changed: its opposite where it is true or false. */
function changed(element: unknown, dtype: DType, number: number): unknown {
  return dtype.kind === "bool" ? !truth(element) : number;
}

function firstValue(operand: np.NDArray | torch.Tensor): Json {
  return (valuesOf(operand) as readonly Json[])[0]!;
}

function origin(operand: np.NDArray | torch.Tensor): unknown {
  return tuple(operand.shape.map(() => 0));
}

/** Writes to the first element through the array. @returns whether the tensor shows it; the array is as before then */
function arrayWriteSeen(array: np.NDArray, tensor: torch.Tensor, putBack: boolean): boolean {
  const before = readItem(array, origin(array));
  const kept = isArray(before) ? before.copy() : before;
  const seen = firstValue(tensor);
  writeItem(array, origin(array), changed(before, array.dtype, 77));
  const isSeen = difference(seen, firstValue(tensor)) !== undefined;
  if (putBack) writeItem(array, origin(array), kept);
  return isSeen;
}

/** Writes to the first element through the tensor. @returns whether the array shows it */
function tensorWriteSeen(tensor: torch.Tensor, array: np.NDArray): boolean {
  const before = firstValue(array);
  const target = tensor.detach();
  torch.noGrad(() => {
    writeItem(target, origin(target), changed(readItem(target, origin(target)), target.dtype, 55));
  });
  return difference(before, firstValue(array)) !== undefined;
}

/** An error; a tuple or range that it names is a list, as JavaScript has no others. */
function errorWithLists(fields: Fields): Fields {
  const { message } = fields;
  if (typeof message !== "string") return fields;
  return { ...fields, message: message.replace(/(\(got |type ')(tuple|range)\b/g, "$1list") };
}

function commonFields({ error, warnings }: Outcome): Fields {
  return {
    ...(warnings.length > 0 ? { warnings: warningFields(warnings) } : {}),
    ...(error === undefined ? {} : errorFields(error)),
  };
}

function tensorResult(value: unknown, row: Row): Fields {
  if (!isTensor(value)) throw new Failure(`expected a tensor, got ${String(value)}`);
  const record = seenTensor(value);
  if (!row.sizeNotValue) return { result: record };
  const { values: _, ...withoutValues } = record;
  return { result: withoutValues, sizeNotValue: true };
}

function arrayToTensor(row: Row): Fields {
  const scope = programScope([...namespaces, ["s", blockArray(row.array!)], ["readonly", readonlyView]]);
  const [making, ...calls] = row.py.split("; ");
  run(making!, scope);
  const array = scope.read("a") as np.NDArray;
  const outcome = attempt(() => run(calls.join("; "), scope));
  if (outcome.error !== undefined) return commonFields(outcome);
  const fields = { ...commonFields(outcome), ...tensorResult(outcome.value, row) };
  const tensor = outcome.value as torch.Tensor;
  if (row.sizeNotValue || array.size === 0) return fields;
  return {
    ...fields,
    ...(array.flags.writeable ? { arrayWriteSeenByTensor: arrayWriteSeen(array, tensor, true) } : {}),
    ...(tensor.numel() > 0 ? { tensorWriteSeenByArray: tensorWriteSeen(tensor, array) } : {}),
  };
}

function valueToTensor(row: Row): Fields {
  const scope = programScope(namespaces);
  const outcome = attempt(() => run(row.py, scope));
  return outcome.error === undefined
    ? { ...commonFields(outcome), ...tensorResult(outcome.value, row) }
    : commonFields(outcome);
}

/** The type of the tensor that a recorded one is cut from: of the imaginary part of a complex one, that. */
function sourceType(row: Row): { readonly dtype: DType; readonly length: number } {
  const { dtype, values } = row.storage as { readonly dtype: string; readonly values: readonly Json[] };
  const isPart = (row.tensor as { readonly neg?: boolean }).neg === true;
  if (!isPart) return { dtype: dtypeByName(dtype)!, length: values.length };
  return { dtype: dtypeByName(dtype === "float32" ? "complex64" : "complex128")!, length: values.length / 2 };
}

function tensorToArray(row: Row): Fields {
  const { dtype, length } = sourceType(row);
  const scope = programScope([
    ...namespaces,
    ["s", torch.tensor(counted(length, dtype) as Parameters<typeof torch.tensor>[0], { dtype })],
  ]);
  const [making, ...calls] = row.py.split("; ");
  run(making!, scope);
  const tensor = scope.read("t") as torch.Tensor;
  const fields: Fields = { tensor: seenTensor(tensor) };
  const outcome = attempt(() => run(calls.join("; "), scope));
  Object.assign(fields, commonFields(outcome));
  if (outcome.error !== undefined) return fields;
  const array = outcome.value as np.NDArray;
  Object.assign(fields, { result: seenArray(array), baseIsTensor: isTensor(array.base) });
  if (array.size === 0 || tensor.isConj() || tensor.isNeg()) return fields;
  if (array.flags.writeable) fields.arrayWriteSeenByTensor = arrayWriteSeen(array, tensor, false);
  else {
    const refused = attempt(() => writeItem(array, origin(array), 77));
    fields.arrayWriteError = refused.error === undefined ? null : errorFields(refused.error);
  }
  if ("tensorWriteSeenByArray" in row) fields.tensorWriteSeenByArray = tensorWriteSeen(tensor, array);
  return fields;
}

const kinds: Readonly<Record<string, (row: Row) => Fields>> = {
  "array to tensor": arrayToTensor,
  "value to tensor": valueToTensor,
  "tensor to array": tensorToArray,
};

function runRow(row: Row): void {
  if (row.kind === "script") {
    runScript(row.py, row.saw as unknown as Parameters<typeof runScript>[1]);
    return;
  }
  const outside = outsideTypes(row.py);
  if (outside !== undefined) throw new NotCovered(outside);
  const {
    id: _id,
    kind,
    py,
    fn: _fn,
    layout: _l,
    array: _a,
    storage: _s,
    group: _g,
    name: _n,
    ...expected
  } = row;
  const found = difference(
    meaningful(errorWithLists(expected)),
    meaningful(errorWithLists(kinds[kind]!(row))),
  );
  if (found !== undefined) throw new Failure(`${py}\n  ${found}`);
}

/** The cases of the file. */
export function* interopCases(folder: string): Iterable<Case> {
  const path = "layout/interop.jsonl";
  if (!hasReferenceFile(path, folder)) return;
  for (const row of referenceLines<Row>(path, folder)) {
    yield { name: `${path} ${row.id}`, group: `${path} ${row.kind}`, run: () => runRow(row) };
  }
}
