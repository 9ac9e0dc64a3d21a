// Element types: what one element is, how many bytes it takes, and which typed array holds it in memory.
// Names are PyTorch's (`float8_e4m3fn`) and NumPy's where both have one.

/** Names of the element types, as `str(tensor.dtype)` without "torch." and `array.dtype.name` give them. */
export type DTypeName =
  | "bool"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float8_e4m3fn"
  | "float8_e4m3fnuz"
  | "float8_e5m2"
  | "float8_e5m2fnuz"
  | "float8_e8m0fnu"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128";

/** What family an element type belongs to. */
export type DTypeKind = "bool" | "unsigned" | "signed" | "float" | "complex";

/**
 * How arithmetic on the type is done: `real` through float64, `big` through bigint (64-bit integers),
 * `complex` through pairs of float64.
 */
export type ComputeClass = "real" | "big" | "complex";

/** The typed arrays that memory is seen through. Half types and complex numbers have no array of their own. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** The constructor of a typed array. */
export interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
}

/** An element type. There is one object for each; compare them with `===`. */
export class DType {
  readonly name: DTypeName;
  readonly kind: DTypeKind;
  readonly compute: ComputeClass;
  /** Bytes of one element. */
  readonly itemSize: number;
  /** The typed array through which elements are seen in memory (bit patterns for half types, pairs for complex). */
  readonly array: TypedArrayConstructor;
  /** Array entries for one element: 2 for complex types, else 1. */
  readonly lanes: number;
  /** Position in `dtypes`. */
  readonly index: number;

  constructor(name: DTypeName, kind: DTypeKind, itemSize: number, array: unknown, index: number) {
    this.name = name;
    this.kind = kind;
    this.itemSize = itemSize;
    this.array = array as TypedArrayConstructor;
    this.lanes = kind === "complex" ? 2 : 1;
    this.compute =
      kind === "complex"
        ? "complex"
        : itemSize === 8 && (kind === "signed" || kind === "unsigned")
          ? "big"
          : "real";
    this.index = index;
  }

  /** True iff the type is a real or complex floating type's real form: float8 to float64. */
  get isFloatingPoint(): boolean {
    return this.kind === "float";
  }

  /** True iff the type is complex64 or complex128. */
  get isComplex(): boolean {
    return this.kind === "complex";
  }

  /** True iff the type is an integer type; bool is not one. */
  get isInteger(): boolean {
    return this.kind === "signed" || this.kind === "unsigned";
  }

  /** The name. */
  toString(): string {
    return this.name;
  }
}

let count = 0;
const make = (name: DTypeName, kind: DTypeKind, itemSize: number, array: unknown): DType =>
  new DType(name, kind, itemSize, array, count++);

/** True or false, one byte. */
export const bool: DType = make("bool", "bool", 1, Uint8Array);
/** Whole numbers from 0 to 255. */
export const uint8: DType = make("uint8", "unsigned", 1, Uint8Array);
/** Whole numbers from -128 to 127. */
export const int8: DType = make("int8", "signed", 1, Int8Array);
/** Whole numbers from 0 to 2^16 - 1. */
export const uint16: DType = make("uint16", "unsigned", 2, Uint16Array);
/** Whole numbers from -2^15 to 2^15 - 1. */
export const int16: DType = make("int16", "signed", 2, Int16Array);
/** Whole numbers from 0 to 2^32 - 1. */
export const uint32: DType = make("uint32", "unsigned", 4, Uint32Array);
/** Whole numbers from -2^31 to 2^31 - 1. */
export const int32: DType = make("int32", "signed", 4, Int32Array);
/** Whole numbers from 0 to 2^64 - 1, in memory bigints. */
export const uint64: DType = make("uint64", "unsigned", 8, BigUint64Array);
/** Whole numbers from -2^63 to 2^63 - 1, in memory bigints. */
export const int64: DType = make("int64", "signed", 8, BigInt64Array);
/** 8 bits: 4 of exponent, 3 of mantissa, no infinities. Carried, not computed with. */
export const float8_e4m3fn: DType = make("float8_e4m3fn", "float", 1, Uint8Array);
/** 8 bits: 4 of exponent, 3 of mantissa, one NaN and one zero. Carried, not computed with. */
export const float8_e4m3fnuz: DType = make("float8_e4m3fnuz", "float", 1, Uint8Array);
/** 8 bits: 5 of exponent, 2 of mantissa. Carried, not computed with. */
export const float8_e5m2: DType = make("float8_e5m2", "float", 1, Uint8Array);
/** 8 bits: 5 of exponent, 2 of mantissa, one NaN and one zero. Carried, not computed with. */
export const float8_e5m2fnuz: DType = make("float8_e5m2fnuz", "float", 1, Uint8Array);
/** 8 bits of exponent: powers of two, for scales. Carried, not computed with. */
export const float8_e8m0fnu: DType = make("float8_e8m0fnu", "float", 1, Uint8Array);
/** IEEE 754 half precision: 5 bits of exponent, 10 of mantissa. */
export const float16: DType = make("float16", "float", 2, Uint16Array);
/** The upper half of a float32: 8 bits of exponent, 7 of mantissa. */
export const bfloat16: DType = make("bfloat16", "float", 2, Uint16Array);
/** IEEE 754 single precision. */
export const float32: DType = make("float32", "float", 4, Float32Array);
/** IEEE 754 double precision: JavaScript's numbers. */
export const float64: DType = make("float64", "float", 8, Float64Array);
/** Pairs of float32: real and imaginary part. */
export const complex64: DType = make("complex64", "complex", 8, Float32Array);
/** Pairs of float64: real and imaginary part. */
export const complex128: DType = make("complex128", "complex", 16, Float64Array);

/** The type of a complex number's parts; of other types the type itself. */
export const partType = (dtype: DType): DType =>
  dtype.kind !== "complex" ? dtype : dtype.itemSize === 8 ? float32 : float64;

/** Every element type, in order of `index`. */
export const dtypes: readonly DType[] = [
  bool,
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
  float8_e4m3fn,
  float8_e4m3fnuz,
  float8_e5m2,
  float8_e5m2fnuz,
  float8_e8m0fnu,
  float16,
  bfloat16,
  float32,
  float64,
  complex64,
  complex128,
];

const byName: ReadonlyMap<string, DType> = new Map(dtypes.map((dtype) => [dtype.name, dtype]));

/** The element type of that name, or undefined when there is none. */
export function dtypeByName(name: string): DType | undefined {
  return byName.get(name);
}

const byArray: ReadonlyMap<unknown, DType> = new Map<unknown, DType>([
  [Uint8Array, uint8],
  [Uint8ClampedArray, uint8],
  [Int8Array, int8],
  [Uint16Array, uint16],
  [Int16Array, int16],
  [Uint32Array, uint32],
  [Int32Array, int32],
  [BigUint64Array, uint64],
  [BigInt64Array, int64],
  [Float32Array, float32],
  [Float64Array, float64],
]);

/** The element type that a typed array's numbers have. */
export function dtypeOfArray(array: ArrayBufferView): DType | undefined {
  return byArray.get(array.constructor);
}
