// Tensors of an ONNX model: elements as raw bytes, in the field of their type, or in a file beside the model. They are
// read when they are asked for; that they are there and fit the shape is checked before.
// TensorProto and SparseTensorProto of ONNX 1.23; external data after its docs/ExternalData.md.

import { FormatError } from "../../core/errors.ts";
import { contiguousStrides, Layout, type Shape } from "../../core/layout.ts";
import { bytesElements, fillElements } from "../../onnx/elements.ts";
import type { Integer, SparseTensorProto, StringStringEntryProto, TensorProto } from "../../onnx/messages.ts";
import { Records, Span } from "../../onnx/source.ts";
import { elementsFields, type OnnxType, onnxTypes, unpackBits } from "../../onnx/types.ts";
import type { OpenContext } from "../format.ts";
import { checkShape, countOf } from "../numpy/types.ts";
import { fillFrom, type Reader } from "../reader.ts";
import { type Fill, Stored } from "../stored.ts";
import { type ArrayLike, ArrayValue, type SparseTensor, type TextArray } from "../values.ts";

/** `TensorProto.dataLocation` of a tensor in another file. */
const external = 1;

/** Where the bytes of a tensor are: in the model or beside it. */
interface Place {
  readonly reader: Reader;
  readonly start: number;
  readonly end: number;
}

/** The tensors of one model. */
export class Tensors {
  readonly notes: string[] = [];
  private readonly reader: Reader;
  private readonly context: OpenContext;
  private readonly others: Map<string, Promise<Reader>> = new Map();

  constructor(reader: Reader, context: OpenContext) {
    this.reader = reader;
    this.context = context;
  }

  /**
   * A tensor as an array.
   * @throws FormatError when its elements are missing, do not fit the shape, or are of no type that ONNX has
   */
  array(tensor: TensorProto, name: string): Promise<ArrayLike> {
    return ofTensor(name, async () => {
      if (tensor.segment !== undefined) {
        throw new FormatError("it is a segment of a larger tensor, which ONNX has no reader for");
      }
      const number = tensor.dataType ?? 0;
      const type = onnxTypes.get(number);
      if (type === undefined) {
        throw new FormatError(
          number === 0
            ? "its element type is not given (UNDEFINED)"
            : `its element type ${number} is none of ONNX's`,
        );
      }
      const shape = shapeOf(tensor.dims);
      if (type.field === "stringData") return textArray(tensor, shape);
      const stored = await this.stored(tensor, type, countOf(shape, Math.max(1, type.bits / 8)), name);
      const facts = { origin: "numpy" } as const;
      if (type.dtype !== undefined)
        return new ArrayValue(stored, Layout.contiguous(type.dtype, shape), facts);
      const strides = contiguousStrides(shape);
      return { kind: "raw", dtype: type.name, itemSize: 1, stored, shape, strides, offset: 0, facts };
    });
  }

  /**
   * A sparse tensor. Its indices are as the file has them: [count] of row-major places, or [count, rank].
   * @throws FormatError as `array` does, and when indices and values do not fit one another
   */
  sparse(tensor: SparseTensorProto, name: string): Promise<SparseTensor> {
    return ofTensor(name, async () => {
      const shape = shapeOf(tensor.dims);
      countOf(shape, 1);
      if (tensor.values === undefined || tensor.indices === undefined) {
        throw new FormatError("a sparse tensor lacks its values or its indices");
      }
      const values = await this.array(tensor.values, name);
      const indices = await this.array(tensor.indices, name);
      if (!(values instanceof ArrayValue) || !(indices instanceof ArrayValue)) {
        throw new FormatError("the values or indices of a sparse tensor are no numbers");
      }
      checkIndices(indices, values, shape);
      const facts = { origin: "numpy" } as const;
      return {
        kind: "sparse",
        dtype: values.layout.dtype,
        shape,
        sparseLayout: "onnx",
        indices,
        values,
        facts,
      };
    });
  }

