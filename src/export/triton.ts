// A model repository for Triton Inference Server (docs/user_guide/model_repository.md and model_configuration.md of
// triton-inference-server/server): NAME/config.pbtxt and NAME/1/model.onnx, which its ONNX Runtime backend runs.

import { ValueError } from "../core/errors.ts";
import type { GraphProto, ModelProto, ValueInfoProto } from "../onnx/messages.ts";

/** Triton's names of element types, by ONNX's numbers (TensorProto.DataType). */
const types: Readonly<Record<number, string>> = {
  1: "FP32",
  2: "UINT8",
  3: "INT8",
  4: "UINT16",
  5: "INT16",
  6: "INT32",
  7: "INT64",
  8: "STRING",
  9: "BOOL",
  10: "FP16",
  11: "FP64",
  12: "UINT32",
  13: "UINT64",
  16: "BF16",
};

/** How the server runs a model. */
export interface TritonOptions {
  /** The model's name, under which clients ask for it. */
  readonly name: string;
  /** How many examples the server puts together at most, where the model takes batches of any length. Default 8. */
  readonly maxBatchSize?: number;
  /** How long a request waits for others, in microseconds. Default 100. */
  readonly queueDelay?: number;
}

/** A value that goes in or out. */
interface Port {
  readonly name: string;
  readonly type: string;
  /** Lengths of the axes; -1 for any. */
  readonly dims: readonly number[];
}

/** @throws ValueError for a value that is no tensor, or of a type that Triton has not */
function portOf({ name = "", type }: ValueInfoProto): Port {
  const { elemType, shape } = type?.tensorType ?? {};
  if (elemType === undefined || shape === undefined)
    throw new ValueError(`"${name}" is no tensor of a known number of axes: Triton cannot be told of it`);
  const known = types[elemType];
  if (known === undefined)
    throw new ValueError(`"${name}" is of a type that Triton has not (ONNX's number ${elemType})`);
  const dims = (shape.dim ?? []).map(({ dimValue }) => (dimValue === undefined ? -1 : Number(dimValue)));
  return { name, type: known, dims };
}

/** What the graph takes: initializers may stand among the inputs of older graphs. */
function inputsOf({ input = [], initializer = [] }: GraphProto): Port[] {
  const filled = new Set(initializer.map(({ name }) => name));
  return input.filter(({ name }) => !filled.has(name)).map(portOf);
}

/** What an example's lengths are: where it has none, Triton wants one to be asked for and taken away again. */
const lengthsText = (dims: readonly number[]): string =>
  dims.length > 0 ? `dims: [ ${dims.join(", ")} ]` : "dims: [ 1 ]\n    reshape: { shape: [ ] }";

function section(kind: "input" | "output", ports: readonly Port[], isBatched: boolean): string {
  const each = ports.map(({ name, type, dims }) => {
    const lengths = lengthsText(isBatched ? dims.slice(1) : dims);
    return `  {\n    name: ${JSON.stringify(name)}\n    data_type: TYPE_${type}\n    ${lengths}\n  }`;
  });
  return `${kind} [\n${each.join(",\n")}\n]`;
}

/**
 * config.pbtxt for an ONNX model. Where the first axis of all that goes in and out may have any length, requests are put
 * together to batches.
 * @throws ValueError for inputs and outputs that Triton has no words for
 */
export function tritonConfig(model: ModelProto, options: TritonOptions): string {
  const { name, maxBatchSize = 8, queueDelay = 100 } = options;
  const graph = model.graph ?? {};
  const inputs = inputsOf(graph);
  const outputs = (graph.output ?? []).map(portOf);
  if (inputs.length === 0 || outputs.length === 0)
    throw new ValueError("the graph takes nothing or gives nothing: Triton has no use for it");
  const isBatched = maxBatchSize > 0 && [...inputs, ...outputs].every(({ dims }) => dims[0] === -1);
  const batching = isBatched ? [`dynamic_batching {\n  max_queue_delay_microseconds: ${queueDelay}\n}`] : [];
  return [
    `name: ${JSON.stringify(name)}`,
    'platform: "onnxruntime_onnx"',
    `max_batch_size: ${isBatched ? maxBatchSize : 0}`,
    section("input", inputs, isBatched),
    section("output", outputs, isBatched),
    ...batching,
    "",
  ].join("\n");
}
