// NumPy's arrays, scalars and dtypes in a pickle: what `ndarray.__reduce__`, `generic.__reduce__` and
// `dtype.__reduce__` write, of all protocols and of NumPy 1 and 2.

import { FormatError } from "../../core/errors.ts";
import { Storage } from "../../core/storage.ts";
import { latin1Bytes } from "../latin1.ts";
import { arrayFromBytes, arrayFromItems } from "../numpy/arrays.ts";
import {
  checkShape,
  countOf,
  type ElementField,
  type ElementType,
  structType,
  typeOfString,
} from "../numpy/types.ts";
import { Stored } from "../stored.ts";
import {
  type ArrayLike,
  ArrayValue,
  ByteArrayValue,
  DictValue,
  GlobalValue,
  ObjectValue,
  type ScalarValue,
  TupleValue,
  type Value,
} from "../values.ts";
import { Draft } from "./draft.ts";
import type { Known, KnownGlobals } from "./globals.ts";

/** A `numpy.dtype`. */
export class DtypeValue extends Draft {
  readonly kind = "dtype";
  readonly finished = true;
  type: ElementType;
  /** The shape of a dtype that is an array of another (a field's); else undefined. */
  shape: readonly number[] | undefined = undefined;

  constructor(type: ElementType) {
    super();
    this.type = type;
  }

  /** NumPy's type string: `<f4`, `|V14`. */
  get name(): string {
    return typeString(this.type);
  }

  /** The state: version, byte order, (base, shape), names, fields, item size, alignment, flags, date's unit. */
  override build(state: Value): Value {
    if (!(state instanceof TupleValue) || state.items.length < 5) throw wrongState("dtype");
    const [, order, sub, names, fields, size] = state.items;
    const isUnit = state.items.length > 8;
    if (order === ">" && "bigEndian" in this.type && this.type.bytes > 1) {
      this.type = { ...this.type, bigEndian: true };
    }
    if (isUnit && this.type.kind === "date")
      this.type = { ...this.type, name: dateName(this.type.name, state.items[8]!) };
    if (names instanceof TupleValue && fields instanceof DictValue)
      this.type = structured(names, fields, size);
    else if (sub instanceof TupleValue) this.takeBase(sub);
    else if (this.type.bytes === 0 && typeof size === "number" && size > 0) {
      this.type = typeOfString(`|V${size}`);
    }
    return this;
  }

  private takeBase(sub: TupleValue): void {
    const [base, shape] = sub.items;
    if (!(base instanceof DtypeValue)) throw wrongState("dtype");
    this.shape = shapeOf(shape instanceof TupleValue ? shape : new TupleValue([shape ?? null]));
    this.type = base.type;
  }
}

function wrongState(what: string): FormatError {
  return new FormatError(`a numpy ${what} in the pickle has a state of another form`);
}

function shapeOf(value: Value | undefined): readonly number[] {
  if (!(value instanceof TupleValue) || value.hasWholeFloat) {
    throw new FormatError("the shape of an array in the pickle is no tuple of counts");
  }
  return checkShape(value.items);
}

function structured(names: TupleValue, fields: DictValue, size: Value | undefined): ElementType {
  if (typeof size !== "number") throw wrongState("dtype");
  const parts = names.items.map((name): ElementField => {
    const field = fields.get(name);
    const [dtype, offset, title] = field instanceof TupleValue ? field.items : [];
    if (typeof name !== "string" || !(dtype instanceof DtypeValue) || typeof offset !== "number") {
      throw wrongState("dtype");
    }
    const titled = typeof title === "string" ? { title } : {};
    return { name, ...titled, offset, type: dtype.type, shape: dtype.shape ?? [] };
  });
  return structType(parts, size);
}

/** The unit stands as (metadata, (name, number, divisor, events)). */
function dateName(code: string, state: Value): string {
  const unit = state instanceof TupleValue ? state.items[1] : undefined;
  const [name, count] = unit instanceof TupleValue ? unit.items : [];
  const text = name instanceof Uint8Array ? String.fromCharCode(...name) : name;
  if (typeof text !== "string" || typeof count !== "number" || !/^\w+$/.test(text)) throw wrongState("dtype");
  return text === "generic" ? code : `${code}[${count === 1 ? "" : count}${text}]`;
}

/** The type string of an element type, as `dtype.str` gives it. */
export function typeString(type: ElementType): string {
  const order = "bigEndian" in type && type.bigEndian ? ">" : "<";
  switch (type.kind) {
    case "number": {
      const letters = { bool: "b", unsigned: "u", signed: "i", float: "f", complex: "c" } as const;
      return `${type.bytes === 1 ? "|" : order}${letters[type.dtype.kind]}${type.bytes}`;
    }
    case "text":
      return `${order}U${type.bytes / 4}`;
    case "date":
      return order + type.name;
    case "object":
      return "|O";
    case "bytes":
      return `|S${type.bytes}`;
    default:
      return `|V${type.bytes}`;
  }
}

/** Bytes that an array has taken over already: a second array over them gets a copy. */
const taken: WeakSet<Uint8Array> = new WeakSet();

