// What a recorded operator's name means in the API. Names are found by the API rule; the forms that torch's operator
// database gives a call otherwise than a user writes it stand here, one by one.

import * as torch from "../../../src/torch/index.ts";
import { callHost, isTensor, type Keywords, MissingName, readAttribute } from "../python/host.ts";
import { readItem, writeItem } from "../python/items.ts";
import { binary } from "../python/operators.ts";
import { Slice, tuple } from "../python/values.ts";
import { NotCovered } from "../suite.ts";

/** Calls an operator with Python's values. */
export type Call = (args: readonly unknown[], keywords: Keywords) => unknown;

/** Methods that Python's operators call with the operands exchanged. */
const reflected: Readonly<Record<string, string>> = {
  __radd__: "+",
  __rand__: "&",
  __rdiv__: "/",
  __rmatmul__: "@",
  __rmod__: "%",
  __rmul__: "*",
  __ror__: "|",
  __rpow__: "**",
  __rsub__: "-",
  __rxor__: "^",
};

function exchanged(args: readonly unknown[]): unknown[] {
  return [args[1], args[0], ...args.slice(2)];
}

/** Puts positional arguments in another order before the function of that name is called. */
const inOrder =
  (name: string, order: (args: readonly unknown[]) => unknown[]): Call =>
  (args, keywords) =>
    callHost(found(name, args), order(args), keywords);

const method =
  (name: string): Call =>
  ([self, ...rest], keywords) =>
    callHost(readAttribute(self, name), rest, keywords);

/** The gradients of parameters that were clipped, behind what the function gave. */
function clipped(name: string, givesNorm: boolean): Call {
  return ([grads, ...rest], keywords) => {
    const parameters = (grads as torch.Tensor[]).map((grad) => {
      const parameter = new torch.nn.Parameter(torch.zerosLike(grad));
      parameter.grad = grad.clone();
      return parameter;
    });
    const norm = callHost(
      readAttribute(readAttribute(torch.nn, "utils"), name),
      [parameters, ...rest],
      keywords,
    );
    const after = parameters.map((parameter) => parameter.grad);
    return givesNorm ? [norm, ...after] : after;
  };
}

/** Calls whose form in the database is not a user's. */
const forms: Readonly<Record<string, Call>> = {
  __getitem__: ([self, index]) => readItem(self, index),
  __setitem__: ([self, index, value]) => {
    const copy = (self as torch.Tensor).clone();
    writeItem(copy, index, value);
    return copy;
  },
  einsum: inOrder("einsum", ([tensors, equation]) => [equation, ...(tensors as unknown[])]),
  fill_diagonal: ([self, ...rest], keywords) =>
    callHost(readAttribute((self as torch.Tensor).clone(), "fill_diagonal_"), rest, keywords),
  "nn.functional.embedding": inOrder("nn.functional.embedding", exchanged),
  "nn.functional.embedding_bag": inOrder("nn.functional.embedding_bag", exchanged),
  "nn.utils.clip_grad_norm_": clipped("clip_grad_norm_", true),
  "nn.utils.clip_grad_value_": clipped("clip_grad_value_", false),
  polygamma: inOrder("polygamma", exchanged),
  "special.polygamma": inOrder("special.polygamma", exchanged),
  slice: ([self, dim = 0, start = null, stop = null, step = 1]) => {
    const whole = new Slice([null, null, null]);
    const index = Array.from({ length: (self as torch.Tensor).ndim }, (_, axis) =>
      axis === Number(dim) ? new Slice([start, stop, step]) : whole,
    );
    return readItem(self, tuple(index));
  },
  where: inOrder("where", exchanged),
  zero_: ([self]) => callHost(readAttribute((self as torch.Tensor).clone(), "zero_"), [], new Map()),
  // Names that are element types in the namespace, and methods of a tensor.
  ...Object.fromEntries(
    [
      "bfloat16",
      "bool",
      "byte",
      "cfloat",
      "char",
      "double",
      "float",
      "half",
      "int",
      "long",
      "short",
      "item",
    ].map((name) => [name, method(name)]),
  ),
};

/** Calls of a variant whose form in the database is not a user's, by operator and variant. */
const variantForms: Readonly<Record<string, Call>> = {
  "linalg.lstsq.grad_oriented": ([A, B, driver], keywords) => {
    const named = new Map(keywords);
    if (driver !== undefined) named.set("driver", driver);
    return (callHost(found("linalg.lstsq", []), [A, B], named) as unknown[]).slice(0, 2);
  },
  "linalg.pinv.singular": ([a, b], keywords) =>
    callHost(found("linalg.pinv", []), [(a as torch.Tensor).matmul((b as torch.Tensor).mT)], keywords),
};

/** The function of that name, else the method or attribute of the first argument. */
function found(name: string, args: readonly unknown[]): unknown {
  const path = name.split(".");
  const last = path.at(-1)!;
  try {
    return path.reduce<unknown>((object, part) => readAttribute(object, part), torch);
  } catch (error) {
    if (!(error instanceof MissingName)) throw error;
    if (path.length > 1 || !isTensor(args[0])) throw new NotCovered(`torch.${name} is not there`);
  }
  try {
    return readAttribute(args[0], last);
  } catch (error) {
    if (error instanceof MissingName) throw new NotCovered(`torch.${name} is not there`);
    throw error;
  }
}

/** How the operator of that name is called. */
export function callOf(name: string, variant = ""): Call {
  const variantForm = variantForms[`${name}.${variant}`];
  if (variantForm !== undefined) return variantForm;
  const operator = reflected[name];
  if (operator !== undefined) return ([left, right]) => binary(operator, right, left);
  const form = forms[name];
  if (form !== undefined) return form;
  return (args, keywords) => {
    const callee = found(name, args);
    if (isTensor(callee)) return callee;
    const isMethod = !isFunctionOf(name);
    return callHost(callee, isMethod ? args.slice(1) : args, keywords);
  };
}

function isFunctionOf(name: string): boolean {
  try {
    name.split(".").reduce<unknown>((object, part) => readAttribute(object, part), torch);
    return true;
  } catch (error) {
    if (error instanceof MissingName) return false;
    throw error;
  }
}

/** Calls the operator in place on its first argument: `x.add_(...)`, or `inplace=True` of a function of layers. */
export function callInPlace(name: string, args: readonly unknown[], keywords: Keywords): unknown {
  if (name.startsWith("nn.functional.")) {
    return callOf(name)(args, new Map([...keywords, ["inplace", true]]));
  }
  const [self, ...rest] = args;
  return callHost(readAttribute(self, `${name.split(".").at(-1)!.replace(/_$/, "")}_`), rest, keywords);
}
