// The refusals of random fillings, in PyTorch's own words (ATen's distribution templates, PyTorch 2.13).

import {
  bfloat16,
  bool,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../core/dtype.ts";
import { NotImplementedError, RuntimeError } from "../core/errors.ts";

/** What PyTorch's messages call a type, and the numbers it holds. */
interface Limits {
  /** The name of the scalar type: "Float". */
  readonly scalar: string;
  /** The name of the C++ type: "float". */
  readonly cName: string;
  readonly lowest: number | bigint;
  readonly highest: number | bigint;
}

const limits: ReadonlyMap<DType, Limits> = new Map([
  [bool, { scalar: "Bool", cName: "bool", lowest: 0, highest: 1 }],
  [uint8, { scalar: "Byte", cName: "unsigned char", lowest: 0, highest: 255 }],
  [int8, { scalar: "Char", cName: "signed char", lowest: -128, highest: 127 }],
  [uint16, { scalar: "UInt16", cName: "unsigned short", lowest: 0, highest: 2 ** 16 - 1 }],
  [int16, { scalar: "Short", cName: "short", lowest: -(2 ** 15), highest: 2 ** 15 - 1 }],
  [uint32, { scalar: "UInt32", cName: "unsigned int", lowest: 0, highest: 2 ** 32 - 1 }],
  [int32, { scalar: "Int", cName: "int", lowest: -(2 ** 31), highest: 2 ** 31 - 1 }],
  [uint64, { scalar: "UInt64", cName: "unsigned long", lowest: 0n, highest: 2n ** 64n - 1n }],
  [int64, { scalar: "Long", cName: "long", lowest: -(2n ** 63n), highest: 2n ** 63n - 1n }],
  [float16, { scalar: "Half", cName: "c10::Half", lowest: -65504, highest: 65504 }],
  [
    bfloat16,
    {
      scalar: "BFloat16",
      cName: "c10::BFloat16",
      lowest: -(2 - 2 ** -7) * 2 ** 127,
      highest: (2 - 2 ** -7) * 2 ** 127,
    },
  ],
  [
    float32,
    {
      scalar: "Float",
      cName: "float",
      lowest: -(2 - 2 ** -23) * 2 ** 127,
      highest: (2 - 2 ** -23) * 2 ** 127,
    },
  ],
  [float64, { scalar: "Double", cName: "double", lowest: -Number.MAX_VALUE, highest: Number.MAX_VALUE }],
]);

/** The limits of a type among those that `accepts` takes. */
function limitsOf(dtype: DType, kernel: string, accepts: boolean): Limits {
  const found = limits.get(dtype);
  if (found === undefined || !accepts) {
    throw new NotImplementedError(`"${kernel}" not implemented for '${found?.scalar ?? dtype.name}'`);
  }
  return found;
}

/** A number as C++ streams print it: six significant digits. */
export function printed(value: number): string {
  const text = String(Number(value.toPrecision(6)));
  if (value === 0 || !Number.isFinite(value) || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6))
    return text;
  const [mantissa, exponent] = Number(value.toPrecision(6)).toExponential().split("e") as [string, string];
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** @throws RuntimeError or NotImplementedError, as `Tensor.uniform_` refuses */
export function checkUniform(dtype: DType, from: number, to: number): void {
  const { scalar, cName, lowest, highest } = limitsOf(dtype, "check_uniform_bounds", dtype.kind === "float");
  const inside = (value: number): boolean => value >= lowest && value <= highest;
  if (!inside(from)) throw new RuntimeError(`from is out of bounds for ${cName}`);
  if (!inside(to)) throw new RuntimeError(`to is out of bounds for ${cName}`);
  if (from > to) {
    throw new RuntimeError(
      `uniform_ expects to return a [from, to) range, but found from=${printed(from)} > to=${printed(to)}`,
    );
  }
  if (to - from > highest) {
    throw new RuntimeError(
      `uniform_ expects to-from <= std::numeric_limits<${scalar}>::max(), but found to=${printed(to)} and ` +
        `from=${printed(from)} which result in to-from to exceed the limit`,
    );
  }
}

/** @throws RuntimeError, as `torch.randint` and `Tensor.random_(from, to)` refuse */
export function checkIntegers(dtype: DType, low: number | bigint, high: number | bigint): void {
  const found = limits.get(dtype);
  if (found === undefined) {
    throw new RuntimeError("check_random_bounds handles only integral, floating-point and boolean types");
  }
  if (low >= high) {
    throw new RuntimeError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  }
  const inside = (value: bigint): boolean => value >= found.lowest && value <= found.highest;
  if (!inside(BigInt(low))) throw new RuntimeError(`from is out of bounds for ${found.cName}`);
  if (!inside(BigInt(high) - 1n)) throw new RuntimeError(`to - 1 is out of bounds for ${found.cName}`);
}

/** @throws RuntimeError, as `Tensor.bernoulli_` refuses */
export function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) {
    throw new RuntimeError(`bernoulli_ expects p to be in [0, 1], but got p=${printed(p)}`);
  }
}

const noProbabilities =
  "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please " +
  "report an enhancement request to PyTorch.)";

/** @throws RuntimeError or NotImplementedError, as `torch.bernoulli` refuses a tensor of probabilities */
export function checkProbabilities(dtype: DType, probabilities: readonly number[]): void {
  limitsOf(dtype, "bernoulli_tensor_cpu_p_", dtype.kind === "float");
  if (!probabilities.every((p) => p >= 0 && p <= 1)) throw new RuntimeError(noProbabilities);
}

/** @throws RuntimeError or NotImplementedError, as `Tensor.normal_` refuses */
export function checkNormal(dtype: DType, std: number): void {
  if (!(std >= 0)) throw new RuntimeError(`normal expects std >= 0.0, but found std ${printed(std)}`);
  limitsOf(dtype, "normal_kernel_cpu", dtype.kind === "float");
}

/** A floating type holds the integers from 0 to this one. */
const wholeLimits: ReadonlyMap<DType, number> = new Map([
  [float16, 2 ** 11],
  [bfloat16, 2 ** 8],
  [float32, 2 ** 24],
  [float64, 2 ** 53],
]);

/** @throws RuntimeError or NotImplementedError, as `torch.randperm` refuses */
export function checkPermutation(dtype: DType, n: number): void {
  if (n < 0) throw new RuntimeError(`Trying to create tensor with negative dimension ${n}: [${n}]`);
  const { scalar, highest, cName } = limitsOf(dtype, "randperm", dtype !== bool);
  const limit = wholeLimits.get(dtype);
  if (limit !== undefined && n > limit + 1)
    throw new RuntimeError(`n cannot be greater than ${limit + 1} for ${scalar} type.`);
  if (limit === undefined && BigInt(n) > highest) {
    const name = cName === "unsigned char" || cName === "signed char" ? `${dtype.name}_t` : cName;
    throw new RuntimeError(`value cannot be converted to type ${name} without overflow`);
  }
}

/**
 * How many integers `Tensor.random_` without bounds draws from, from 0 on.
 * @throws NotImplementedError for a type that it does not take
 */
export function fullRange(dtype: DType): bigint {
  const { highest } = limitsOf(dtype, "random_kernel_cpu", dtype.kind !== "unsigned" || dtype === uint8);
  return BigInt(wholeLimits.get(dtype) ?? highest) + 1n;
}
