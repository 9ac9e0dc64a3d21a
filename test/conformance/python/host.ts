// The API rule: how a Python name, call or index is said in the TypeScript API. Everything here is mechanical; nothing
// knows what a function does.

import { DType } from "../../../src/core/dtype.ts";
import { AttributeError, PythonTypeError } from "../../../src/core/errors.ts";
import { float, PyFloat } from "../../../src/core/python.ts";
import * as np from "../../../src/numpy/index.ts";
import * as torch from "../../../src/torch/index.ts";
import { sizeRepr } from "../../../src/torch/print.ts";
import { Bytes, Callable, ellipsis, floatIn, isFloat, NamedConstant, Slice, Tuple, tuple } from "./values.ts";

/** Arguments given by name. */
export type Keywords = ReadonlyMap<string, unknown>;

/** A function of the API together with the object or namespace that it was read from. */
export class HostMethod {
  readonly owner: object;
  readonly run: (...args: unknown[]) => unknown;
  readonly name: string;

  constructor(owner: object, run: (...args: unknown[]) => unknown, name: string) {
    this.owner = owner;
    this.run = run;
    this.name = name;
  }
}

/** A name of a namespace, or of an array or tensor, that the API does not have. */
export class MissingName extends AttributeError {
  /** True iff a namespace lacks it, and no object. */
  readonly isOfNamespace: boolean;

  constructor(message: string, isOfNamespace = false) {
    super(message);
    this.isOfNamespace = isOfNamespace;
  }
}

/** `torch.Size`, which says so when it is printed. */
class Size extends Tuple {
  repr(): string {
    return sizeRepr(Array.from(this) as number[]);
  }

  override toString(): string {
    return this.repr();
  }
}

/** Attributes and methods whose lists are tuples in Python, and how these are made. */
const tuples: ReadonlyMap<string, (items: unknown[], owner: object) => Tuple> = new Map([
  ["shape", sizeOf],
  ["size", sizeOf],
  ...["strides", "stride", "unbind", "split", "chunk", "tensor_split"].map((name) => [name, tuple] as const),
]);

function sizeOf(items: unknown[], owner: object): Tuple {
  return isTensor(owner) ? size(items) : tuple(items);
}

/** `torch.Size(items)`; in the API it is the list of lengths itself. */
export function size(items: Iterable<unknown>): Tuple {
  const result = new Size();
  for (const item of items) result.push(item);
  return result;
}

/** What an attribute or method of an array or tensor gave: a tuple where it is one in Python. */
function given(owner: object, name: string, value: unknown): unknown {
  const isOwner = isArray(owner) || isTensor(owner) || owner instanceof np.ItemArray;
  const make = Array.isArray(value) && isOwner ? tuples.get(name) : undefined;
  return make === undefined ? fromHost(value) : make(value as unknown[], owner);
}

type Constructor = new (...args: unknown[]) => object;

/** `requires_grad_` as the API has it: `requiresGrad_`. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[A-Za-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function isArray(value: unknown): value is np.NDArray {
  return value instanceof np.NDArray;
}

/** True iff the value is what Python has as a NumPy scalar: an array without axes that is no array there. */
export function isNumpyScalar(value: unknown): value is np.NDArray {
  return isArray(value) && value.isScalar;
}

