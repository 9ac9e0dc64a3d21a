// What an opened file holds: plain trees of values, with arrays as leaves. Nothing here runs anything: a class
// or function that a file names is its name.
//
// Python -> here: None null; bool, str themselves; int a number where exact, else a bigint; float a number;
// bytes Uint8Array; list an array; dict (OrderedDict, defaultdict, Counter) DictValue, a Map in the file's order.

import type { DType } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import type { Layout, Shape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { bytesRepr, characterCount, complexRepr, pythonRepr, tupleText } from "../core/text.ts";
import type { DtypeValue } from "./pickle/numpy.ts";
import { Stored } from "./stored.ts";

/** Any value of a file. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Value[]
  | DictValue
  | TupleValue
  | SetValue
  | ByteArrayValue
  | ComplexValue
  | RangeValue
  | NamedValue
  | DtypeValue
  | GlobalValue
  | ObjectValue
  | StorageValue
  | ScalarValue
  | ArrayLike;

/** A leaf that holds elements. */
export type ArrayLike =
  | ArrayValue
  | TextArray
  | BytesArray
  | VoidArray
  | DateArray
  | StructArray
  | ObjectArray
  | TorchLeaf;

/** Tensors that are no plain strided array of a core element type. */
export type TorchLeaf = RawTensor | QuantizedTensor | SparseTensor | NestedTensor | MetaTensor;

/** A dict: a Map in the file's order. Keys that are tuples and the like are compared by identity. */
export class DictValue extends Map<Value, Value> {
  /** `dict`, or `collections.OrderedDict` and the like. */
  className = "dict";
  /** Attributes of the dict object itself, such as a state dict's `_metadata`. */
  attributes: DictValue | undefined = undefined;
}

/** A tuple, or a `torch.Size`. */
export class TupleValue {
  readonly kind = "tuple";
  readonly items: Value[];
  readonly className: "tuple" | "torch.Size";
  /** True iff one of the items is a float of integer value in Python, 2.0: such is no count. */
  hasWholeFloat = false;

  constructor(items: Value[], className: "tuple" | "torch.Size" = "tuple") {
    this.items = items;
    this.className = className;
  }

  /** As Python prints it. */
  repr(): string {
    return this.className === "tuple"
      ? tupleText(this.items.map(pythonRepr))
      : `torch.Size(${pythonRepr(this.items)})`;
  }
}

/** A set or frozenset, in the file's order. */
export class SetValue {
  readonly kind = "set";
  readonly items: Value[];
  readonly frozen: boolean;

  constructor(items: Value[], frozen: boolean) {
    this.items = items;
    this.frozen = frozen;
  }

  /** As Python prints it. */
  repr(): string {
    const text = pythonRepr(new Set(this.items));
    if (!this.frozen) return text;
    return this.items.length === 0 ? "frozenset()" : `frozenset(${text})`;
  }
}

/** A bytearray. */
export class ByteArrayValue {
  readonly kind = "bytearray";
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** As Python prints it. */
  repr(): string {
    return `bytearray(${bytesRepr(this.bytes)})`;
  }
}

/** A complex number. */
export class ComplexValue {
  readonly kind = "complex";
  readonly re: number;
  readonly im: number;

  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
  }

  /** As Python prints it. */
  repr(): string {
    return complexRepr(this);
  }
}

/** A `range` or `slice`. */
export class RangeValue {
  readonly kind = "range";
  readonly className: "range" | "slice";
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;

  constructor(className: "range" | "slice", start: Value, stop: Value, step: Value) {
    this.className = className;
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  /** As Python prints it. */
  repr(): string {
    const isPlain = this.className === "range" && this.step === 1;
    const parts = isPlain ? [this.start, this.stop] : [this.start, this.stop, this.step];
    return `${this.className}(${parts.map(pythonRepr).join(", ")})`;
  }
}

/** A value of a library that is its name: `torch.float32` is `{ type: "torch.dtype", name: "float32" }`. */
export class NamedValue {
  readonly kind = "named";
  readonly type: string;
  readonly name: string;

