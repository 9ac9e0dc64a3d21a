// The recorded operator cases as calls that a test makes again with other memory or other types: one list for every test
// that has to see each operator, so that an operator is tested by being recorded.

import * as torch from "../../src/torch/index.ts";
import { MissingName } from "../conformance/python/host.ts";
import { callOf } from "../conformance/recorded/callee.ts";
import { tensorsIn } from "../conformance/recorded/compare.ts";
import type { OperatorCase } from "../conformance/recorded/operators.ts";
import { uncovered } from "../conformance/recorded/uncovered.ts";
import { Decoder } from "../conformance/recorded/values.ts";
import { NotCovered } from "../conformance/suite.ts";
import { referenceLines, referenceNames } from "../support/reference.ts";

type Tensor = torch.Tensor;

/** A recorded call that does not raise. */
export interface OperatorCall {
  readonly row: OperatorCase;
  readonly args: readonly unknown[];
  readonly keywords: ReadonlyMap<string, unknown>;
  /** The arguments' tensors, in order of appearance. */
  readonly tensors: readonly Tensor[];
  /** Makes the call with other tensors in these places. @returns the tensors of its result */
  readonly run: (tensors: readonly Tensor[]) => Tensor[];
}

/** Every file of recorded operators with its cases that give a result. */
export function* operatorFiles(): Iterable<{
  readonly name: string;
  readonly rows: readonly OperatorCase[];
}> {
  for (const path of referenceNames("ops")) {
    const rows = referenceLines<OperatorCase>(path).filter(
      (row) => row.error === undefined && row.compare !== "meta" && uncovered(row.op, row) === undefined,
    );
    yield { name: path.replace(/^ops\/|\.jsonl$/g, ""), rows };
  }
}

/** Puts tensors in the places of those that were decoded. */
function replaced(value: unknown, from: readonly Tensor[], to: readonly Tensor[]): unknown {
  const at = from.indexOf(value as Tensor);
  if (at >= 0) return to[at];
  if (!Array.isArray(value)) return value;
  // A tuple stays one.
  const result = value.slice();
  value.forEach((item, i) => {
    result[i] = replaced(item, from, to);
  });
  return result;
}

/** The call of a case; undefined when it is about something that is not covered: the conformance suites count these. */
export function operatorCall(row: OperatorCase, takesGradients: boolean): OperatorCall | undefined {
  const decoder = new Decoder(takesGradients);
  try {
    const args = row.args.map((value) => decoder.value(value));
    const keywords = decoder.names(row.kwargs);
    const tensors = [...decoder.tensors];
    return {
      row,
      args,
      keywords,
      tensors,
      run: (others) => {
        torch.manualSeed(2);
        const call = callOf(row.op, row.variant);
        const given = args.map((arg) => replaced(arg, tensors, others));
        const names = new Map([...keywords].map(([name, value]) => [name, replaced(value, tensors, others)]));
        return tensorsIn(call(given, names)).map((output, i) =>
          Array.isArray(row.compare) && row.compare[i] === "abs" ? output.abs() : output,
        );
      },
    };
  } catch (error) {
    if (error instanceof NotCovered || error instanceof MissingName) return undefined;
    throw error;
  }
}

/** Number of elements of all tensors. */
export function sizeOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, tensor) => sum + tensor.numel(), 0);
}