  /** The elements of a tensor, to be read when they are asked for. */
  private async stored(tensor: TensorProto, type: OnnxType, count: number, name: string): Promise<Stored> {
    const length = Math.ceil((count * type.bits) / 8);
    const given = formsOf(tensor);
    if (given.length > 1) {
      throw new FormatError(`its elements are given more than once: as ${given.join(" and as ")}`);
    }
    if (tensor.dataLocation === external) {
      return storedAt(await this.beside(tensor.externalData ?? [], length), type, count, name);
    }
    const { rawData } = tensor;
    if (rawData instanceof Span && (given.length === 0 || given[0] === "raw_data")) {
      const place = { reader: this.reader, start: rawData.start, end: rawData.end };
      if (rawData.byteLength !== length) throw misfit(length, rawData.byteLength, rawData.start);
      return storedAt(place, type, count, name);
    }
    const records = tensor[type.field];
    if (!(records instanceof Records) || records.places.length === 0) {
      if (given.length > 0) {
        const wanted = elementsFields.find(([field]) => field === type.field)![1];
        throw new FormatError(
          `its ${type.name} elements should be in raw_data or ${wanted}, not in ${given[0]}`,
        );
      }
      if (length > 0) throw misfit(length, 0);
      return Stored.filled(0, () => undefined, { tensor: name });
    }
    return storedIn(records, type, count, name);
  }

  /** Where in a file beside the model a tensor is. */
  private async beside(entries: readonly StringStringEntryProto[], length: number): Promise<Place> {
    const facts = new Map(entries.map(({ key, value }) => [key ?? "", value ?? ""]));
    const location = facts.get("location");
    if (location === undefined) {
      throw new FormatError("its elements should be in another file, and no location says which");
    }
    const file = JSON.stringify(location.slice(0, 100));
    const start = byteCount(facts.get("offset"), "offset") ?? 0;
    const given = byteCount(facts.get("length"), "length");
    const reader = await this.other(location.replace(/^(?:\.\/)+/, ""));
    if (facts.has("checksum")) this.note(`the checksum that the model has of ${file} is not looked at`);
    const end = start + (given ?? Math.max(0, reader.byteLength - start));
    if (end > reader.byteLength) {
      throw new FormatError(
        `its elements should be bytes ${start} to ${end} of ${file}, which ends at ${reader.byteLength}: it is cut short, or another file`,
      );
    }
    if (end - start !== length) throw misfit(length, end - start);
    return { reader, start, end };
  }

  private other(name: string): Promise<Reader> {
    let reader = this.others.get(name);
    if (reader === undefined) {
      reader = besideModel(name, this.context);
      this.others.set(name, reader);
    }
    return reader;
  }

  private note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }
}

/** Opens a file beside the model; a refusal is one of the model that names it. */
async function besideModel(name: string, context: OpenContext): Promise<Reader> {
  try {
    return await context.sibling(name);
  } catch (error) {
    if (!(error instanceof FormatError) || error.place.file === undefined) throw error;
    throw new FormatError(`its elements should be in ${JSON.stringify(name)} beside it: ${error.reason}`);
  }
}

/** Runs `work`; a refusal says the tensor's name. */
async function ofTensor<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, { ...error.place, tensor: shortName(name) });
  }
}

const shortName = (name: string): string => (name.length > 100 ? `${name.slice(0, 99)}…` : name);

function misfit(wanted: number, found: number, offset?: number): FormatError {
  return new FormatError(
    `its shape and type take ${wanted} bytes, and there are ${found}: it is damaged or cut short`,
    { offset },
  );
}

function shapeOf(dims: readonly Integer[] | undefined): Shape {
  const negative = dims?.find((length) => length < 0);
  if (negative !== undefined) throw new FormatError(`its shape has the length ${negative}`);
  return checkShape(dims ?? []);
}