  constructor(type: string, name: string) {
    this.type = type;
    this.name = name;
  }
}

/** A class or function that the file names. */
export class GlobalValue {
  readonly kind = "global";
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  /** `module.name`. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }

  /** As Python prints a class. */
  repr(): string {
    return `<class '${this.module === "builtins" ? this.name : this.path}'>`;
  }
}

/** An object of a class that is not known here, as data: what it would be made from, and its state. */
export class ObjectValue {
  readonly kind = "object";
  /** `module.name` of the class. */
  readonly className: string;
  readonly args: Value[];
  readonly keywords: DictValue | undefined;
  /** The attributes of the object, where its state is a dict of them. */
  attributes: DictValue | undefined = undefined;
  /** The state as it stands in the file, where it is anything else. */
  state: Value | undefined = undefined;
  /** What was appended to it (classes made from list). */
  items: Value[] | undefined = undefined;
  /** What was set in it by key (classes made from dict). */
  entries: DictValue | undefined = undefined;
  /** The parts of a module, where the object is a pickled `torch.nn.Module`. */
  module: ModuleParts | undefined = undefined;

  constructor(className: string, args: Value[], keywords?: DictValue) {
    this.className = className;
    this.args = args;
    this.keywords = keywords;
  }

  /** As Python prints an object whose class says nothing else, without its address. */
  repr(): string {
    return `<${this.className} object>`;
  }
}

/** What a pickled `torch.nn.Module` is made of, names in order. */
export interface ModuleParts {
  readonly training: boolean;
  readonly parameters: ReadonlyMap<string, ArrayLike | null>;
  readonly buffers: ReadonlyMap<string, ArrayLike | null>;
  /** Buffers that a state dict leaves out. */
  readonly nonPersistentBuffers: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, ObjectValue | null>;
  /** All other attributes whose names do not begin with `_`: sizes, strides, flags and what the class keeps. */
  readonly settings: ReadonlyMap<string, Value>;
}

/** What a file says of an array beyond its storage and layout. */
export interface ArrayFacts {
  /** The library whose array it is. */
  readonly origin: "numpy" | "torch";
  readonly requiresGrad?: boolean;
  /** True iff it is a `torch.nn.Parameter`. */
  readonly parameter?: boolean;
  /** Attributes that were set on the tensor. */
  readonly attributes?: DictValue;
  /** The class, where it is a subclass of the library's own. */
  readonly className?: string;
  /** True iff the file holds the elements big-endian. In memory they are native. */
  readonly bigEndian?: boolean;
  /** True iff the tensor is a lazily conjugated view. The elements here are the conjugated ones, in a storage of their own. */
  readonly conjugated?: boolean;
  /** The file format's own name of the element type, where it has names of its own: safetensors' `BF16`, HDF5's `V2`. */
  readonly storedAs?: string;
  /** The shape in the file, where it counts other elements than the library does: safetensors' F4. */
  readonly storedShape?: Shape;
  /** True iff the tensor is a lazily negated view. The elements here are the negated ones, in a storage of their own. */
  readonly negated?: boolean;
}

/** An array or tensor: an operand, once its bytes have been read. Tensors of one file storage have one `stored`. */
export class ArrayValue implements Operand {
  readonly kind = "array";
  readonly stored: Stored;
  readonly layout: Layout;
  readonly facts: ArrayFacts;

  constructor(stored: Stored | Storage, layout: Layout, facts: ArrayFacts) {
    this.stored = stored instanceof Storage ? Stored.of(stored) : stored;
    this.layout = layout;
    this.facts = facts;
  }

  /** The storage. @throws FormatError when its bytes have not been read yet (`stored.load()` reads them) */
  get storage(): Storage {
    return this.stored.storage;
  }

