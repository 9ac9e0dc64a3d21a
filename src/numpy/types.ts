// What NumPy's functions take: array-likes, names of element types, orders of memory, casting rules.

import { type DType, dtypeByName, type TypedArray } from "../core/dtype.ts";
import type { Complex, Operand } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import type { PyFloat } from "../core/python.ts";

/** Order of memory: row-major, column-major, F where the source is F and not C, or as close to the source as can be. */
export type Order = "C" | "F" | "A" | "K";

/** How much a conversion may change: see `numpy.can_cast`. */
export type Casting = "no" | "equiv" | "safe" | "same_kind" | "unsafe";

/** A Python number: a whole JavaScript number is an int, another a float. */
export type PyScalar = number | bigint | boolean | PyFloat | Complex;

/** What `np.asarray` takes: arrays, tensors, typed arrays, numbers, and lists of these. */
export type ArrayLike = Operand | TypedArray | PyScalar | readonly ArrayLike[];

/** An element type, or its name: "float32", "f4", "<i8", "int", ... */
export type DTypeLike = DType | string;

/** One axis or several. */
export type Axes = number | readonly number[];

/** A shape, or the length of a 1-D one. */
export type ShapeLike = number | readonly number[] | ArrayLike;

const letters: ReadonlyMap<string, string> = new Map([
  ["?", "bool"],
  ["b1", "bool"],
  ["b", "int8"],
  ["B", "uint8"],
  ["h", "int16"],
  ["H", "uint16"],
  ["i", "int32"],
  ["I", "uint32"],
  ["l", "int64"],
  ["L", "uint64"],
  ["q", "int64"],
  ["Q", "uint64"],
  ["p", "int64"],
  ["P", "uint64"],
  ["e", "float16"],
  ["f", "float32"],
  ["d", "float64"],
  ["F", "complex64"],
  ["D", "complex128"],
  ["bool_", "bool"],
  ["int", "int64"],
  ["uint", "uint64"],
  ["intp", "int64"],
  ["uintp", "uint64"],
  ["byte", "int8"],
  ["ubyte", "uint8"],
  ["short", "int16"],
  ["ushort", "uint16"],
  ["intc", "int32"],
  ["uintc", "uint32"],
  ["long", "int64"],
  ["ulong", "uint64"],
  ["longlong", "int64"],
  ["ulonglong", "uint64"],
  ["half", "float16"],
  ["single", "float32"],
  ["double", "float64"],
  ["float", "float64"],
  ["csingle", "complex64"],
  ["cdouble", "complex128"],
  ["complex", "complex128"],
]);

const families: ReadonlyMap<string, string> = new Map([
  ["i", "int"],
  ["u", "uint"],
  ["f", "float"],
  ["c", "complex"],
]);

/**
 * The element type of a name (`numpy.dtype`): "float32", "f4", "<f4", "d", "int".
 * @throws TypeError when there is none; ValueError for the other byte order, which memory here never has
 */
export function dtype(name: DTypeLike): DType {
  if (typeof name !== "string") return name;
  const found = dtypeByName(name) ?? dtypeByName(letters.get(name) ?? "");
  if (found !== undefined) return found;
  const match = /^([<>=|]?)([a-zA-Z?])(\d*)$/.exec(name);
  if (match !== null) {
    const [, order, letter, bytes] = match;
    const text = bytes === "" ? letters.get(letter!) : `${families.get(letter!)}${8 * Number(bytes)}`;
    const parsed = dtypeByName(text ?? "") ?? dtypeByName(letters.get(letter! + bytes!) ?? "");
    if (parsed !== undefined) {
      if (order === ">" && parsed.itemSize > 1) {
        throw new ValueError(
          `arrays in memory have the machine's byte order: '${name}' can only be read from a file`,
        );
      }
      return parsed;
    }
  }
  throw new PythonTypeError(`data type '${name}' not understood`);
}

/** The type where one is given, else undefined. */
export function optionalDtype(name: DTypeLike | null | undefined): DType | undefined {
  return name === null || name === undefined ? undefined : dtype(name);
}

/** How NumPy writes a type in its messages: `dtype('float32')`. */
export function dtypeText(type: DType): string {
  return `dtype('${type.name}')`;
}

/** The name of NumPy's class of a type: `<class 'numpy.dtypes.Float32DType'>`. */
export function dtypeClassText(type: DType): string {
  const name = type.name.replace(/^(ui|.)/, (start) => start.toUpperCase());
  return `<class 'numpy.dtypes.${name}DType'>`;
}
