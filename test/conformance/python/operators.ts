// Python's operators (The Python Language Reference, section 6): on its own values, on arrays as the functions of
// NumPy that they call, on tensors as the methods of PyTorch that they call.

import { PythonTypeError } from "../../../src/core/errors.ts";
import { float, PyFloat } from "../../../src/core/python.ts";
import { collectWarnings, warn } from "../../../src/core/warnings.ts";
import * as np from "../../../src/numpy/index.ts";
import * as torch from "../../../src/torch/index.ts";
import { percentFormat } from "./format.ts";
import { callHost, isArray, isTensor, readAttribute, typeName } from "./host.ts";
import { int, isComplex, isFloat, isNumber, Tuple, tuple } from "./values.ts";

/** What an operator is called: NumPy's function and PyTorch's method. */
interface Names {
  readonly numpy: string;
  readonly torch: string;
}

const binaryNames: Readonly<Record<string, Names>> = {
  "+": { numpy: "add", torch: "add" },
  "-": { numpy: "subtract", torch: "sub" },
  "*": { numpy: "multiply", torch: "mul" },
  "/": { numpy: "divide", torch: "div" },
  "//": { numpy: "floor_divide", torch: "floor_divide" },
  "%": { numpy: "remainder", torch: "remainder" },
  "**": { numpy: "power", torch: "pow" },
  "@": { numpy: "matmul", torch: "matmul" },
  "&": { numpy: "bitwise_and", torch: "bitwise_and" },
  "|": { numpy: "bitwise_or", torch: "bitwise_or" },
  "^": { numpy: "bitwise_xor", torch: "bitwise_xor" },
  "<<": { numpy: "left_shift", torch: "bitwise_left_shift" },
  ">>": { numpy: "right_shift", torch: "bitwise_right_shift" },
  "==": { numpy: "equal", torch: "eq" },
  "!=": { numpy: "not_equal", torch: "ne" },
  "<": { numpy: "less", torch: "lt" },
  "<=": { numpy: "less_equal", torch: "le" },
  ">": { numpy: "greater", torch: "gt" },
  ">=": { numpy: "greater_equal", torch: "ge" },
};

const unaryNames: Readonly<Record<string, Names>> = {
  "-": { numpy: "negative", torch: "neg" },
  "+": { numpy: "positive", torch: "positive" },
  "~": { numpy: "invert", torch: "bitwise_not" },
};

/** The comparison that says the same with its sides exchanged. */
const mirrored: Readonly<Record<string, string>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function call(object: unknown, name: string, ...args: unknown[]): unknown {
  return callHost(readAttribute(object, name), args, new Map());
}

/** `left operator right`, refused as Python does where neither side takes the other. */
function unsupported(operator: string, left: unknown, right: unknown): never {
  const types = `'${typeName(left)}' and '${typeName(right)}'`;
  if (operator in mirrored) {
    throw new PythonTypeError(`'${operator}' not supported between instances of ${types}`);
  }
  if (operator === "+" && isArray(left)) {
    throw new PythonTypeError(
      "Concatenation operation is not implemented for NumPy arrays, use np.concatenate() instead. " +
        "Please do not rely on this error; it may not be given on all Python implementations.",
    );
  }
  throw new PythonTypeError(
    `unsupported operand type(s) for ${operator === "**" ? "** or pow()" : operator}: ${types}`,
  );
}

/** A tensor on the right alone: what its reflected method calls. */
function reflected(operator: string, left: unknown, right: torch.Tensor): unknown {
  const mirror = mirrored[operator];
  const name = binaryNames[operator]!.torch;
  if (operator === "/") return binary("*", call(right, "reciprocal"), left);
  if (mirror !== undefined && !isArray(left)) return tensorOperation(mirror, right, left);
  if (operator === "==" || operator === "!=") return equality(operator, right, left);
  try {
    if (mirror !== undefined) return call(right, binaryNames[mirror]!.torch, left);
    if (operator === "-") return call(torch, "rsub", right, left);
    if (["+", "*", "&", "|", "^"].includes(operator)) return call(right, name, left);
    return call(torch, name, left, right);
  } catch (error) {
    if (error instanceof PythonTypeError && isArray(left)) return unsupported(operator, left, right);
    throw error;
  }
}

