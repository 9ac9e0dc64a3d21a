// The kinds of file that arrays by name can be written to, found by the ending of the file's name.

import type { DType } from "../core/dtype.ts";
import { PythonError } from "../core/errors.ts";
import type { FileFormat } from "./format.ts";
import { writeHdf5To } from "./hdf5/write.ts";
import { isOpaque } from "./hdf5/write-types.ts";
import { writeKerasWeightsTo } from "./keras/write.ts";
import { isNumpyType, writeNpyTo, writeNpzTo } from "./numpy/write.ts";
import { planTensors, writeSafetensorsTo } from "./safetensors/write.ts";
import type { Sink, WriteOptions } from "./sink.ts";
import { folderOf, writeTorchTo } from "./torch/write.ts";
import { type ArrayLike, ArrayValue, DictValue, type Value } from "./values.ts";

/** How files are written; each kind takes those options that it lists in `takes`. */
export interface FileWriteOptions extends WriteOptions {
  /** Packs the arrays. */
  readonly compressed?: boolean;
  /** Text that the file says of itself. */
  readonly metadata?: ReadonlyMap<string, string>;
  /** Attributes of groups and datasets by their path, and by name. */
  readonly attributes?: ReadonlyMap<string, ReadonlyMap<string, Value>>;
  /** The file's name, of which some formats keep a part inside. */
  readonly name?: string;
}

/** An option that not every kind of file has. */
export type WriterOption = "compressed" | "metadata" | "shards" | "attributes";

/** Arrays by name. */
export type NamedArray = readonly [name: string, array: ArrayLike];

/** A kind of file that is written. */
export interface FileWriter {
  readonly format: FileFormat;
  /** Endings of its files' names, the one that is meant first. */
  readonly endings: readonly string[];
  readonly takes: readonly WriterOption[];
  /** True iff a file holds one array, without a name. */
  readonly holdsOne: boolean;
  /** `given`: arrays are written in the order in which they are given; `own`: in an order of the format's. */
  readonly order: "given" | "own";
  /** True iff arrays that share a storage share it in the file. */
  readonly sharesStorage: boolean;
  /** Why an array cannot be written, as a sentence with its name; undefined where it can. */
  refusal(name: string, array: ArrayLike): string | undefined;
  /**
   * Writes arrays, each when its turn comes; with `release`, one at a time is in memory.
   * @throws ValueError when one cannot be written, or two have one name; FormatError when a file's array is damaged
   */
  write(sink: Sink, arrays: readonly NamedArray[], options: FileWriteOptions): Promise<void>;
}

/** Strided numbers alone: what all kinds can hold. */
function numbers(arrays: readonly NamedArray[]): (readonly [string, ArrayValue])[] {
  return arrays.flatMap(([name, array]) => (array instanceof ArrayValue ? [[name, array] as const] : []));
}

/** What an array is that is no strided numbers. */
export function kindText(array: ArrayLike): string {
  const texts: Readonly<Record<ArrayLike["kind"], string>> = {
    array: "an array",
    raw: "of a type that is carried as bytes only",
    text: "text",
    bytes: "byte strings",
    void: "raw bytes",
    date: "dates or times",
    struct: "records",
    objects: "Python objects",
    quantized: "a quantized tensor",
    sparse: "a sparse tensor",
    nested: "a nested tensor",
    meta: "a meta tensor, which has no values",
  };
  return "dtype" in array && typeof array.dtype === "string"
    ? `${texts[array.kind]} (${array.dtype})`
    : texts[array.kind];
}

function noNumbers(name: string, array: ArrayLike, ending: string): string | undefined {
  if (array instanceof ArrayValue) return undefined;
  return `tensor ${JSON.stringify(name)} is ${kindText(array)}, which is not written to ${ending}`;
}

/** The refusal of files that lack some types of numbers. */
function typeRefusal(ending: string, library: string, has: (dtype: DType) => boolean): FileWriter["refusal"] {
  return (name, array) => {
    if (!(array instanceof ArrayValue) || has(array.layout.dtype)) return noNumbers(name, array, ending);
    return `tensor ${JSON.stringify(name)} is ${array.layout.dtype.name}, which ${library} has no type for`;
  };
}

const npyWriter: FileWriter = {
  format: "npy",
  endings: [".npy"],
  takes: [],
  holdsOne: true,
  order: "given",
  sharesStorage: false,
  refusal: typeRefusal(".npy", "NumPy", isNumpyType),
  write: async (sink, arrays, options) => {
    for (const [, array] of numbers(arrays)) await writeNpyTo(sink, array, options);
  },
};

const npzWriter: FileWriter = {
  format: "npz",
  endings: [".npz"],
  takes: ["compressed"],
  holdsOne: false,
  order: "given",
  sharesStorage: false,
  refusal: typeRefusal(".npz", "NumPy", isNumpyType),
  write: (sink, arrays, options) => writeNpzTo(sink, numbers(arrays), options),
};

const safetensorsWriter: FileWriter = {
  format: "safetensors",
  endings: [".safetensors"],
  takes: ["metadata", "shards"],
  holdsOne: false,
  order: "own",
  sharesStorage: false,
  refusal: (name, array) => {
    try {
      planTensors([[name, array]]);
      return undefined;
    } catch (error) {
      if (error instanceof PythonError) return error.message;
      throw error;
    }
  },
  write: (sink, arrays, options) => writeSafetensorsTo(sink, arrays, options),
};

const torchKinds: ReadonlySet<ArrayLike["kind"]> = new Set(["array", "raw", "quantized", "sparse", "meta"]);

/** A state dict: a dict of tensors, in order. */
const torchWriter: FileWriter = {
  format: "pt",
  endings: [".pt", ".pth", ".bin"],
  takes: [],
  holdsOne: false,
  order: "given",
  sharesStorage: true,
  refusal: (name, array) => (torchKinds.has(array.kind) ? undefined : noNumbers(name, array, ".pt")),
  write: (sink, arrays, options) =>
    writeTorchTo(sink, new DictValue(arrays), { ...options, folder: folderOf(options.name ?? "archive") }),
};

const kerasWriter: FileWriter = {
  format: "keras",
  endings: [".weights.h5"],
  takes: ["attributes"],
  holdsOne: false,
  order: "given",
  sharesStorage: false,
  refusal: (name, array) => noNumbers(name, array, ".weights.h5"),
  write: (sink, arrays, options) => writeKerasWeightsTo(sink, numbers(arrays), options),
};

const hdf5Writer: FileWriter = {
  format: "hdf5",
  endings: [".h5", ".hdf5"],
  takes: ["attributes"],
  holdsOne: false,
  order: "given",
  sharesStorage: false,
  refusal: typeRefusal(".h5", "HDF5", (dtype) => !isOpaque(dtype)),
  write: (sink, arrays, options) => writeHdf5To(sink, numbers(arrays), options),
};

/** All kinds of file that are written; of two whose endings fit a name, the first. */
export const fileWriters: readonly FileWriter[] = [
  npyWriter,
  npzWriter,
  torchWriter,
  safetensorsWriter,
  kerasWriter,
  hdf5Writer,
];

/** The kind of file that a name is of, by its ending. */
export function writerOf(path: string): FileWriter | undefined {
  const lower = path.toLowerCase();
  return fileWriters.find(({ endings }) => endings.some((ending) => lower.endsWith(ending)));
}
