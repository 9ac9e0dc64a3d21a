// Writes a model with its graph, its large tensors in a file beside it where that is asked for, or where the whole would be
// larger than a protobuf message may be. External data after ONNX's docs/ExternalData.md.

import { ValueError } from "../../core/errors.ts";
import { encodedLength, encodeTo } from "../../onnx/encode.ts";
import type { ModelProto, TensorProto } from "../../onnx/messages.ts";
import type { MakeFile, Sink } from "../sink.ts";

/** protobuf's limit of a message. */
export const largestModel: number = 2 ** 31 - 1;
/** Where each tensor begins in the file beside: at a page, so that it can be mapped into memory. */
const alignment = 4096;
/** Tensors of fewer bytes stay in the model, unless another number is given. */
const least = 1024;
/** `TensorProto.dataLocation` of a tensor in another file. */
const elsewhere = 1;

/**
 * Whether tensors go into a file beside the model: true, those of at least 1024 bytes; a number, those of at least so many
 * bytes; false, none, unless the model would be too large.
 */
export type External = boolean | number;

/** From how many bytes on tensors go beside the model; undefined where none does. */
function threshold(model: ModelProto, external: External): number | undefined {
  if (typeof external === "number") return external;
  return external || encodedLength("ModelProto", model) > largestModel ? least : undefined;
}

interface Moved {
  readonly tensor: TensorProto;
  readonly offset: number;
}

const bytesOf = ({ rawData }: TensorProto): number => rawData?.byteLength ?? 0;

/** The model with its large tensors elsewhere, and what goes there. */
function moved(
  model: ModelProto,
  from: number,
  location: string,
): { readonly model: ModelProto; readonly parts: readonly Moved[] } {
  const parts: Moved[] = [];
  let end = 0;
  const initializer = (model.graph?.initializer ?? []).map((tensor) => {
    const length = bytesOf(tensor);
    if (length < Math.max(1, from)) return tensor;
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + length;
    parts.push({ tensor, offset });
    const { rawData: _, ...rest } = tensor;
    const place = { location, offset: String(offset), length: String(length) };
    const externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
    return { ...rest, dataLocation: elsewhere, externalData };
  });
  return { model: { ...model, graph: { ...model.graph, initializer } }, parts };
}

async function writeParts(sink: Sink, parts: readonly Moved[]): Promise<void> {
  let at = 0;
  for (const { tensor, offset } of parts) {
    const { rawData } = tensor;
    if (offset > at) await sink.write(new Uint8Array(offset - at));
    const bytes =
      rawData instanceof Uint8Array ? rawData : await (rawData as { read(): Promise<Uint8Array> }).read();
    await sink.write(bytes);
    at = offset + bytes.byteLength;
  }
}

/**
 * Writes a model as one message.
 * @throws ValueError when it is larger than a message may be
 */
export async function writeModelTo(sink: Sink, model: ModelProto): Promise<void> {
  const length = encodedLength("ModelProto", model);
  if (length > largestModel) {
    throw new ValueError(
      `the model has ${length} bytes, and an ONNX file less than 2 GiB: give a path, beside which large tensors can lie`,
    );
  }
  await encodeTo("ModelProto", model, (bytes) => sink.write(bytes));
}

/**
 * Writes a model as a file, and as one more beside it (`NAME.data`) where tensors are to lie outside.
 * @param make makes a file of a name, beside the others
 */
export async function writeModel(
  make: MakeFile,
  name: string,
  model: ModelProto,
  external: External,
): Promise<void> {
  const from = threshold(model, external);
  if (from === undefined) return make(name, (sink) => writeModelTo(sink, model));
  const location = `${name}.data`;
  const { model: small, parts } = moved(model, from, location);
  if (parts.length > 0) await make(location, (sink) => writeParts(sink, parts));
  await make(name, (sink) => writeModelTo(sink, small));
}
