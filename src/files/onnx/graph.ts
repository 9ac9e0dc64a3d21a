// Opens an ONNX model for what it computes: its messages, with nodes and attributes, and the tensors they name. Nothing is
// run; tensors are read when they are asked for.

import { FormatError } from "../../core/errors.ts";
import { decode } from "../../onnx/decode.ts";
import type { ModelProto } from "../../onnx/messages.ts";
import type { OpenContext, OpenOptions } from "../format.ts";
import { openAnywhere } from "../paths.ts";
import type { ByteSource } from "../reader.ts";
import { siblingsOf } from "../sibling.ts";
import { onnxFormat } from "./format.ts";
import { Tensors } from "./tensors.ts";

/** What says nothing of what a model computes. */
const skipped: readonly string[] = [
  ...["valueInfo", "docString", "quantizationAnnotation", "metadataProps"].map(
    (name) => `GraphProto.${name}`,
  ),
  ...["docString", "metadataProps"].map((name) => `NodeProto.${name}`),
  "AttributeProto.docString",
  ...["docString", "valueInfo", "metadataProps"].map((name) => `FunctionProto.${name}`),
  ...["docString", "metadataProps"].map((name) => `TensorProto.${name}`),
  "ModelProto.trainingInfo",
];

/** A model that was opened, for as long as `use` takes. */
export interface OpenedModel {
  readonly model: ModelProto;
  readonly tensors: Tensors;
  /** Its name, where it has one. */
  readonly file: string | undefined;
}

/**
 * Opens a model, and closes it when `use` is through.
 * @param source a path (in Node), an address, bytes, a Blob, or a reader of a file
 * @throws FormatError when it is missing, damaged or no ONNX model
 */
export async function withModel<T>(
  source: string | ByteSource,
  options: OpenOptions,
  use: (opened: OpenedModel) => Promise<T>,
): Promise<T> {
  const { reader, sibling, close } = await openAnywhere(source, options);
  const file = options.name ?? reader.name;
  try {
    if (!(await onnxFormat.begins(new Uint8Array(0), reader))) {
      throw new FormatError("this is no ONNX model: its graph would be a protobuf message");
    }
    const all = sibling === undefined ? options : { sibling, ...options };
    const context: OpenContext = { options: all, sibling: siblingsOf(all), inner: refuseInner };
    const model = await decode(reader, "ModelProto", { skip: skipped });
    return await use({ model, tensors: new Tensors(reader, context), file });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, { ...error.place, file: error.place.file ?? file });
  } finally {
    await close?.();
  }
}

/** A model holds no other file. */
async function refuseInner(): Promise<never> {
  throw new FormatError("an ONNX model holds no other files");
}
