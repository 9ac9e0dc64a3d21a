// Writing tensors as an ONNX model of initializers alone: what `onnx.load` and `numpy_helper.to_array` read back.
// onnx.proto of ONNX 1.23. A graph with nodes is written by src/onnx.

import type { Operand } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import { encodeTo } from "../../onnx/encode.ts";
import type { TensorProto } from "../../onnx/messages.ts";
import { onnxNumber } from "../../onnx/types.ts";
import { contentBytes } from "../content.ts";
import { bytesWritten, type Sink, type WriteOptions, written } from "../sink.ts";

/** How an ONNX file is written. */
export interface OnnxWriteOptions extends WriteOptions {
  /** Texts that the model has besides (`metadata_props`). */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** A version of the format that has every element type here but float8_e8m0fnu, and the operators of its day. */
const irVersion = 10;
const irVersionOfScales = 12;
const operators = 21;

/** protobuf's limit of a message. */
const largestModel = 2 ** 31 - 1;

/**
 * Writes tensors as an ONNX file: initializers of a graph without nodes, row-major. Those of an opened file are read
 * when their turn comes.
 * @throws ValueError when a name is there twice, or the whole is larger than the 2 GiB that such a file may have;
 *   FormatError when a file's tensor is damaged
 */
export async function writeOnnxTo(
  sink: Sink,
  tensors: Iterable<readonly [name: string, tensor: Operand]>,
  options: OnnxWriteOptions = {},
): Promise<void> {
  const names = new Set<string>();
  let total = 0;
  let version = irVersion;
  const initializer: TensorProto[] = [];
  for (const [name, tensor] of tensors) {
    const { dtype, shape, size } = tensor.layout;
    if (names.has(name)) throw new ValueError(`two tensors have the name ${JSON.stringify(name)}`);
    names.add(name);
    const byteLength = size * dtype.itemSize;
    total += byteLength;
    if (dtype.name === "float8_e8m0fnu") version = irVersionOfScales;
    const rawData = { byteLength, read: () => written(tensor, options, contentBytes) };
    initializer.push({ dims: [...shape], dataType: onnxNumber(dtype), name, rawData });
  }
  if (total > largestModel) {
    throw new ValueError(
      `the tensors have ${total} bytes, and an ONNX file less than 2 GiB: write .safetensors`,
    );
  }
  const metadataProps = [...(options.metadata ?? [])].map(([key, value]) => ({ key, value }));
  const model = {
    irVersion: version,
    producerName: "weightbridge",
    graph: { name: "weights", initializer },
    opsetImport: [{ domain: "", version: operators }],
    metadataProps,
  };
  await encodeTo("ModelProto", model, (bytes) => sink.write(bytes));
}

/** The bytes of an ONNX file; see `writeOnnxTo`. */
export async function writeOnnx(
  tensors: Iterable<readonly [name: string, tensor: Operand]>,
  options: OnnxWriteOptions = {},
): Promise<Uint8Array> {
  return bytesWritten((sink) => writeOnnxTo(sink, tensors, options));
}