/** `tensor == array` compares the elements; `!=` Python has of its own, by identity. */
function equality(operator: string, tensor: torch.Tensor, other: unknown): unknown {
  if (operator === "!=" || !isArray(other)) return operator === "!=";
  return call(tensor, "eq", torch.fromNumpy(other));
}

function tensorOperation(operator: string, left: torch.Tensor, right: unknown): unknown {
  try {
    return call(left, binaryNames[operator]!.torch, right);
  } catch (error) {
    if (!(error instanceof PythonTypeError)) throw error;
    const isEquality = operator === "==" || operator === "!=";
    // What a method refuses Python leaves to the other side: an array takes tensors, but compares with none.
    if (isArray(right) && isEquality) return equality(operator, left, right);
    if (isArray(right) && !(operator in mirrored)) {
      return call(np, binaryNames[operator]!.numpy, left, right);
    }
    if (isEquality) return operator === "!=";
    return unsupported(operator, left, right);
  }
}

const wholeOperators: ReadonlySet<string> = new Set(["+", "-", "*"]);

/** The ufunc; NumPy's scalars have an arithmetic of their own, which says so when it warns. */
function arrayOperation(operator: string, left: unknown, right: unknown): unknown {
  const { numpy } = binaryNames[operator]!;
  const areScalars = [left, right].every((value) => isNumber(value) || (isArray(value) && value.isScalar));
  if (!areScalars) return call(np, numpy, left, right);
  const { result, warnings } = collectWarnings(() => call(np, numpy, left, right));
  for (const { category, message } of warnings) warn(category, message.replace(" in ", " in scalar "));
  if (isArray(result) && result.dtype.isInteger && wholeOperators.has(operator)) {
    const [a, b, c] = [left, right, result].map((value) =>
      BigInt((isArray(value) ? value.item() : plain(value)) as number | bigint),
    );
    if (wholeArithmetic(operator, a!, b!) !== c) {
      warn("RuntimeWarning", `overflow encountered in scalar ${numpy}`);
    }
  }
  return result;
}

/** `left operator right` */
export function binary(operator: string, left: unknown, right: unknown): unknown {
  if (operator === "%" && typeof left === "string") return percentFormat(left, right);
  if (isTensor(left)) return tensorOperation(operator, left, right);
  if (isTensor(right)) return reflected(operator, left, right);
  if (isArray(left) || isArray(right)) return arrayOperation(operator, left, right);
  if (operator in mirrored) return compareValues(operator, left, right);
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, left, right);
  return sequenceOperation(operator, left, right);
}

function inPlaceTensor(operator: string, target: torch.Tensor, value: unknown): unknown {
  try {
    return call(target, `${binaryNames[operator]!.torch}_`, value);
  } catch (error) {
    // What the method in place refuses is tried as `target = target operator value`.
    if (error instanceof PythonTypeError && isArray(value)) return binary(operator, target, value);
    throw error;
  }
}

/** `target operator= value`; the result is what is assigned. */
export function inPlace(operator: string, target: unknown, value: unknown): unknown {
  if (isTensor(target)) return inPlaceTensor(operator, target, value);
  if (isArray(target) && !target.isScalar && !isTensor(value)) {
    const names = readAttribute(np, binaryNames[operator]!.numpy);
    return callHost(names, [target, value], new Map([["out", target]]));
  }
  if (operator === "+" && Array.isArray(target) && !(target instanceof Tuple)) {
    target.push(...(value as unknown[]));
    return target;
  }
  return binary(operator, target, value);
}

