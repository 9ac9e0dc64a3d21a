// Recorded models: bytes of ONNX files with inputs and what came of them, as scripts/record_onnx.py and
// scripts/record_onnx_models.py write them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { OnnxModule } from "../../../src/compile/index.ts";
import { dtypeByName } from "../../../src/core/dtype.ts";
import { contiguousStrides, Layout } from "../../../src/core/layout.ts";
import { Storage } from "../../../src/core/storage.ts";
import { Tensor } from "../../../src/torch/index.ts";

/** A tensor, its elements as base64. */
export interface Encoded {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

/** A model and one run of it. */
export interface Case {
  readonly name: string;
  readonly model: string;
  readonly inputs: Readonly<Record<string, Encoded>>;
  readonly outputs: readonly Encoded[];
}

/** Bytes in memory of their own. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** The cases of a file in this folder. */
export function casesOf<T extends Case = Case>(file: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as T[];
}

/** A recorded tensor. */
export function tensorOf({ dtype, shape, data }: Encoded): Tensor {
  const layout = new Layout(dtypeByName(dtype)!, shape, contiguousStrides(shape), 0);
  return new Tensor(new Storage(bytesOf(data)), layout);
}

/** The numbers of a tensor, in row-major order. */
export function numbersOf(tensor: Tensor): number[] {
  return (tensor.detach().reshape(-1).tolist() as (number | bigint | boolean)[]).map(Number);
}

/** The outputs of a run, in the graph's order. */
export function resultsOf(module: OnnxModule, result: Tensor | Record<string, Tensor>): Tensor[] {
  return result instanceof Tensor ? [result] : module.outputs.map(({ name }) => result[name]!);
}

/** In parts of the greatest number: what sums of float32 may differ by in another order. */
const tolerance = 2e-6;

/** Compares a result with the recorded one: type, shape, and elements to a few units in the last place of the greatest. */
export function assertSame(actual: Tensor, expected: Encoded, what: string): void {
  assert.equal(actual.dtype.name, expected.dtype, `${what}: type`);
  assert.deepEqual(actual.shape, expected.shape, `${what}: shape`);
  const [found, wanted] = [numbersOf(actual), numbersOf(tensorOf(expected))];
  const greatest = wanted.reduce(
    (most, each) => (Number.isFinite(each) ? Math.max(most, Math.abs(each)) : most),
    0,
  );
  const allowed = actual.dtype.isFloatingPoint ? tolerance * Math.max(greatest, 0.1) : 0;
  wanted.forEach((each, i) => {
    const isSame = Object.is(each, found[i]) || Math.abs(found[i]! - each) <= allowed;
    assert.ok(isSame, `${what}: element ${i} is ${found[i]}, recorded as ${each}`);
  });
}
