// Writing safetensors, byte for byte as its library 0.8.0 does: wide types first, then by name; the header padded with
// blanks to a multiple of eight. (Several metadata stand in the order given here, in the library's in one of chance.)

import type { Operand } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import { product, type Shape } from "../../core/layout.ts";
import { contentBytes, rawContentBytes } from "../content.ts";
import { compareNames } from "../name-order.ts";
import { bytesWritten, type Sink, type WriteOptions, written } from "../sink.ts";
import type { ArrayLike, RawTensor } from "../values.ts";
import { lengthBytes, metadataKey, mostHeaderBytes } from "./read.ts";
import { pairedFloat4, type SafetensorsType, safetensorsTypeOf, safetensorsTypes } from "./types.ts";

/** Tensors by name: of a state dict, of an opened file. */
export type NamedTensors = Iterable<readonly [name: string, tensor: Operand | ArrayLike]>;

/** How a safetensors file is written. */
export interface SafetensorsWriteOptions extends WriteOptions {
  /** Text that the header has besides; `new Map([["format", "pt"]])` says that PyTorch's tensors are in it. */
  readonly metadata?: ReadonlyMap<string, string>;
  /** Told how many bytes of tensors have been written, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A tensor as it will stand in a file. */
export interface PlannedTensor {
  readonly name: string;
  readonly tensor: Operand | RawTensor;
  readonly type: SafetensorsType;
  readonly shape: Shape;
  /** Bytes it takes in the file. */
  readonly byteLength: number;
}

const alignment = 8;

/**
 * Writes tensors as a safetensors file, one after another. Each is written row-major, whatever its strides.
 * @throws ValueError when a type or a tensor is none that safetensors has, or a name is there twice; FormatError when
 *   a file's tensor is damaged
 */
export async function writeSafetensorsTo(
  sink: Sink,
  tensors: NamedTensors,
  options: SafetensorsWriteOptions = {},
): Promise<void> {
  const planned = inFileOrder(planTensors(tensors));
  const total = planned.reduce((sum, { byteLength }) => sum + byteLength, 0);
  await sink.write(headerOf(planned, options.metadata));
  let done = 0;
  for (const { tensor, byteLength } of planned) {
    await written(tensor, options, (loaded) => sink.write(bytesOf(loaded)));
    done += byteLength;
    options.onProgress?.(done, total);
  }
}

/** The bytes of a safetensors file; see `writeSafetensorsTo`. */
export async function writeSafetensors(
  tensors: NamedTensors,
  options: SafetensorsWriteOptions = {},
): Promise<Uint8Array> {
  return bytesWritten((sink) => writeSafetensorsTo(sink, tensors, options));
}

/**
 * What each tensor will be in a file.
 * @throws ValueError as `writeSafetensorsTo` does
 */
export function planTensors(tensors: NamedTensors): PlannedTensor[] {
  const names = new Set<string>();
  const planned: PlannedTensor[] = [];
  for (const [name, tensor] of tensors) {
    if (names.has(name)) throw new ValueError(`two tensors have the name ${JSON.stringify(name)}`);
    if (name === metadataKey)
      throw new ValueError(`a safetensors file can have no tensor of the name ${metadataKey}`);
    checkText(name);
    names.add(name);
    planned.push(planTensor(name, tensor));
  }
  return planned;
}

function planTensor(name: string, tensor: Operand | ArrayLike): PlannedTensor {
  if ("layout" in tensor) {
    const { dtype, shape, size } = tensor.layout;
    const type = safetensorsTypeOf.get(dtype) ?? noType(name, dtype.name);
    return { name, tensor, type, shape, byteLength: size * dtype.itemSize };
  }
  if (tensor.kind !== "raw") return noType(name, tensor.kind);
  const { dtype, shape, itemSize, facts } = tensor;
  const byteLength = product(shape) * itemSize;
  if (dtype === pairedFloat4 && shape.length > 0) {
    const lengths = [...shape.slice(0, -1), 2 * shape[shape.length - 1]!];
    return { name, tensor, type: safetensorsTypes.get("F4")!, shape: lengths, byteLength };
  }
  const type = safetensorsTypes.get(facts.storedAs ?? "");
  return { name, tensor, type: type ?? noType(name, dtype), shape, byteLength };
}

function noType(name: string, type: string): never {
  const known = [...safetensorsTypeOf.keys()].join(", ");
  throw new ValueError(
    `tensor ${JSON.stringify(name)} is ${type}, which safetensors has no type for; it has ${known}`,
  );
}

/** Half a surrogate pair cannot be written as UTF-8. */
function checkText(text: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new ValueError(
      `${JSON.stringify(text)} has half a surrogate pair, which cannot be written as UTF-8`,
    );
  }
}

/** The library's order: by type, from the last to the first, then by the bytes of the name. */
function inFileOrder(planned: readonly PlannedTensor[]): PlannedTensor[] {
  return [...planned].sort((a, b) => b.type.rank - a.type.rank || compareNames(a.name, b.name));
}

function headerOf(
  planned: readonly PlannedTensor[],
  metadata: ReadonlyMap<string, string> | undefined,
): Uint8Array {
  const parts: string[] = [];
  if (metadata !== undefined) {
    for (const text of [...metadata].flat()) checkText(text);
    const texts = [...metadata].map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
    parts.push(`"${metadataKey}":{${texts.join(",")}}`);
  }
  let end = 0;
  for (const { name, type, shape, byteLength } of planned) {
    const begin = end;
    end += byteLength;
    parts.push(
      `${JSON.stringify(name)}:{"dtype":"${type.name}","shape":[${shape.join(",")}],"data_offsets":[${begin},${end}]}`,
    );
  }
  const text = new TextEncoder().encode(`{${parts.join(",")}}`);
  const length = Math.ceil(text.byteLength / alignment) * alignment;
  if (length > mostHeaderBytes) {
    throw new ValueError(`the header would take ${length} bytes, and safetensors allows ${mostHeaderBytes}`);
  }
  const bytes = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, lengthBytes);
  return bytes;
}

function bytesOf(tensor: Operand | RawTensor): Uint8Array {
  return "layout" in tensor ? contentBytes(tensor) : rawContentBytes(tensor);
}