/** The ways in which elements are given, by their names in onnx.proto. */
function formsOf(tensor: TensorProto): string[] {
  const forms: string[] = [];
  if (tensor.dataLocation === external) forms.push("external_data");
  if ((tensor.rawData?.byteLength ?? 0) > 0) forms.push("raw_data");
  for (const [field, name] of elementsFields) {
    const records = tensor[field];
    if (records instanceof Records && records.most > 0) forms.push(name);
  }
  return forms;
}

function byteCount(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(text)) {
    throw new FormatError(
      `the ${what} ${JSON.stringify(text.slice(0, 40))} of its external data is no count of bytes`,
    );
  }
  return Number(text);
}

/** Elements as they are in raw data. */
async function storedAt(place: Place, type: OnnxType, count: number, name: string): Promise<Stored> {
  const { reader, start, end } = place;
  if (type.dtype !== undefined) return Stored.at(reader, start, end, name);
  const fill: Fill = async (target) => {
    const packed = new Uint8Array(end - start);
    await fillFrom(reader, start, packed);
    unpackBits(packed, type.bits, target);
  };
  return Stored.filled(count, fill, { file: reader.name, tensor: name, offset: start });
}

/** Elements in the field of their type. */
function storedIn(records: Records, type: OnnxType, count: number, name: string): Stored {
  const { dtype, bitsInField } = type;
  const numbers = dtype === undefined ? Math.ceil((count * bitsInField) / 8) : count * dtype.lanes;
  if (numbers > records.most) {
    throw new FormatError(
      `its shape asks for ${numbers} numbers, and there are ${records.most === 0 ? "none" : `no more than ${records.most}`}: it is cut short or damaged`,
      { offset: records.places[0] },
    );
  }
  const fill: Fill = async (target) => {
    if (dtype !== undefined) return fillElements(records, target, dtype.itemSize / dtype.lanes);
    const packed = new Uint8Array(numbers);
    await fillElements(records, packed, 1);
    unpackBits(packed, bitsInField === 8 ? 8 : type.bits, target);
  };
  const length = dtype === undefined ? count : count * dtype.itemSize;
  return Stored.filled(length, fill, { tensor: name, offset: records.places[0] });
}

async function textArray(tensor: TensorProto, shape: Shape): Promise<TextArray> {
  const count = countOf(shape, 1);
  const given = formsOf(tensor);
  if (given.some((form) => form !== "string_data")) {
    throw new FormatError(
      `its elements are text, which is never in ${given.find((form) => form !== "string_data")}`,
    );
  }
  const records = tensor.stringData instanceof Records ? tensor.stringData : undefined;
  if (count !== (records?.most ?? 0)) {
    throw new FormatError(`its shape asks for ${count} texts, and there are ${records?.most ?? 0}`);
  }
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const values = (records === undefined ? [] : await bytesElements(records)).map((bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      throw new FormatError("an element is no UTF-8 text", { offset: records?.places[0] });
    }
  });
  return { kind: "text", shape, values, order: "C", bigEndian: false };
}

/** Checks what can be said before the indices are read, and has them checked when they are. */
function checkIndices(indices: ArrayValue, values: ArrayValue, shape: Shape): void {
  const [count = 0] = values.shape;
  const isLinear = indices.shape.length === 1;
  const fits =
    values.shape.length === 1 &&
    indices.shape[0] === count &&
    (isLinear || (indices.shape.length === 2 && indices.shape[1] === shape.length)) &&
    indices.layout.dtype.name === "int64";
  if (!fits) {
    throw new FormatError(
      `the indices of a sparse tensor are ${indices.layout.dtype} of shape (${indices.shape.join(", ")}), and its values have shape (${values.shape.join(", ")})`,
    );
  }
  const limits = isLinear ? [countOf(shape, 1)] : shape;
  indices.stored.whenLoaded((storage) => {
    const places = storage.view(indices.layout.dtype) as BigInt64Array;
    for (let i = 0; i < places.length; i++) {
      const limit = limits[i % limits.length]!;
      if (places[i]! < 0n || places[i]! >= limit) {
        throw new FormatError(`the index ${places[i]} of a sparse tensor is not below ${limit}`);
      }
    }
  });
}
