// Python's built-in functions, types and methods, as far as recorded programs use them, and three small modules.

import { AttributeError, PythonTypeError, ValueError } from "../../../src/core/errors.ts";
import { float, PyFloat } from "../../../src/core/python.ts";
import * as torch from "../../../src/torch/index.ts";
import { repr, str } from "./format.ts";
import { HostMethod, iterate, type Keywords, readAttribute, typeName, writeAttribute } from "./host.ts";
import { readItem, writeItem } from "./items.ts";
import { inPlace } from "./operators.ts";
import { checkIterable, isArrayOrTensor, lengthOf, numberIn, realNumber, truthOf } from "./protocols.ts";
import { Bytes, Callable, floatIn, isComplex, isNumber, OrderedDict, Slice, Tuple, tuple } from "./values.ts";

type Invoke = (args: readonly unknown[], keywords: Keywords) => unknown;

function builtin(name: string, invoke: Invoke, dtype?: string): readonly [string, Callable] {
  return [name, new Callable(name, invoke, dtype)];
}

/** True iff Python takes the value for true. */
export function truth(value: unknown): boolean {
  if (isArrayOrTensor(value)) return truthOf(value);
  if (value instanceof PyFloat) return value.value !== 0;
  if (isComplex(value)) return value.re !== 0 || value.im !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

function toFloat(value: unknown): PyFloat {
  const number = realNumber(numberIn(value), value, "float");
  if (typeof number === "string") return float(floatIn(number));
  if (!isNumber(number)) {
    throw new PythonTypeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
  }
  return float(Number(number));
}

function toInt(value: unknown): number | bigint {
  const number = realNumber(numberIn(value), value, "int");
  if (Number.isNaN(Number(number))) throw new ValueError("cannot convert float NaN to integer");
  return typeof number === "bigint" ? number : Math.trunc(Number(number));
}

function toComplex(args: readonly unknown[]): unknown {
  const [re = 0, im = 0] = args;
  if (typeof re === "string") return { re: floatIn(re), im: 0 };
  return isComplex(re) ? re : { re: Number(re), im: Number(im) };
}

function length(value: unknown): number {
  if (value instanceof Map) return value.size;
  if (isArrayOrTensor(value)) return lengthOf(value);
  if (typeof value === "object" && value !== null && "length" in value) return Number(value.length);
  return iterate(value).length;
}

function range(args: readonly unknown[]): number[] {
  const [first, second, third] = args.map((value) => Number(numberIn(value)));
  const [start, stop] = second === undefined ? [0, first!] : [first!, second];
  const step = third ?? 1;
  return Array.from({ length: Math.max(Math.ceil((stop - start) / step), 0) }, (_, i) => start + i * step);
}

/** `dict(pairs)` */
function dict(args: readonly unknown[], keywords: Keywords): Map<unknown, unknown> {
  const [source] = args;
  const pairs = source instanceof Map ? [...source] : source === undefined ? [] : iterate(source);
  return new Map([...(pairs as [unknown, unknown][]), ...keywords]);
}

const orderedDict: Callable = new Callable(
  "OrderedDict",
  (args, keywords) => new OrderedDict(dict(args, keywords)),
);

function bytes([source]: readonly unknown[]): Bytes {
  return source instanceof Bytes ? source : Bytes.from(iterate(source) as number[]);
}

/** `isinstance(value, type)` with a type of Python's own. */
function isInstance([value, type]: readonly unknown[]): boolean {
  if (type instanceof Callable) return typeName(value) === type.name;
  if (type instanceof HostMethod) return value instanceof type.run;
  return typeof type === "function" && value instanceof type;
}

/** `copy.copy(value)`, `copy.deepcopy(value)`: an object of the API copies itself as torch does. */
function copied(value: unknown, name: "copy" | "deepcopy"): unknown {
  const part = (item: unknown): unknown => (name === "copy" ? item : copied(item, name));
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => [key, part(item)] as const);
    return value instanceof OrderedDict ? new OrderedDict(entries) : new Map(entries);
  }
  if (value instanceof Tuple) return tuple(Array.from(value, part));
  if (Array.isArray(value)) return value.map(part);
  if (typeof value !== "object" || value === null || value instanceof PyFloat) return value;
  return name === "copy" ? torch.copy(value) : torch.deepcopy(value);
}

