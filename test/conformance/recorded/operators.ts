// ops/*.jsonl: torch's operator database. Each case is a call with its result, its gradients, what it shares memory
// with, and its in-place form; or a call that must raise.

import type { Layout } from "../../../src/core/layout.ts";
import * as torch from "../../../src/torch/index.ts";
import { referenceLines, referenceNames } from "../../support/reference.ts";
import { caseEngine, NotCompiled } from "../engine.ts";
import { attempt } from "../record.ts";
import { type Case, Failure, NotCovered } from "../suite.ts";
import { callInPlace, callOf } from "./callee.ts";
import {
  compareTensor,
  compareValue,
  type Form,
  itemsOf,
  type Tolerance,
  tensorsIn,
  valuesOf,
} from "./compare.ts";
import { uncovered } from "./uncovered.ts";
import {
  type ArrayRecord,
  Decoder,
  isArrayRecord,
  type Recorded,
  type RecordedNames,
  tensorOf,
} from "./values.ts";

/** An error that a call must raise. */
export interface RecordedError {
  readonly type: string;
  readonly regex: string;
  readonly message: string;
}

/** What a recorded call of an operator or module has in common. */
export interface RecordedCall extends Tolerance {
  readonly args: readonly Recorded[];
  readonly kwargs: RecordedNames;
  readonly out: Recorded;
  readonly grad_out?: readonly (ArrayRecord | null)[];
  readonly grads?: readonly (ArrayRecord | null)[];
  readonly grad_rtol?: number;
  readonly grad_atol?: number;
}

/** A recorded call of an operator. */
export interface OperatorCase extends RecordedCall {
  readonly op: string;
  readonly variant: string;
  readonly sample: number;
  readonly dtype?: string;
  readonly view_of?: number;
  readonly view_offset?: readonly number[];
  readonly mutates?: Readonly<Record<string, ArrayRecord>>;
  readonly inplace?: true | "cast" | RecordedError;
  readonly ties?: boolean;
  readonly compare?: "meta" | readonly (null | "abs")[];
  readonly error?: RecordedError;
}

/** @throws Failure unless running raises the recorded error, in its words */
export function expectError(expected: RecordedError, run: () => unknown): void {
  const { error } = attempt(run);
  if (error === undefined)
    throw new Failure(`expected ${expected.type}: ${expected.message}; nothing was raised`);
  if (error instanceof NotCovered || error instanceof NotCompiled) throw error;
  const isSame = error.name === expected.type && new RegExp(expected.regex, "s").test(error.message);
  if (isSame && isSameMessage(expected.message, error.message)) return;
  throw new Failure(
    `expected ${expected.type}: ${expected.message}\n    got ${error.name}: ${error.message}`,
  );
}

/** Messages are recorded up to their first 400 characters. */
function isSameMessage(expected: string, actual: string): boolean {
  return expected.length < 400 ? actual === expected : actual.slice(0, 400) === expected;
}

/** A gradient for each output that has one: what flows back. */
export function flowingOf({ grad_out }: RecordedCall): readonly (torch.Tensor | null)[] {
  return (grad_out ?? []).map((record) => (record === null ? null : tensorOf(record)));
}

/** Gradients of outputs at leaves; null where nothing flows. */
export function gradientsOf(
  outputs: readonly torch.Tensor[],
  flowing: readonly (torch.Tensor | null)[],
  leaves: readonly torch.Tensor[],
): readonly (torch.Tensor | null)[] {
  const pairs = flowing.flatMap((grad, i) => (grad === null ? [] : [[outputs[i]!, grad] as const]));
  return torch.autograd.grad(
    pairs.map(([output]) => output),
    leaves,
    { gradOutputs: pairs.map(([, grad]) => grad), allowUnused: true },
  );
}

/** @throws Failure where gradients are not the recorded ones */
export function compareGradients(
  grads: readonly (torch.Tensor | null)[],
  { rtol, atol, grad_rtol, grad_atol }: RecordedCall,
  expected: readonly (ArrayRecord | null)[],
): void {
  if (grads.length !== expected.length)
    throw new Failure(`${expected.length} gradients are recorded of ${grads.length} arguments`);
  const tolerance = { rtol: grad_rtol ?? rtol, atol: grad_atol ?? atol };
  expected.forEach((record, i) => {
    const grad = grads[i] ?? null;
    if ((grad === null) !== (record === null)) {
      throw new Failure(`gradient ${i}: expected ${record === null ? "none" : "one"}, got ${grad}`);
    }
    if (grad !== null) compareTensor(grad, record!, tolerance, `gradient ${i}`);
  });
}

/** How each output is compared. */
function formOf({ compare, ties, view_of, out }: OperatorCase): (output: number) => Form {
  const records = itemsOf(out) ?? [out];
  const last = records.length - 1;
  return (output) => {
    if (compare === "meta") return { only: "meta", isView: true };
    const mark = Array.isArray(compare) ? (compare[output] as null | "abs") : null;
    const record = records[output];
    const isTie = ties === true && output === last && isArrayRecord(record) && record.dtype === "int64";
    return { isView: view_of !== undefined, only: isTie ? "meta" : (mark ?? undefined) };
  };
}

