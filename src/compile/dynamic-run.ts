// Calls of a module whose graph is for all lengths of some axes.

import type { TypedArray } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import type { Length } from "../onnx/graph.ts";
import { makeTensor } from "../torch/base.ts";
import type { Module } from "../torch/nn/module.ts";
import { beginningOf, type CompiledGraph, type DynamicRun } from "./graph.ts";
import { fixedResult, rowMajorTensor, tensorsOf } from "./module.ts";
import { mapTensors } from "./tree.ts";
import { type DynamicTrace, sizesOf } from "./trials.ts";

/** Runs a graph for all lengths on arguments. */
export function runDynamic(
  graph: CompiledGraph,
  { traced: { trace, value, placeholders }, program, choice, lengths, axes }: DynamicTrace,
  module: Module,
  args: readonly unknown[],
): unknown {
  const found = sizesOf(module, args, axes);
  const sizes = lengths.sizes.names.map((name) => found.get(name)!);
  const shapeOf = (shape: readonly Length[]): number[] =>
    shape.map((length) => {
      const size = lengths.evaluate(length, sizes);
      if (size !== undefined && size >= 0) return size;
      throw new RuntimeError(
        `a result of the compiled module has a length that is not to be told for ${sizesText(found)} before it is computed`,
      );
    });
  const tensors = tensorsOf(args);
  const given = tensors.map(rowMajorTensor);
  const storages: Storage[] = [];
  const run: DynamicRun = {
    shapeOf,
    tensor: (index, dtype, size): TypedArray => {
      storages[index] = Storage.empty(dtype, size);
      return storages[index]!.view(dtype);
    },
  };
  const at = (slot: number): { storage: Storage; offset: number } =>
    slot < given.length ? beginningOf(given[slot]!) : { storage: trace.slots[slot]!.storage, offset: 0 };
  const computed = new Set(trace.results.map(({ slot }) => trace.slots[slot]!.storage));
  const give = (): unknown => {
    let next = 0;
    return mapTensors(value, (tensor) => {
      if (!computed.has(tensor.storage)) return fixedResult(module, tensor);
      const index = next++;
      const argument = placeholders.indexOf(tensor);
      if (argument >= 0) return tensors[argument]!;
      const shape = shapeOf(choice.program.shapeOf(program.tensors[index]!));
      return makeTensor(storages[index]!, Layout.contiguous(tensor.dtype, shape));
    });
  };
  const running = graph.run(at, trace.entries, run);
  return running === undefined ? give() : running.then(give);
}

const sizesText = (sizes: ReadonlyMap<string, number>): string =>
  [...sizes].map(([name, size]) => `${name} = ${size}`).join(", ");
