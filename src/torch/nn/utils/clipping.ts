// torch.nn.utils: gradients held to a norm or a range (clip_grad).

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { tensor } from "../../interop.ts";
import { stack } from "../../stacking.ts";
import { noGrad } from "../../tape.ts";
import { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { settingText } from "../text.ts";

/** One tensor or several. */
export type Tensors = Tensor | Iterable<Tensor>;

function listOf(tensors: Tensors): Tensor[] {
  return tensors instanceof Tensor ? [tensors] : [...tensors];
}

function gradientsOf(parameters: readonly Tensor[]): Tensor[] {
  return parameters.flatMap(({ grad }) => grad ?? []);
}

/** How a norm is taken. */
export interface NormSettings {
  /** The order; infinity: the largest element. */
  readonly normType?: Numeric;
  /** A norm that is infinite or no number is an error. */
  readonly errorIfNonfinite?: boolean;
  /** Whether PyTorch's kernels over lists are used; there is one way here. */
  readonly foreach?: boolean | null;
}

const settingNames = ["normType", "errorIfNonfinite", "foreach"] as const;
type SettingPositions = [normType: Numeric, errorIfNonfinite: boolean, foreach: boolean | null];
const settingDefaults = { normType: 2, errorIfNonfinite: false, foreach: null } as const;

/**
 * The norm of all elements of several tensors as if they were one vector (torch.nn.utils.get_total_norm).
 * @returns a tensor without axes @throws RuntimeError where `errorIfNonfinite` is given and the norm is not finite
 */
export function getTotalNorm(tensors: Tensors, ...args: Signature<SettingPositions, NormSettings>): Tensor {
  const bound = bind<Required<NormSettings>>("_get_total_norm", settingNames, args, settingDefaults);
  const order = Number(bound.normType);
  const total = noGrad(() => {
    const all = listOf(tensors);
    if (all.length === 0) return tensor(0);
    return stack(all.map((each) => each.norm(order))).norm(order);
  });
  if (bound.errorIfNonfinite && !Number.isFinite(total.item() as number)) {
    throw new RuntimeError(
      `The total norm of order ${settingText(bound.normType)} for gradients from \`parameters\` is non-finite, so it cannot be ` +
        "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set " +
        "`error_if_nonfinite=False`",
    );
  }
  return total;
}

type WithNormPositions = [maxNorm: Numeric, totalNorm: Tensor, foreach: boolean | null];
type WithNormBound = {
  readonly maxNorm: Numeric;
  readonly totalNorm: Tensor;
  readonly foreach: boolean | null;
};

/**
 * Scales the gradients of parameters, whose norm is `totalNorm`, so that it does not exceed `maxNorm`, in place
 * (torch.nn.utils.clip_grads_with_norm_).
 */
export function clipGradsWithNorm_(
  parameters: Tensors,
  ...args: Signature<WithNormPositions, Partial<WithNormBound>>
): void {
  const names = ["maxNorm", "totalNorm", "foreach"] as const;
  const bound = bind<WithNormBound>("_clip_grads_with_norm_", names, args, { foreach: null });
  noGrad(() => {
    const factor = bound.totalNorm.add(1e-6).reciprocal().mul(Number(bound.maxNorm)).clamp({ max: 1 });
    for (const grad of gradientsOf(listOf(parameters))) grad.mul_(factor);
  });
}

/**
 * Holds the norm of all gradients together to `maxNorm`, in place (torch.nn.utils.clip_grad_norm_).
 * @returns the norm before
 */
export function clipGradNorm_(
  parameters: Tensors,
  ...args: Signature<[maxNorm: Numeric, ...SettingPositions], NormSettings & { readonly maxNorm?: Numeric }>
): Tensor {
  type Bound = Required<NormSettings> & { readonly maxNorm: Numeric };
  const bound = bind<Bound>("clip_grad_norm_", ["maxNorm", ...settingNames], args, settingDefaults);
  const { maxNorm, ...settings } = bound;
  const all = listOf(parameters);
  const total = getTotalNorm(gradientsOf(all), settings);
  clipGradsWithNorm_(all, maxNorm, total);
  return total;
}

type ValueBound = { readonly clipValue: Numeric; readonly foreach: boolean | null };

/** Holds each element of the gradients between -clipValue and clipValue, in place (torch.nn.utils.clip_grad_value_). */
export function clipGradValue_(
  parameters: Tensors,
  ...args: Signature<[clipValue: Numeric, foreach: boolean | null], Partial<ValueBound>>
): void {
  const names = ["clipValue", "foreach"] as const;
  const bound = bind<ValueBound>("clip_grad_value_", names, args, { foreach: null });
  const limit = Number(bound.clipValue);
  noGrad(() => {
    for (const grad of gradientsOf(listOf(parameters))) grad.clamp_(-limit, limit);
  });
}
