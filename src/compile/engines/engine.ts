// What runs graphs. A compiled program knows no more of an engine than this.

import type { DType, TypedArray } from "../../core/dtype.ts";
import type { Length } from "../../onnx/graph.ts";
import type { ModelProto } from "../../onnx/index.ts";

/** A tensor that a graph takes or gives. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  /** Its lengths; names are told by numbers at each run. */
  readonly shape: readonly Length[];
}

/** A tensor of a graph whose elements lie in memory of ours. */
export interface Constant extends Port {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** A graph and what it takes and gives. */
export interface Graph {
  readonly model: ModelProto;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Tensors that are declared with `GraphBuilder.external`: their memory is the engine's to read until it releases the graph. */
  readonly constants: readonly Constant[];
  /** Element types of its values. */
  readonly types: ReadonlySet<DType>;
}

/** A graph that is ready to run. */
export interface ReadyGraph {
  /** True iff it looks at memory later than `run` is called, when its owner may have left it. */
  readonly isLater: boolean;
  /**
   * Runs it.
   * @param inputs row-major elements, in the order of the graph's inputs
   * @param outputs where the results go, in the order of the graph's outputs
   * @param shapes the lengths of all inputs, then of all outputs, where some are dynamic
   * @returns nothing where it is done, a promise where it is not yet
   */
  run(
    inputs: readonly TypedArray[],
    outputs: readonly TypedArray[],
    shapes?: readonly (readonly number[])[],
  ): Promise<void> | undefined;
  /** Gives back what it holds. It cannot run any more. */
  release(): void;
}

/** Something that runs graphs. */
export interface Engine {
  readonly name: string;
  /** True iff large constants are given to it beside the graph, by their memory, and not in it. */
  readonly takesConstants: boolean;
  /**
   * Makes a graph ready.
   * @throws RuntimeError in the engine's words when it does not take the graph
   */
  ready(graph: Graph): ReadyGraph | Promise<ReadyGraph>;
  /** Lets go of the engine. Its graphs must have been released. */
  release(): void;
}