  /** Lengths of the axes. */
  get shape(): Shape {
    return this.layout.shape;
  }
}

/** Text: NumPy's (`<U6`), HDF5's, ONNX's. Values are in row-major order; trailing NULs are no part of NumPy's. */
export interface TextArray {
  readonly kind: "text";
  readonly shape: Shape;
  /** Characters an element has room for, where all have the same (NumPy). */
  readonly width?: number;
  readonly values: readonly string[];
  readonly order: "C" | "F";
  readonly bigEndian: boolean;
}

/** Characters that an element of text has room for: what it says, or the longest of what there is. */
export function textWidth({ width, values }: TextArray): number {
  return width ?? values.reduce((most, value) => Math.max(most, characterCount(value)), 1);
}

/** NumPy byte strings (`|S3`), row-major; trailing NULs are no part of them. */
export interface BytesArray {
  readonly kind: "bytes";
  readonly shape: Shape;
  readonly width: number;
  readonly values: readonly Uint8Array[];
  readonly order: "C" | "F";
}

/** Raw bytes (`|V5`), row-major. Types that NumPy lacks are saved so: bfloat16 as `<V2`. */
export interface VoidArray {
  readonly kind: "void";
  readonly shape: Shape;
  readonly width: number;
  readonly bytes: Uint8Array;
  readonly order: "C" | "F";
}

/** `datetime64` and `timedelta64`: counts of a unit, int64, with NaT as the lowest. */
export interface DateArray {
  readonly kind: "date";
  readonly shape: Shape;
  /** `M8[ns]`, `m8[25s]`. */
  readonly dtype: string;
  readonly counts: ArrayValue;
}

/** One field of a structured array; its array has the shape of the whole and then the field's own. */
export interface StructField {
  readonly name: string;
  readonly title?: string;
  /** Byte offset in the element. */
  readonly offset: number;
  readonly array: ArrayLike;
}

/** A structured array, field by field. */
export interface StructArray {
  readonly kind: "struct";
  readonly shape: Shape;
  readonly itemSize: number;
  readonly fields: readonly StructField[];
  readonly order: "C" | "F";
}

/** An array of Python objects, row-major. */
export interface ObjectArray {
  readonly kind: "objects";
  readonly shape: Shape;
  readonly items: Value[];
  readonly order: "C" | "F";
}

/** A NumPy scalar: a 0-d array. */
export interface ScalarValue {
  readonly kind: "scalar";
  readonly array: ArrayLike;
}

/** A bare torch storage. */
export interface StorageValue {
  readonly kind: "storage";
  readonly stored: Stored;
  /** PyTorch's name of the element type; `uint8` for an untyped storage. */
  readonly dtype: string;
  readonly length: number;
}

/** A tensor of a type that is carried as bytes only: complex32, float4_e2m1fn_x2. */
export interface RawTensor {
  readonly kind: "raw";
  /** PyTorch's name; `raw` where it has none, and `facts.storedAs` says what it is. */
  readonly dtype: string;
  /** Bytes of an element; three quarters of one where four of six bits each lie in three. */
  readonly itemSize: number;
  readonly stored: Stored;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly facts: ArrayFacts;
}

/** A quantized tensor. */
export interface QuantizedTensor {
  readonly kind: "quantized";
  /** `qint8`, `quint8`, `qint32`. */
  readonly dtype: string;
  readonly scheme: string;
  readonly shape: Shape;
  readonly integers: ArrayValue;
  /** Per tensor: one scale and zero point. */
  readonly scale?: number;
  readonly zeroPoint?: number;
  /** Per channel: along which axis, and one scale and zero point for each channel. */
  readonly axis?: number;
  readonly scales?: ArrayValue;
  readonly zeroPoints?: ArrayValue;
  readonly facts: ArrayFacts;
}

/** A sparse tensor: `sparse_coo` has `indices`, the compressed layouts have the other two. */
export interface SparseTensor {
  readonly kind: "sparse";
  readonly dtype: DType;
  readonly shape: Shape;
  readonly sparseLayout: string;
  readonly coalesced?: boolean;
  readonly indices?: ArrayValue;
  readonly compressedIndices?: ArrayValue;
  readonly plainIndices?: ArrayValue;
  readonly values: ArrayValue;
  readonly facts: ArrayFacts;
}

/** A nested tensor: parts of different lengths, all over one storage. */
export interface NestedTensor {
  readonly kind: "nested";
  readonly dtype: DType;
  readonly parts: readonly ArrayValue[];
  readonly facts: ArrayFacts;
}

/** A tensor of the meta device: a shape without values. */
export interface MetaTensor {
  readonly kind: "meta";
  readonly dtype: string;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly facts: ArrayFacts;
}

const arrayKinds: ReadonlySet<string> = new Set([
  "array",
  "text",
  "bytes",
  "void",
  "date",
  "struct",
  "objects",
  "raw",
  "quantized",
  "sparse",
  "nested",
  "meta",
]);

/** True iff the value is a leaf that holds elements. */
export function isArrayLike(value: Value): value is ArrayLike {
  return typeof value === "object" && value !== null && "kind" in value && arrayKinds.has(value.kind);
}
