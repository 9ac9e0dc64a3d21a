// What a format is to the rest: a way to tell it by its first bytes, and a way to open it.

import type { UrlOptions } from "./http/request.ts";
import type { Limited } from "./limits.ts";
import type { Reader } from "./reader.ts";
import type { Stored } from "./stored.ts";
import type { ArrayLike, SparseTensor, Value } from "./values.ts";
import type { ZipArchive } from "./zip/archive.ts";

/** What a file was found to be. */
export type FileFormat =
  | "npy"
  | "npz"
  | "pt"
  | "pickle"
  | "joblib"
  | "safetensors"
  | "hdf5"
  | "keras"
  | "onnx"
  | "index"
  | "msgpack";

/** A layer of a Keras model, and which datasets are its weights. */
export interface LayerWeights {
  readonly name: string;
  /** The class, where the file tells it: of layers of one's own, weights alone do not. */
  readonly className: string | undefined;
  /** Name of each weight (`kernel`) and of the tensor in `tree` that it is. */
  readonly weights: readonly (readonly [weight: string, tensor: string])[];
}

/** A link of HDF5 that is a name: of an object of the file, or of one of another file. */
export type NamedLink =
  | { readonly kind: "soft"; readonly path: string }
  | { readonly kind: "external"; readonly file: string; readonly path: string };

/** What a format finds in a file. Tensors have not been read; `notes` may grow when they are. */
export interface Contents {
  readonly format: FileFormat;
  /** What it holds: an array, a dict of arrays, or whatever was saved. */
  readonly tree: Value;
  /** What a careful reader should know of it, each in a line. */
  readonly notes: string[];
  /** `big` where the whole file is big-endian. The elements are native once they have been read. */
  readonly byteOrder?: "big";
  /** All arrays of a .npy that holds several, one after another; `tree` is the first. */
  readonly sequence?: readonly ArrayLike[];
  /** Members of an archive that are no arrays. */
  readonly otherMembers?: ReadonlyMap<string, Stored>;
  /** The library whose tensors they are, as safetensors' metadata name it, where the format tells. */
  readonly framework?: "pt";
  /** What the file says of itself, by name: metadata of safetensors, of index files, of ONNX models. */
  readonly metadata?: ReadonlyMap<string, Value>;
  /** In which file of a set each tensor lies. */
  readonly weightMap?: ReadonlyMap<string, Value>;
  /** Attributes of HDF5's groups and datasets, by path and name. */
  readonly attributes?: ReadonlyMap<string, ReadonlyMap<string, Value>>;
  /** Soft and external links of HDF5, by path: what they point to. They are not followed. */
  readonly links?: ReadonlyMap<string, NamedLink>;
  /** Layers of a Keras model, where the file tells them. */
  readonly layers?: readonly LayerWeights[];
  /** Checks what need not be known before its tensors are read; a file that is read whole passes it. */
  readonly check?: () => Promise<void>;
  /** Tensors in the nodes of an ONNX model, by what the node gives; constants of TorchScript and exported programs. */
  readonly constants?: ReadonlyMap<string, ArrayLike>;
  /** Sparse tensors of an ONNX model. */
  readonly sparse?: ReadonlyMap<string, SparseTensor>;
  /** Operators of an ONNX model's graph, in order. */
  readonly nodes?: readonly string[];
  /** Closes what was opened beside the file. */
  readonly close?: () => Promise<void>;
}

/** How a file is opened. */
export interface OpenOptions extends Limited {
  /** The file's name, for messages. */
  readonly name?: string;
  /**
   * Opens a file that this one names: a shard, or ONNX's external data. The name has been checked to lead nowhere but
   * beside or below this file. Files opened by path and URLs have this by themselves.
   */
  readonly sibling?: (name: string) => Promise<Reader>;
  /** How a file is fetched, where it is opened by its address. */
  readonly http?: UrlOptions;
}

/** What a format may ask for while it opens a file. */
export interface OpenContext {
  readonly options: OpenOptions;
  /**
   * The file of that name beside or below this one.
   * @throws FormatError when the name leads elsewhere, or there is no such file
   */
  sibling(name: string): Promise<Reader>;
  /** Opens what was inside, unpacked, as a file of its own; its format is found out anew. */
  inner(reader: Reader): Promise<Contents>;
}

/** How many of a file's first bytes a format is shown, where there are so many. */
export const headLength = 512;

/** A file format. */
export interface Format {
  /** True iff the file is of this format, by its first bytes (`headLength` of them); never by its name. */
  begins(head: Uint8Array, reader: Reader): boolean | Promise<boolean>;
  open(reader: Reader, context: OpenContext): Promise<Contents>;
}

/** A format whose files are zip archives. */
export interface ZipFormat {
  /** True iff the archive is of this format, by the names in it. */
  claims(archive: ZipArchive): boolean;
  open(archive: ZipArchive, context: OpenContext): Promise<Contents>;
}