/** The built-in names. */
export const builtins: readonly (readonly [string, unknown])[] = [
  builtin("float", ([value]) => toFloat(value), "float64"),
  builtin("int", ([value]) => toInt(value), "int64"),
  builtin("bool", ([value]) => truth(value), "bool"),
  builtin("complex", toComplex, "complex128"),
  builtin("object", () => ({}), "object"),
  builtin("str", ([value]) => str(value)),
  builtin("repr", ([value]) => repr(value)),
  builtin("len", ([value]) => length(value)),
  builtin("list", ([value]) => {
    checkIterable(value);
    return value === undefined ? [] : iterate(value);
  }),
  builtin("tuple", ([value]) => tuple(value === undefined ? [] : iterate(value))),
  builtin("dict", dict),
  builtin("range", range),
  builtin("enumerate", ([value]) => iterate(value).map((item, i) => tuple([i, item]))),
  builtin("zip", (args) => {
    const lists = args.map(iterate);
    return Array.from({ length: Math.min(...lists.map((list) => list.length)) }, (_, i) =>
      tuple(lists.map((list) => list[i])),
    );
  }),
  builtin(
    "slice",
    (args) => new Slice(args.length === 1 ? [null, args[0], null] : [...args, null].slice(0, 3)),
  ),
  builtin("bytes", bytes),
  builtin("bytearray", bytes),
  builtin("memoryview", bytes),
  // Errors and warnings are known by their names.
  ...["ValueError", "TypeError", "RuntimeWarning"].map((name) => [name, name] as const),
  builtin("getattr", ([object, name]) => getAttribute(object, String(name))),
  builtin("setattr", ([object, name, value]) => writeAttribute(object, String(name), value)),
  builtin("isinstance", isInstance),
  ["collections", { OrderedDict: orderedDict }],
  ["OrderedDict", orderedDict],
  [
    "copy",
    {
      deepcopy: new Callable("deepcopy", ([value]) => copied(value, "deepcopy")),
      copy: new Callable("copy", ([value]) => copied(value, "copy")),
    },
  ],
  ["operator", { iadd: new Callable("iadd", ([target, value]) => inPlace("+", target, value)) }],
];

const listMethods: Readonly<Record<string, (list: unknown[], args: readonly unknown[]) => unknown>> = {
  append: (list, [item]) => list.push(item),
  extend: (list, [items]) => list.push(...iterate(items)),
};

const dictMethods: Readonly<
  Record<string, (map: Map<unknown, unknown>, args: readonly unknown[]) => unknown>
> = {
  items: (map) => [...map].map(tuple),
  keys: (map) => [...map.keys()],
  values: (map) => [...map.values()],
  get: (map, [key, otherwise]) => (map.has(key) ? map.get(key) : (otherwise ?? null)),
  pop: (map, [key]) => {
    const value = map.get(key);
    map.delete(key);
    return value;
  },
};

/** Methods with two underscores on either side, said through what they stand for. */
const special: Readonly<Record<string, (object: unknown, args: readonly unknown[]) => unknown>> = {
  __getitem__: (object, [key]) => readItem(object, key),
  __setitem__: (object, [key, value]) => writeItem(object, key, value),
  __iadd__: (object, [value]) => inPlace("+", object, value),
  __len__: length,
};

/** `object.name` */
export function getAttribute(object: unknown, name: string): unknown {
  const own = special[name];
  if (own !== undefined) return new Callable(name, (args) => own(object, args) ?? null);
  if (object instanceof Map && name in dictMethods) {
    return new Callable(name, (args) => dictMethods[name]!(object, args));
  }
  if (Array.isArray(object) && name in listMethods) {
    return new Callable(name, (args) => listMethods[name]!(object, args) ?? null);
  }
  if (object instanceof Callable && name === "__name__") return object.name;
  if (isNumber(object) || typeof object === "string" || object === null) {
    throw new AttributeError(`'${typeName(object)}' object has no attribute '${name}'`);
  }
  return readAttribute(object, name);
}
