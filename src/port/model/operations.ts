// How the operations of a described forward pass are called here. PyTorch's names for them are Python's own
// (`F.relu`, `torch.flatten`, `Tensor.view`, `operator.add`), or those of the operators below (`aten.linear.default`:
// https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/native_functions.yaml). Most are called here by the
// same name in camelCase, with the same arguments in the same order; the tables say which are not.

import { ValueError } from "../../core/errors.ts";
import { camelCase } from "../../core/names.ts";
import * as torch from "../../torch/index.ts";

/** Where the thing that is called stands: `torch`, `nn.functional`, a method of the first argument, or Python's own. */
export type Space = "torch" | "F" | "Tensor" | "python";

/** A call as it is made here; its arguments are still those of the description. */
export interface Call {
  readonly space: Space;
  /** Name in that space, in camelCase. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** Arguments by name, in camelCase. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** An operator whose arguments stand otherwise than those of the function here. */
interface Operator {
  /** What is called: "F.embedding". */
  readonly calls: string;
  /** Names of the operator's arguments, in its order. */
  readonly takes: readonly string[];
  /** Those that are given by position, in the order of the function here. */
  readonly gives: readonly string[];
  /** Those that are given by name. */
  readonly named?: readonly string[];
  /** Arguments that it always has. */
  readonly always?: Readonly<Record<string, unknown>>;
  /** Values that say no more than leaving the argument out. */
  readonly means?: Readonly<Record<string, unknown>>;
}

const words = (text: string): readonly string[] => text.split(" ");

const operator = (
  calls: string,
  takes: string,
  gives: string = takes,
  rest: Omit<Operator, "calls" | "takes" | "gives"> = {},
): Operator => ({
  calls,
  takes: words(takes),
  gives: words(gives),
  ...rest,
});

const upsampled = "input size scaleFactor";

/** Operators by name, without their overload. */
const operators: Readonly<Record<string, Operator>> = {
  __and__: operator("torch.bitwiseAnd", "input other"),
  __or__: operator("torch.bitwiseOr", "input other"),
  __xor__: operator("torch.bitwiseXor", "input other"),
  _softmax: operator("torch.softmax", "input dim halfToFloat", "input dim"),
  _log_softmax: operator("torch.logSoftmax", "input dim halfToFloat", "input dim"),
  _to_copy: operator("Tensor.to", "input", "input", { named: ["dtype"] }),
  _unsafe_view: operator("Tensor.view", "input size"),
  batch_norm: operator(
    "F.batchNorm",
    "input weight bias mean variance training momentum eps cudnn",
    "input mean variance weight bias training momentum eps",
  ),
  constant_pad_nd: operator("F.pad", "input pad value", "input pad", {
    named: ["value"],
    always: { mode: "constant" },
  }),
  elu: operator("F.elu", "input alpha scale inputScale", "input alpha"),
  embedding: operator("F.embedding", "weight input paddingIdx", "input weight", {
    named: ["paddingIdx"],
    means: { paddingIdx: -1 },
  }),
  group_norm: operator("F.groupNorm", "input groups weight bias eps cudnn", "input groups weight bias eps"),
  instance_norm: operator(
    "F.instanceNorm",
    "input weight bias mean variance useInputStats momentum eps cudnn",
    "input mean variance weight bias useInputStats momentum eps",
  ),
  layer_norm: operator("F.layerNorm", "input shape weight bias eps cudnn", "input shape weight bias eps"),
  lift_fresh_copy: operator("Tensor.clone", "input"),
  log_softmax: operator("torch.logSoftmax", "input dim dtype", "input dim", { named: ["dtype"] }),
  rsub: operator("torch.sub", "input other", "other input", { named: ["alpha"] }),
  softmax: operator("torch.softmax", "input dim dtype", "input dim", { named: ["dtype"] }),
  split_with_sizes: operator("torch.split", "input sizes dim"),
  sym_size: operator("Tensor.size", "input dim"),
  upsample_bicubic2d: operator("F.interpolate", "input size alignCorners scaleFactor", "input", {
    named: ["size", "scaleFactor", "alignCorners"],
    always: { mode: "bicubic" },
  }),
  upsample_bilinear2d: operator("F.interpolate", "input size alignCorners scaleFactor", "input", {
    named: ["size", "scaleFactor", "alignCorners"],
    always: { mode: "bilinear" },
  }),
  upsample_nearest1d: operator("F.interpolate", upsampled, upsampled, { always: { mode: "nearest" } }),
  upsample_nearest2d: operator("F.interpolate", upsampled, upsampled, { always: { mode: "nearest" } }),
  upsample_nearest3d: operator("F.interpolate", upsampled, upsampled, { always: { mode: "nearest" } }),
};

const whole = { slice: [null, null, null] };

/** Operators that are written as an index, `x[:, 1:3]`: what stands between the brackets. */
const indexing: Readonly<Record<string, (args: readonly unknown[]) => readonly unknown[]>> = {
  index: ([indices]) => (indices as readonly unknown[]).map((each) => each ?? whole),
  slice: ([dim = 0, start = null, end = null, step = null]) => {
    const slice = { slice: [start, end, step] };
    const at = dim as number;
    return at < 0
      ? [{ ellipsis: true }, slice, ...Array<unknown>(-1 - at).fill(whole)]
      : [...Array<unknown>(at).fill(whole), slice];
  },
};

/** Python's operators: the tensor's function, which is also what numbers and lists are given to where no tensor is. */
export const pythonOperators: Readonly<Record<string, string>> = {
  abs: "abs",
  add: "add",
  and_: "bitwiseAnd",
  eq: "eq",
  floordiv: "floorDivide",
  ge: "ge",
  gt: "gt",
  invert: "bitwiseNot",
  le: "le",
  lt: "lt",
  matmul: "matmul",
  mod: "remainder",
  mul: "mul",
  ne: "ne",
  neg: "neg",
  or_: "bitwiseOr",
  pow: "pow",
  sub: "sub",
  truediv: "div",
  xor: "bitwiseXor",
};

/** Python's operators that write: `x += y`. */
const writingOperators: Readonly<Record<string, string>> = {
  iadd: "add_",
  imul: "mul_",
  isub: "sub_",
  itruediv: "div_",
};

const has = (object: object, name: string): boolean =>
  typeof (object as Readonly<Record<string, unknown>>)[name] === "function";

/** True iff there is something of that name to call. */
function isThere(space: Space, name: string): boolean {
  if (space === "torch") return has(torch, name);
  if (space === "F") return has(torch.nn.functional, name);
  return space === "python" || has(torch.Tensor.prototype, name);
}

const camelKeys = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));

