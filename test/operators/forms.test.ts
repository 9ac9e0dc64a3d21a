// The other forms in which PyTorch has an operator: as a method, under another name, and into an `out` tensor. The index
// of the recorded operators says which of them it has.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";
import { callHost, MissingName, readAttribute } from "../conformance/python/host.ts";
import { callOf } from "../conformance/recorded/callee.ts";
import { compareValue, type Tolerance, tensorsIn } from "../conformance/recorded/compare.ts";
import type { OperatorCase } from "../conformance/recorded/operators.ts";
import { namedFunction } from "../conformance/recorded/values.ts";
import { referenceJson } from "../support/reference.ts";
import { operatorCall, operatorFiles } from "./cases.ts";

type Tensor = torch.Tensor;

interface Entry {
  readonly op: string;
  readonly aliases?: readonly string[];
  readonly method: boolean;
  readonly out: boolean;
}

const index = referenceJson<{ readonly operators: Readonly<Record<string, Entry>> }>(
  "ops/index.json",
).operators;

/** The first case of the most usual type. */
function firstCase(rows: readonly OperatorCase[]): OperatorCase | undefined {
  const fits = (row: OperatorCase): boolean => operatorCall(row, false) !== undefined;
  return rows.find((row) => row.dtype === "float32" && fits(row)) ?? rows.find(fits);
}

function same(got: unknown, expected: readonly Tensor[], { rtol, atol }: Tolerance): void {
  const tensors = tensorsIn(got);
  assert.equal(tensors.length, expected.length);
  tensors.forEach((tensor, i) => {
    assert.equal(tensor.dtype, expected[i]!.dtype);
    compareValue(tensor.tolist(), expected[i]!.tolist() as never, { rtol, atol });
  });
}

for (const { name, rows } of operatorFiles()) {
  const entry = index[`${name}.jsonl`];
  const row = firstCase(rows);
  // What Python's operators call has no name of its own here.
  if (entry === undefined || row === undefined || name.startsWith("__")) continue;
  const last = entry.op.split(".").at(-1)!;
  const { args, keywords, tensors, run } = operatorCall(row, false)!;
  if (entry.method) {
    test(`${name} as a method`, () => {
      const [self, ...rest] = args;
      same(callHost(readAttribute(self, last), rest, keywords), run(tensors), row);
    });
  }
  for (const alias of entry.aliases ?? []) {
    test(`${name} as ${alias}`, () => {
      const callee = functionOrMethod(alias.replace(/^torch\./, ""), args);
      same(callHost(callee.function, callee.args, keywords), run(tensors), row);
    });
  }
  if (entry.out) {
    test(`${name} with out`, () => {
      const expected = run(tensors);
      const fresh = expected.map((each) => torch.empty([0], { dtype: each.dtype }));
      const out = fresh.length === 1 ? fresh[0] : fresh;
      callOf(entry.op)(args, new Map([...keywords, ["out", out]]));
      same(fresh, expected, row);
    });
  }
}

/** The function of that name, or the first argument's method. */
function functionOrMethod(
  name: string,
  args: readonly unknown[],
): { readonly function: unknown; readonly args: readonly unknown[] } {
  try {
    return { function: namedFunction(name), args };
  } catch (error) {
    if (!(error instanceof MissingName) || name.includes(".")) throw error;
    return { function: readAttribute(args[0], name), args: args.slice(1) };
  }
}