function storedOf(data: Value | undefined): Stored | undefined {
  const bytes =
    data instanceof ByteArrayValue ? data.bytes : typeof data === "string" ? latin1Bytes(data) : data;
  if (!(bytes instanceof Uint8Array)) return undefined;
  const own = taken.has(bytes) ? bytes.slice() : bytes;
  taken.add(own);
  return Stored.of(new Storage(own));
}

/** An array from what its state holds. */
function makeArray(
  dtype: Value | undefined,
  shape: Value | undefined,
  fortran: Value | undefined,
  data: Value | undefined,
): ArrayLike {
  if (!(dtype instanceof DtypeValue) || dtype.shape !== undefined) throw wrongState("array");
  const dimensions = shapeOf(shape);
  const isFortran = fortran === true || fortran === 1;
  if (dtype.type.objects) {
    if (!Array.isArray(data))
      throw new FormatError("an array of objects in the pickle has bytes for its objects");
    return arrayFromItems(dtype.type, dimensions, isFortran, data);
  }
  countOf(dimensions, dtype.type.bytes);
  const stored = storedOf(data);
  if (stored === undefined) throw new FormatError("an array in the pickle has no bytes for its elements");
  return arrayFromBytes(dtype.type, dimensions, isFortran, stored);
}

/** An array between `_reconstruct` and BUILD. */
class ArrayDraft extends Draft {
  readonly finished = false;
  private readonly className: string | undefined;

  constructor(className: string | undefined) {
    super();
    this.className = className;
  }

  /** The state: version, shape, dtype, Fortran order, data. The oldest has no version. */
  override build(state: Value): Value {
    if (!(state instanceof TupleValue)) throw wrongState("array");
    const [shape, dtype, fortran, data] = state.items.length >= 5 ? state.items.slice(1) : state.items;
    const array = makeArray(dtype, shape, fortran, data);
    if (this.className === undefined || !(array instanceof ArrayValue)) return array;
    return new ArrayValue(array.stored, array.layout, { ...array.facts, className: this.className });
  }
}

function reconstruct(args: readonly Value[]): Draft {
  const [type, shape] = args;
  if (!(type instanceof GlobalValue)) throw new FormatError("the pickle makes an array of what is no class");
  const dimensions = shape instanceof TupleValue ? shape.items : [];
  if (dimensions.length !== 1 || dimensions[0] !== 0) {
    throw new FormatError("the pickle asks for an array before its contents are there");
  }
  return new ArrayDraft(type.path === "numpy.ndarray" ? undefined : type.path);
}

/** A masked array between `_mareconstruct` and BUILD: an object with its data, its mask and its fill value. */
class MaskedDraft extends Draft {
  readonly finished = false;

  /** The state of an array, and after it the mask's bytes and the fill value. */
  override build(state: Value): Value {
    if (!(state instanceof TupleValue) || state.items.length !== 7) throw wrongState("masked array");
    const [, shape, dtype, fortran, data, mask, fill] = state.items;
    const object = new ObjectValue("numpy.ma.MaskedArray", []);
    const isStruct = dtype instanceof DtypeValue && dtype.type.kind === "struct";
    object.attributes = new DictValue([
      ["data", makeArray(dtype, shape, fortran, data)],
      // Each field has a mask of its own: they are left as the bytes that they are.
      ["mask", isStruct ? mask! : makeArray(new DtypeValue(typeOfString("?")), shape, fortran, mask)],
      ["fill_value", fill!],
    ]);
    return object;
  }
}

function makeDtype(args: readonly Value[]): Draft {
  const [code] = args;
  // A record array's dtype names its class; its fields come with its state.
  if (code instanceof GlobalValue && code.path === "numpy.record") return new DtypeValue(typeOfString("V"));
  if (typeof code !== "string") throw wrongState("dtype");
  return new DtypeValue(typeOfString(code));
}

function makeScalar(args: readonly Value[]): Value {
  const [dtype, data] = args;
  if (dtype instanceof DtypeValue && dtype.type.kind === "object" && data !== undefined) return data;
  const scalar: ScalarValue = {
    kind: "scalar",
    array: makeArray(dtype, new TupleValue([]), false, data),
  };
  return scalar;
}

function fromBuffer(args: readonly Value[]): Value {
  const [data, dtype, shape, order] = args;
  return makeArray(dtype, shape, order === "F", data);
}

/** A random generator, kept as an object: its state is what its BUILD sets. */
function generator(className: string): Known {
  return { construct: (args) => new ObjectValue(className, [...args]) };
}

/** NumPy's names in pickles. */
export const numpyGlobals: KnownGlobals = new Map<string, Known>([
  ["numpy._core.multiarray._reconstruct", { construct: reconstruct }],
  ["numpy._core.multiarray.scalar", { construct: makeScalar }],
  ["numpy._core.numeric._frombuffer", { construct: fromBuffer }],
  ["numpy.dtype", { construct: makeDtype }],
  ["numpy.ma.core._mareconstruct", { construct: () => new MaskedDraft() }],
  ["numpy.random.bit_generator.__pyx_unpickle_SeedSequence", generator("numpy.random.SeedSequence")],
  ["numpy.random._pickle.__randomstate_ctor", generator("numpy.random.RandomState")],
  ["numpy.random._pickle.__generator_ctor", generator("numpy.random.Generator")],
  ["numpy.random._pickle.__bit_generator_ctor", generator("numpy.random.BitGenerator")],
]);
