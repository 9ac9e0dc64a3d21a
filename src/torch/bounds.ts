// Values held within bounds, and what stands for NaN and the infinities.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import type { PyFloat } from "../core/python.ts";
import {
  clampMax as clampMaxOperation,
  clampMin as clampMinOperation,
  clamp as clampOperation,
} from "../ops/ternary.ts";
import * as unary from "../ops/unary.ts";
import { TensorBase } from "./base.ts";
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
import { lacks, refusals, saysMissing } from "./refusals.ts";
import type { Input } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

type Replacement = number | PyFloat | null;

/** What `nanToNum` takes by name. */
export interface NanToNumOptions extends OutOptions {
  readonly nan?: Replacement;
  readonly posinf?: Replacement;
  readonly neginf?: Replacement;
}

type NanPositions = [nan?: Replacement, posinf?: Replacement, neginf?: Replacement];

const nanFace: Face = { name: "nan_to_num" };

/** NaN and infinities replaced: by 0, and the largest and smallest number of the type, unless others are given. */
export function nanToNum(input: Tensor, ...args: Signature<NanPositions, NanToNumOptions>): Tensor {
  const { out, attributes } = nanArguments(args);
  return apply(unary.nanToNum, nanFace, [input], attributes, out);
}

/** `nanToNum` in place. */
export function nanToNum_(input: Tensor, ...args: Signature<NanPositions, NanToNumOptions>): Tensor {
  const { attributes } = nanArguments(args);
  if (!input.dtype.isFloatingPoint && !input.dtype.isComplex) return input;
  return applyInPlace(unary.nanToNum, nanFace, [input], attributes);
}

function nanArguments(args: readonly unknown[]): {
  readonly out: Tensor | null;
  readonly attributes: unary.NanToNumAttributes;
} {
  const names = ["nan", "posinf", "neginf"] as const;
  const { nan, posinf, neginf, out } = bind<Required<NanToNumOptions>>("nan_to_num", names, args, {
    nan: null,
    posinf: null,
    neginf: null,
    out: null,
  });
  const numberOr = <Other>(value: Replacement, other: Other): number | Other =>
    value === null ? other : Number(value);
  const attributes = {
    nan: numberOr(nan, 0),
    posinf: numberOr(posinf, undefined),
    neginf: numberOr(neginf, undefined),
  };
  return { out, attributes };
}

/** What `clamp` takes by name. */
export interface ClampOptions extends OutOptions {
  readonly min?: Input | null;
  readonly max?: Input | null;
}

const clampFace: Face = {
  name: "clamp",
  refusals: refusals(
    lacks("clamp_scalar_cpu", "rare"),
    saysMissing("clamp is not supported for complex types", "complex"),
  ),
};

type ClampPositions = [min?: Input | null, max?: Input | null];

/** Values below `min` become `min`, then values above `max` become `max`. */
export function clamp(input: Tensor, ...args: Signature<ClampPositions, ClampOptions>): Tensor {
  const { min, max, out } = clampArguments(args);
  const label = (min ?? max) instanceof TensorBase ? "ClampBackward0" : "ClampBackward1";
  if (min === null) return apply(clampMaxOperation, clampFace, [input, max!], undefined, out, label);
  if (max === null) return apply(clampMinOperation, clampFace, [input, min], undefined, out, label);
  return apply(clampOperation, clampFace, [input, min, max], undefined, out, label);
}

/** `clamp` in place. */
export function clamp_(input: Tensor, ...args: Signature<ClampPositions, ClampOptions>): Tensor {
  const { min, max } = clampArguments(args);
  const label = (min ?? max) instanceof TensorBase ? "ClampBackward0" : "ClampBackward1";
  if (min === null) return applyInPlace(clampMaxOperation, clampFace, [input, max!], undefined, label);
  if (max === null) return applyInPlace(clampMinOperation, clampFace, [input, min], undefined, label);
  return applyInPlace(clampOperation, clampFace, [input, min, max], undefined, label);
}

function clampArguments(args: readonly unknown[]): Required<ClampOptions> {
  const bound = bind<Required<ClampOptions>>("clamp", ["min", "max"], args, {
    min: null,
    max: null,
    out: null,
  });
  if (bound.min === null && bound.max === null) {
    throw new RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None");
  }
  return bound;
}

/** `clamp` under NumPy's name. */
export function clip(input: Tensor, ...args: Signature<ClampPositions, ClampOptions>): Tensor {
  return clamp(input, ...args);
}

/** `clip` in place. */
export function clip_(input: Tensor, ...args: Signature<ClampPositions, ClampOptions>): Tensor {
  return clamp_(input, ...args);
}

/** What a bound on one side refuses: of a number and of a tensor PyTorch has functions of their own. */
function oneSided(name: string, bound: string, ofTensor: string, labels: readonly [string, string]): Face {
  return {
    name,
    scalars: "second",
    parameters: ["input", bound],
    labels,
    refusals: refusals(lacks(`${name}_scalar_cpu`, "rare"), lacks(ofTensor, "complex")),
  };
}

const minFace: Face = oneSided("clamp_min", "min", "maximum_cpu", ["ClampMinBackward0", "ClampMinBackward1"]);
const maxFace: Face = oneSided("clamp_max", "max", "minimum_cpu", ["ClampMaxBackward0", "ClampMaxBackward1"]);

/** Values below the bound become the bound. */
export const clampMin: Binary = binary(clampMinOperation, minFace);
export const clampMin_: BinaryInPlace = binaryInPlace(clampMinOperation, minFace);
/** Values above the bound become the bound. */
export const clampMax: Binary = binary(clampMaxOperation, maxFace);
export const clampMax_: BinaryInPlace = binaryInPlace(clampMaxOperation, maxFace);
