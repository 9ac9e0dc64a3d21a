// importOnnx: a file of ONNX as a module.

import { NotImplementedError } from "../../core/errors.ts";
import type { OpenOptions } from "../../files/format.ts";
import { loadAll } from "../../files/load.ts";
import { type OpenedModel, withModel } from "../../files/onnx/graph.ts";
import type { ByteSource } from "../../files/reader.ts";
import type { Stored } from "../../files/stored.ts";
import { ArrayValue } from "../../files/values.ts";
import type { TensorProto } from "../../onnx/messages.ts";
import { Parameter } from "../../torch/nn/parameter.ts";
import { Tensor } from "../../torch/tensor.ts";
import { type Built, build, type Initializer } from "./build.ts";
import { type Held, OnnxModule, portOf } from "./module.ts";

/** How a model is imported. */
export interface ImportOnnxOptions extends OpenOptions {
  /** Inputs may have other lengths than the file says. Default false: they are refused, as ONNX Runtime refuses them. */
  readonly anyLength?: boolean;
}

/**
 * Reads an ONNX model as a module. Initializers of floating types are parameters under the file's names, of which the dots
 * lead through submodules; integers, running statistics and quantization scales are buffers; tensors of Constant nodes belong
 * to the graph. Nothing in the file is executed.
 * @param source a path (in Node), an address, bytes, a Blob, or a reader of a file; external data lies beside it
 * @returns a module in evaluation mode, whose `forward` runs the graph through torch's functions
 * @throws NotImplementedError naming every operator that is not here, before any tensor is read; FormatError when the file is
 *   missing, damaged or no ONNX model
 */
export function importOnnx(
  source: string | ByteSource,
  options: ImportOnnxOptions = {},
): Promise<OnnxModule> {
  const { anyLength = false } = options;
  return withModel(source, options, async (opened) => {
    const built = build(opened.model);
    const held = await read(built, opened);
    const places = new Set(built.initializers.map(({ name }) => name));
    const { input = [], output = [] } = opened.model.graph!;
    const inputs = input.filter(({ name = "" }) => !places.has(name)).map(portOf);
    return new OnnxModule(built.program, inputs, output.map(portOf), held, anyLength);
  });
}

/** Reads all tensors of a model. */
async function read({ initializers, constants }: Built, { tensors }: OpenedModel): Promise<Held[]> {
  const arrayOf = async (proto: TensorProto, name: string): Promise<ArrayValue> => {
    const array = await tensors.array(proto, name);
    if (array instanceof ArrayValue) return array;
    throw new NotImplementedError(
      `the tensor ${JSON.stringify(name)} is of type ${array.kind === "raw" ? array.dtype : "str"}, which no tensor here has`,
    );
  };
  const stored = new Set<Stored>();
  const arrays: [Initializer, ArrayValue][] = [];
  for (const initializer of initializers) {
    const array = await arrayOf(initializer.proto, initializer.name);
    arrays.push([initializer, array]);
    stored.add(array.stored);
  }
  const others: (() => void)[] = [];
  for (const [constant, proto, name] of constants) {
    const array = await arrayOf(proto, name);
    stored.add(array.stored);
    others.push(() => {
      constant.value = tensorOf(array);
    });
  }
  await loadAll(stored);
  for (const set of others) set();
  return arrays.map(([{ name, place, isSetting }, array]): Held => {
    const tensor = tensorOf(array);
    const isParameter = tensor.dtype.isFloatingPoint && !isSetting;
    return { name, place, tensor: isParameter ? new Parameter(tensor) : tensor };
  });
}

function tensorOf({ stored, layout }: ArrayValue): Tensor {
  return new Tensor(stored.storage, layout);
}