function checkView(
  { view_of, view_offset }: OperatorCase,
  before: readonly torch.Tensor[],
  outputs: readonly torch.Tensor[],
): void {
  if (view_of === undefined) {
    const [first] = outputs;
    const shares =
      before.some(({ storage }) => storage === first?.storage) &&
      outputs.every(({ storage }) => storage === first?.storage);
    if (shares && outputs.every(({ layout }) => layout.size > 0))
      throw new Failure("a view came, of what is recorded as new memory");
    return;
  }
  const source = before[view_of]!;
  const byteOffset = ({ offset, unit }: Layout): number => offset * unit;
  outputs.forEach(({ storage, layout }, i) => {
    if (storage !== source.storage) throw new Failure(`output ${i} is not a view of argument ${view_of}`);
    const offset = (byteOffset(layout) - byteOffset(source.layout)) / source.layout.dtype.itemSize;
    const expected = view_offset?.[i] ?? 0;
    if (layout.size > 0 && Math.floor(offset) !== expected)
      throw new Failure(`output ${i} begins ${offset} elements further on, not ${expected}`);
  });
}

function checkInPlace(row: OperatorCase): void {
  const { inplace, op } = row;
  if (inplace === undefined) return;
  const decoder = new Decoder(false);
  const args = row.args.map((value) => decoder.value(value));
  const keywords = decoder.names(row.kwargs);
  const call = (): unknown =>
    caseEngine().run(() => torch.noGrad(() => callInPlace(op, args, keywords)), decoder.tensors);
  if (typeof inplace === "object") {
    expectError(inplace, call);
    return;
  }
  const result = call();
  if (result !== args[0]) throw new Failure("in place: another tensor came back");
  const { dtype } = args[0] as torch.Tensor;
  const record = row.out as ArrayRecord;
  if (inplace === true) compareTensor(result as torch.Tensor, record, row, "in place");
  else compareCast(result as torch.Tensor, tensorOf(record).to(dtype), row);
}

/** A result in the dtype of the first argument is the recorded one, converted. */
function compareCast(got: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance): void {
  const contiguous = expected.contiguous();
  const data = Buffer.from(contiguous.storage.bytes()).toString("base64");
  const record = { dtype: expected.dtype.name, shape: expected.shape, data };
  compareTensor(got, record, tolerance, "in place");
}

/** Where equal values compete, an index has to point at the value that is given. */
function checkTies(
  row: OperatorCase,
  before: readonly torch.Tensor[],
  outputs: readonly torch.Tensor[],
): void {
  // Values come first, and the indices behind them; a call that gives one of the two alone has nothing to compare.
  if (row.ties !== true || outputs.length < 2) return;
  const [values, indices] = [outputs[0]!, outputs.at(-1)!];
  const input = before[0]!.detach();
  if (indices.layout.size === 0 || indices.ndim === 0 || input.ndim !== indices.ndim) return;
  const positions = valuesOf(indices).map(Number);
  const pointsAt = (axis: number): boolean => {
    const fits = input.shape.every((length, other) => other === axis || indices.shape[other] === length);
    const length = input.shape[axis]!;
    if (!fits || positions.some((position) => position < 0 || position >= length)) return false;
    return `${valuesOf(input.gather(axis, indices))}` === `${valuesOf(values)}`;
  };
  if (!input.shape.some((_, axis) => pointsAt(axis)))
    throw new Failure("the indices do not point at the values");
}

/** Runs a call, and the gradients that are recorded of it, as one piece of work. */
function calledWithGradients(
  row: OperatorCase,
  given: readonly torch.Tensor[],
  call: () => unknown,
): { readonly result: unknown; readonly grads: readonly (torch.Tensor | null)[] } {
  const leaves = given.filter((tensor) => tensor.requiresGrad && tensor.isLeaf);
  const flowing = flowingOf(row);
  const upToSign = (output: torch.Tensor, i: number): torch.Tensor =>
    Array.isArray(row.compare) && row.compare[i] === "abs" ? output.abs() : output;
  const work = (): { result: unknown; grads: readonly (torch.Tensor | null)[] } => {
    torch.manualSeed(2);
    const result = call();
    if (row.grads === undefined) return { result, grads: [] };
    return { result, grads: gradientsOf(tensorsIn(result).map(upToSign), flowing, leaves) };
  };
  return caseEngine().run(work, [...given, ...flowing.filter((each) => each !== null)]);
}

function runCase(row: OperatorCase): void {
  const reason = uncovered(row.op, row);
  if (reason !== undefined) throw new NotCovered(reason);
  const decoder = new Decoder();
  const args = row.args.map((value) => decoder.value(value));
  const keywords = decoder.names(row.kwargs);
  const call = (): unknown => callOf(row.op, row.variant)(args, keywords);
  if (row.error !== undefined) {
    expectError(row.error, () => caseEngine().run(call, decoder.tensors));
    return;
  }
  const { result, grads } = calledWithGradients(row, decoder.tensors, call);
  const outputs = tensorsIn(result);
  compareValue(result, row.out, row, "result", formOf(row));
  if (row.compare !== "meta") checkView(row, decoder.tensors, outputs);
  checkTies(row, decoder.tensors, outputs);
  for (const [index, record] of Object.entries(row.mutates ?? {}))
    compareTensor(decoder.tensors[Number(index)]!, record, row, `argument ${index} afterwards`);
  if (row.grads !== undefined) compareGradients(grads, row, row.grads);
  checkInPlace(row);
}

/** The cases of all operators. */
export function* operatorCases(folder: string): Iterable<Case> {
  for (const path of referenceNames("ops", folder)) {
    for (const [i, row] of referenceLines<OperatorCase>(path, folder).entries())
      yield { name: `${path} ${i + 1}`, group: row.op, run: () => runCase(row) };
  }
}