/**
 * How an operation of a description is called.
 * @param op its name: "F.relu", "torch.flatten", "Tensor.view", "operator.add", "aten.linear.default", "cast", "getattr"
 * @returns undefined where there is no such operation here
 */
export function callOf(
  op: string,
  args: readonly unknown[] = [],
  kw: Readonly<Record<string, unknown>> = {},
): Call | undefined {
  const options = camelKeys(kw);
  if (op === "cast") return { space: "Tensor", name: "to", args, options };
  if (op === "getattr") return { space: "python", name: "getattr", args, options };
  const [family, name = "", ...rest] = op.split(".");
  if (family === "operator") return operatorCall(name, args, options);
  if (family === "aten") return rest.length > 1 ? undefined : atenCall(name, args, options);
  if (family !== "F" && family !== "torch" && family !== "Tensor") return undefined;
  const camel = camelCase(name);
  return rest.length === 0 && isThere(family, camel)
    ? { space: family, name: camel, args, options }
    : undefined;
}

function operatorCall(
  name: string,
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Call | undefined {
  if (name === "getitem") return { space: "python", name, args, options };
  if (Object.hasOwn(writingOperators, name))
    return { space: "Tensor", name: writingOperators[name]!, args, options };
  return Object.hasOwn(pythonOperators, name) ? { space: "python", name, args, options } : undefined;
}

/** An operator by its name without the overload. */
function atenCall(
  name: string,
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Call | undefined {
  if (Object.hasOwn(indexing, name)) {
    const [input, ...rest] = args;
    return { space: "python", name: "getitem", args: [input, indexing[name]!(rest)], options };
  }
  if (Object.hasOwn(operators, name)) return placed(operators[name]!, name, args, options);
  const camel = camelCase(name);
  const space = (["torch", "F", "Tensor"] as const).find((each) => isThere(each, camel));
  return space === undefined ? undefined : { space, name: camel, args, options };
}

function placed(
  { calls, takes, gives, named = [], always = {}, means = {} }: Operator,
  name: string,
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Call {
  if (args.length > takes.length) {
    throw new ValueError(
      `aten.${name} takes ${takes.length} arguments (${takes.join(", ")}), got ${args.length}`,
    );
  }
  const given: Record<string, unknown> = { ...options };
  args.forEach((value, i) => {
    given[takes[i]!] = value;
  });
  const isSaid = (each: string): boolean => each in given && given[each] !== (means[each] ?? undefined);
  const last = gives.findLastIndex((each) => each in given);
  const [space, target] = calls.split(".") as [Space, string];
  return {
    space,
    name: target,
    args: gives.slice(0, last + 1).map((each) => given[each] ?? null),
    options: {
      ...always,
      ...Object.fromEntries(named.filter(isSaid).map((each) => [each, given[each]])),
    },
  };
}
