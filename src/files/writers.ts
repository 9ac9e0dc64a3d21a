// The kinds of file that arrays by name can be written to, found by the ending of the file's name.

import { PythonError } from "../core/errors.ts";
import type { FileFormat } from "./format.ts";
import { isNumpyType, writeNpyTo, writeNpzTo } from "./npy-write.ts";
import { planTensors, writeSafetensorsTo } from "./safetensors-write.ts";
import type { Sink, WriteOptions } from "./sink.ts";
import { type ArrayLike, ArrayValue } from "./values.ts";

/** How files are written; each kind takes those options that it lists in `takes`. */
export interface FileWriteOptions extends WriteOptions {
  /** Packs the arrays. */
  readonly compressed?: boolean;
  /** Text that the file says of itself. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** An option that not every kind of file has. */
export type WriterOption = "compressed" | "metadata" | "shards";

/** Arrays by name. */
export type NamedArray = readonly [name: string, array: ArrayLike];

/** A kind of file that is written. */
export interface FileWriter {
  readonly format: FileFormat;
  /** Endings of its files' names, the one that is meant first. */
  readonly endings: readonly string[];
  readonly takes: readonly WriterOption[];
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

const numpyRefusal =
  (ending: string) =>
  (name: string, array: ArrayLike): string | undefined => {
    if (!(array instanceof ArrayValue) || isNumpyType(array.layout.dtype)) {
      return noNumbers(name, array, ending);
    }
    return `tensor ${JSON.stringify(name)} is ${array.layout.dtype.name}, which NumPy has no type for`;
  };

const npyWriter: FileWriter = {
  format: "npy",
  endings: [".npy"],
  takes: [],
  sharesStorage: false,
  refusal: numpyRefusal(".npy"),
  write: async (sink, arrays, options) => {
    for (const [, array] of numbers(arrays)) await writeNpyTo(sink, array, options);
  },
};

const npzWriter: FileWriter = {
  format: "npz",
  endings: [".npz"],
  takes: ["compressed"],
  sharesStorage: false,
  refusal: numpyRefusal(".npz"),
  write: (sink, arrays, options) => writeNpzTo(sink, numbers(arrays), options),
};

const safetensorsWriter: FileWriter = {
  format: "safetensors",
  endings: [".safetensors"],
  takes: ["metadata", "shards"],
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

/** All kinds of file that are written. */
export const fileWriters: readonly FileWriter[] = [npyWriter, npzWriter, safetensorsWriter];

/** The kind of file that a name is of, by its ending. */
export function writerOf(path: string): FileWriter | undefined {
  const lower = path.toLowerCase();
  return fileWriters.find(({ endings }) => endings.some((ending) => lower.endsWith(ending)));
}
