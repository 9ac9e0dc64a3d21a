// Functions around the gamma function and the log-odds, which PyTorch has as functions and as methods.

import { bind, type Signature } from "../core/arguments.ts";
import { bool } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { PyFloat } from "../core/python.ts";
import { logit as logitOperation } from "../ops/distribution.ts";
import * as special from "../ops/special.ts";
import {
  apply,
  applyInPlace,
  type Binary,
  type BinaryInPlace,
  binary,
  binaryInPlace,
  type Face,
  type OutOptions,
} from "./elementwise.ts";
import { scalarTypeName } from "./errors.ts";
import { named } from "./node.ts";
import { getDefaultDtype } from "./promotion.ts";
import { lacks, refusals } from "./refusals.ts";
import type { Tensor } from "./tensor.ts";

const incomplete = (name: string): Face => ({
  name,
  tensorsOnly: true,
  refusals: refusals(lacks(`${name}_cpu`, "bool", "rare", "whole", "complex")),
});
const lowerFace: Face = incomplete("igamma");
const upperFace: Face = incomplete("igammac");

/** The lower incomplete gamma function, regularised: P(input, other). */
export const igamma: Binary = binary(special.igamma, lowerFace);
export const igamma_: BinaryInPlace = binaryInPlace(special.igamma, lowerFace);
/** The upper incomplete gamma function, regularised: Q(input, other). */
export const igammac: Binary = binary(special.igammac, upperFace);
export const igammac_: BinaryInPlace = binaryInPlace(special.igammac, upperFace);

/** What `mvlgamma` takes by name. */
export interface MvlgammaOptions extends OutOptions {
  /** How many dimensions. */
  readonly p?: number;
}

const multivariateFace: Face = { name: "mvlgamma", refusals: refusals(lacks("arange_cpu", "complex")) };

function dimensionsOf(
  input: Tensor,
  args: readonly unknown[],
): { readonly p: number; readonly out: Tensor | null } {
  const bound = bind<{ p: number; out: Tensor | null }>("mvlgamma", ["p"], args, { out: null });
  if (input.dtype === bool) throw new RuntimeError("The input tensor may not be a boolean tensor.");
  if (bound.p < 1) throw new RuntimeError("p has to be greater than or equal to 1");
  return bound;
}

/** The logarithm of the gamma function of p dimensions (Wikipedia, "Multivariate gamma function"). */
export function mvlgamma(input: Tensor, ...args: Signature<[p: number], MvlgammaOptions>): Tensor {
  const { p, out } = dimensionsOf(input, args);
  return apply(special.mvlgamma, multivariateFace, [input], { p }, out);
}

/** `mvlgamma` in place. */
export function mvlgamma_(input: Tensor, ...args: Signature<[p: number], MvlgammaOptions>): Tensor {
  const { p } = dimensionsOf(input, args);
  if (input.dtype.isInteger) {
    throw new RuntimeError(
      `mvlgamma: result type ${scalarTypeName(input.dtype)} can't be cast to the desired output type ${scalarTypeName(getDefaultDtype())}`,
    );
  }
  // All values are computed before the first is written: elements may share memory.
  return named(input.copy_(mvlgamma(input, p)), "MvlgammaBackward1");
}

const polygammaKernels: readonly string[] = ["digamma", "trigamma", "polygamma"];
const polygammaFaces: readonly Face[] = polygammaKernels.map((kernel) => ({
  name: "polygamma",
  refusals: refusals(lacks(kernel, "complex")),
}));

function orderFace(n: number): Face {
  if (n < 0) throw new RuntimeError("polygamma(n, x) does not support negative n.");
  return polygammaFaces[Math.min(n, 2)]!;
}

/** What `polygamma` takes by name. */
export interface PolygammaOptions extends OutOptions {
  readonly n?: number;
  readonly input?: Tensor;
}

/** The derivative of order n of the digamma function. */
export function polygamma(...args: Signature<[n: number, input: Tensor], PolygammaOptions>): Tensor {
  const { n, input, out } = bind<Required<PolygammaOptions> & { readonly out: Tensor | null }>(
    "polygamma",
    ["n", "input"],
    args,
    { out: null },
  );
  return apply(special.polygamma, orderFace(n), [input], { order: n }, out);
}

/** `polygamma` in place. */
export function polygamma_(input: Tensor, ...args: Signature<[n: number], { readonly n?: number }>): Tensor {
  const { n } = bind<{ n: number }>("polygamma_", ["n"], args, {});
  return applyInPlace(special.polygamma, orderFace(n), [input], { order: n });
}

/** What `logit` takes by name. */
export interface LogitOptions extends OutOptions {
  /** The input is held from eps to 1 - eps. */
  readonly eps?: number | PyFloat | null;
}

type LogitArguments = Signature<[eps?: number | PyFloat | null], LogitOptions>;

const logitFace: Face = { name: "logit", refusals: refusals(lacks("logit_cpu", "complex")) };

function epsOf(args: readonly unknown[]): { readonly eps: number | null; readonly out: Tensor | null } {
  const { eps, out } = bind<Required<LogitOptions>>("logit", ["eps"], args, { eps: null, out: null });
  return { eps: eps === null ? null : Number(eps), out };
}

/** The log-odds log(x / (1 - x)), the inverse of the sigmoid function. */
export function logit(input: Tensor, ...args: LogitArguments): Tensor {
  const { eps, out } = epsOf(args);
  return apply(logitOperation, logitFace, [input], { eps }, out);
}

/** `logit` in place. */
export function logit_(input: Tensor, ...args: LogitArguments): Tensor {
  return applyInPlace(logitOperation, logitFace, [input], { eps: epsOf(args).eps });
}