export function isTensor(value: unknown): value is torch.Tensor {
  return value instanceof torch.Tensor;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** True iff the function must be called with `new`. */
export function isClass(value: unknown): value is Constructor {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** True iff the value is a namespace of the API: a module or a table of functions. */
function isNamespace(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || typeof value === "function";
}

/** What Python calls the type of a value. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (isFloat(value)) return "float";
  if (typeof value === "number" || typeof value === "bigint") return "int";
  if (value instanceof Size) return "Size";
  if (value instanceof Tuple) return "tuple";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "dict";
  if (isArray(value) || value instanceof np.ItemArray) return "numpy.ndarray";
  if (value instanceof Callable || value instanceof HostMethod) return "function";
  return (value as object).constructor?.name ?? typeof value;
}

/** Name of the property that a Python attribute is: the same name, else in camelCase. */
function propertyOf(object: object, name: string): string | undefined {
  if (name in object) return name;
  const other = camelCase(name);
  return other in object ? other : undefined;
}

const kindLetters: Readonly<Record<DType["kind"], string>> = {
  bool: "b",
  signed: "i",
  unsigned: "u",
  float: "f",
  complex: "c",
};

/** NumPy's letter and size of a type, without its byte order. */
function typeString(dtype: DType): string {
  return `${kindLetters[dtype.kind]}${dtype.itemSize}`;
}

/** `object.name` of something that belongs to the API. */
export function readAttribute(object: unknown, name: string): unknown {
  const from = object instanceof HostMethod ? object.run : object;
  // The scalar type that belongs to an element type of NumPy is the element type itself.
  if (from instanceof DType && name === "type") return from;
  if (from instanceof DType && name === "newbyteorder") {
    return new Callable(name, ([order]) => np.dtype(`${order}${typeString(from)}` as np.ItemTypeName));
  }
  const property = isObject(from) ? propertyOf(from, name) : undefined;
  if (property === undefined) {
    const message = `'${typeName(from)}' object has no attribute '${name}'`;
    if (isObject(from) && isNamespace(from))
      throw new MissingName(`there is no ${name} in that namespace`, true);
    throw isArray(from) || isTensor(from) ? new MissingName(message) : new AttributeError(message);
  }
  const value = Reflect.get(from as object, property) as unknown;
  if (value === `torch.${name}`) return new NamedConstant(value);
  if (typeof value !== "function" || isClass(value)) return given(from as object, name, value);
  return new HostMethod(from as object, value as HostMethod["run"], name);
}

/** `object.name = value`. A name that the object does not have yet stays as it is. */
export function writeAttribute(object: unknown, name: string, value: unknown): void {
  if (!isObject(object)) throw new AttributeError(`'${typeName(object)}' object has no attribute '${name}'`);
  Reflect.set(object, propertyOf(object, name) ?? name, toHost(value));
}

/** `del object.name` */
export function deleteAttribute(object: unknown, name: string): void {
  const property = isObject(object) ? propertyOf(object, name) : undefined;
  if (property === undefined)
    throw new AttributeError(`'${typeName(object)}' object has no attribute '${name}'`);
  Reflect.deleteProperty(object as object, property);
}

/** Functions to which bytes are an item; in the API bytes are an array of numbers, and `np.bytes_` says otherwise. */
const itemMakers: ReadonlySet<string> = new Set(["array", "asarray", "full"]);

/** Functions that write into a list that they are given; a tuple stays one, so that they can refuse it. */
const listWriters: ReadonlySet<string> = new Set(["shuffle"]);

function withByteStrings(value: unknown): unknown {
  if (value instanceof Bytes) return np.bytes_(value);
  return Array.isArray(value) ? Array.from(value, withByteStrings) : value;
}

/** A call of a function, method, class, module or element type of the API. */
export function callHost(callee: unknown, positional: readonly unknown[], keywords: Keywords): unknown {
  const takesItems = callee instanceof HostMethod && callee.owner === np && itemMakers.has(callee.name);
  const writes = callee instanceof HostMethod && listWriters.has(callee.name);
  const passed = writes
    ? positional.map((item) => (item instanceof Tuple ? np.PyTuple.from(item) : item))
    : positional;
  const args = hostArguments(takesItems ? passed.map(withByteStrings) : passed, keywords);
  if (callee instanceof HostMethod) {
    const result = given(callee.owner, callee.name, Reflect.apply(callee.run, callee.owner, args));
    return callee.name === "item" || callee.name === "tolist" ? pythonNumbers(callee.owner, result) : result;
  }
  if (isClass(callee)) return fromHost(new callee(...args));
  if (typeof callee === "function") return fromHost((callee as HostMethod["run"])(...args));
  if (callee instanceof DType) {
    // A scalar of NumPy, `np.float32(2.5)`: what a 0-d array of that type holds.
    const [value] = positional.map((item) => (typeof item === "string" ? float(floatIn(item)) : item));
    return np.array(toHost(value ?? 0) as np.ArrayLike, { dtype: callee }).at();
  }
  if (isObject(callee) && "call" in callee) {
    return fromHost((callee as { call(...args: unknown[]): unknown }).call(...args));
  }
  throw new PythonTypeError(`'${typeName(callee)}' object is not callable`);
}

/** Positional arguments, then what was given by name as one options object. */
export function hostArguments(positional: readonly unknown[], keywords: Keywords): unknown[] {
  const args = positional.map(toHost);
  if (keywords.size > 0) {
    args.push(Object.fromEntries([...keywords].map(([name, value]) => [camelCase(name), toHost(value)])));
  }
  return args;
}

/** A Python value as the API takes it. */
export function toHost(value: unknown): unknown {
  if (value instanceof PyFloat) return Number.isInteger(value.value) ? value : value.value;
  if (value instanceof NamedConstant) return value.text;
  if (value instanceof Bytes || value instanceof np.PyTuple) return value;
  if (Array.isArray(value)) return Array.from(value, nested);
  if (value === ellipsis) return "...";
  if (value instanceof Slice) return String(value);
  if (value instanceof HostMethod) return value.run;
  if (value instanceof Callable) {
    return value.dtype ?? ((...args: unknown[]) => toHost(value.invoke(args.map(fromHost), new Map())));
  }
  return value;
}

/** A dict inside a list is an options object. */
function nested(value: unknown): unknown {
  if (!(value instanceof Map)) return toHost(value);
  return Object.fromEntries([...value].map(([name, item]) => [camelCase(String(name)), toHost(item)]));
}

/** A value of the API as Python sees it: a number that is not whole is a float. */
export function fromHost(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === "number" && !Number.isInteger(value) ? float(value) : value;
}

/** What `item` and `tolist` give: floats where the elements are floats, whole ones too. */
function pythonNumbers(owner: object, value: unknown): unknown {
  const isFloating = "dtype" in owner && owner.dtype instanceof DType && owner.dtype.isFloatingPoint;
  const convert = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(convert);
    return isFloating && typeof item === "number" ? float(item) : item;
  };
  return convert(value);
}

/** The items between the brackets of an index. */
export function indexItems(key: unknown): unknown[] {
  return (key instanceof Tuple ? Array.from(key) : [key]).map(toHost);
}

/** The values that a loop goes through. */
export function iterate(value: unknown): unknown[] {
  if (value instanceof Map) return [...value.keys()];
  if (typeof value === "string" || (isObject(value) && Symbol.iterator in value)) {
    return Array.from(value as Iterable<unknown>, fromHost);
  }
  // An object literal is a dict.
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) return Object.keys(value);
  throw new PythonTypeError(`'${typeName(value)}' object is not iterable`);
}
