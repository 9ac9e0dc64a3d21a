// What runs graphs. A compiled program knows no more of an engine than this.

import type { DType, TypedArray } from "../../core/dtype.ts";
import type { ModelProto } from "../../onnx/index.ts";

/** A tensor that a graph takes or gives. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A graph that is ready to run. */
export interface ReadyGraph {
  /**
   * Runs it.
   * @param inputs row-major elements, in the order of the graph's inputs
   * @param outputs where the results go, in the order of the graph's outputs
   * @returns nothing where it is done, a promise where it is not yet
   */
  run(inputs: readonly TypedArray[], outputs: readonly TypedArray[]): Promise<void> | undefined;
  /** Gives back what it holds. It cannot run any more. */
  release(): void;
}

/** Something that runs graphs. */
export interface Engine {
  readonly name: string;
  /**
   * Makes a graph ready.
   * @throws RuntimeError in the engine's words when it does not take the graph
   */
  ready(
    model: ModelProto,
    inputs: readonly Port[],
    outputs: readonly Port[],
  ): ReadyGraph | Promise<ReadyGraph>;
  /** Lets go of the engine. Its graphs must have been released. */
  release(): void;
}