/** `-x`, `+x`, `~x` */
export function unary(operator: string, operand: unknown): unknown {
  if (isTensor(operand)) return call(operand, unaryNames[operator]!.torch);
  if (isArray(operand)) return call(np, unaryNames[operator]!.numpy, operand);
  if (operator === "~") return int(-BigInt(operand as number | bigint) - 1n);
  if (!isNumber(operand)) {
    throw new PythonTypeError(`bad operand type for unary ${operator}: '${typeName(operand)}'`);
  }
  if (operator === "+") return typeof operand === "boolean" ? Number(operand) : operand;
  if (isComplex(operand)) return { re: -operand.re, im: -operand.im };
  if (isFloat(operand)) return float(-Number(operand));
  return int(-BigInt(operand as number | bigint));
}

function plain(value: unknown): number | bigint {
  if (value instanceof PyFloat) return value.value;
  return typeof value === "boolean" ? Number(value) : (value as number | bigint);
}

function compareValues(operator: string, left: unknown, right: unknown): boolean {
  const [a, b] = isNumber(left) && isNumber(right) ? [plain(left), plain(right)] : [left, right];
  if (operator === "==") return isEqual(a, b);
  if (operator === "!=") return !isEqual(a, b);
  const [x, y] = [a as number, b as number];
  return operator === "<" ? x < y : operator === "<=" ? x <= y : operator === ">" ? x > y : x >= y;
}

function isEqual(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, i) => compareValues("==", item, right[i]));
  }
  if (isComplex(left) && isComplex(right)) return left.re === right.re && left.im === right.im;
  if (left === right) return true;
  return typeof left !== typeof right && isNumber(left) && isNumber(right) && Number(left) === Number(right);
}

function arithmetic(operator: string, left: unknown, right: unknown): unknown {
  if (isComplex(left) || isComplex(right)) return complexArithmetic(operator, left, right);
  if (isFloat(left) || isFloat(right) || operator === "/" || (operator === "**" && plain(right) < 0)) {
    return float(floatArithmetic(operator, Number(plain(left)), Number(plain(right))));
  }
  return int(wholeArithmetic(operator, BigInt(plain(left)), BigInt(plain(right))));
}

function floatArithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - Math.floor(a / b) * b;
    case "**":
      return a ** b;
    default:
      throw new PythonTypeError(`unsupported operand type(s) for ${operator}: 'float' and 'float'`);
  }
}

function wholeArithmetic(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "//":
      return (a - modulo(a, b)) / b;
    case "%":
      return modulo(a, b);
    case "**":
      return a ** b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    default:
      throw new PythonTypeError(`unsupported operand type(s) for ${operator}: 'int' and 'int'`);
  }
}

/** The remainder that has the divisor's sign. */
function modulo(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b;
}

function complexArithmetic(operator: string, left: unknown, right: unknown): unknown {
  const [a, b] = [left, right].map((value) =>
    isComplex(value) ? value : { re: Number(plain(value)), im: 0 },
  ) as [{ re: number; im: number }, { re: number; im: number }];
  if (operator === "+") return { re: a.re + b.re, im: a.im + b.im };
  if (operator === "-") return { re: a.re - b.re, im: a.im - b.im };
  if (operator === "*") return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
  throw new PythonTypeError(`no ${operator} of complex numbers here`);
}

function sequenceOperation(operator: string, left: unknown, right: unknown): unknown {
  if (operator === "+" && typeof left === "string" && typeof right === "string") return left + right;
  if (operator === "+" && Array.isArray(left) && Array.isArray(right)) {
    const items = [...left, ...right];
    return left instanceof Tuple ? tuple(items) : items;
  }
  if (operator === "*" && (Array.isArray(left) || typeof left === "string")) {
    const count = Number(right);
    if (typeof left === "string") return left.repeat(count);
    const items = Array.from({ length: count }, () => [...left]).flat();
    return left instanceof Tuple ? tuple(items) : items;
  }
  throw new PythonTypeError(
    `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}
