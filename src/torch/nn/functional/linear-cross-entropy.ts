// torch.nn.functional.linear_cross_entropy.

import { bind } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { product, type Shape, sameShape } from "../../../core/layout.ts";
import { tupleText } from "../../../core/text.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { entropy } from "./classification-loss.ts";
import { linear } from "./linear.ts";
import { checkedReduction, type Reduction, reductionDefaults } from "./reduction.ts";

/** What `linearCrossEntropy` takes by name. */
export interface LinearCrossEntropyOptions {
  readonly linearBias?: Tensor | null;
  /** A weight for each class. */
  readonly weight?: Tensor | null;
  readonly reduction?: Reduction;
  /** Targets of this class count for nothing; not for targets that are probabilities. */
  readonly ignoreIndex?: number | null;
  readonly labelSmoothing?: Numeric;
}

const tupleOf = (shape: Shape): string => tupleText(shape.map(String));

/** @throws RuntimeError for shapes that do not go together */
function checkLinear(input: Tensor, linearWeight: Tensor, linearBias: Tensor | null): void {
  const [x, w] = [input.shape, linearWeight.shape];
  if (x.length < 1 || x.length > 2)
    throw new RuntimeError(`expected input with dimensionality 1 or 2, got ${x.length}`);
  if (w.length < 2)
    throw new RuntimeError(`expected linear_weight with dimensionality at least 2, got ${w.length}`);
  const features = x.at(-1)!;
  if (features !== w.at(-1)) {
    throw new RuntimeError(
      `expected equal input and linear_weight last dimensions (in_features), got ${features} and ${w.at(-1)}, respectively`,
    );
  }
  const outputs = w.slice(0, -1);
  if (linearBias !== null && !sameShape(linearBias.shape, outputs)) {
    throw new RuntimeError(
      `expected linear_bias shape ${tupleOf(outputs)}, got ${tupleOf(linearBias.shape)}`,
    );
  }
  if (w.length > 2 && x.length === 1) {
    throw new RuntimeError(
      `K-dimensional loss defined by linear_weight shape ${tupleOf(w)} requires batched input, (N, ${features}), got unbatched input with shape ${tupleOf(x)}`,
    );
  }
}

/**
 * The cross entropy of the logits that a linear layer gives (torch.nn.functional.linear_cross_entropy).
 * @param input shape [in] or [N, in] @param linearWeight shape [C, ..., in]
 * @param target as `crossEntropy` takes it for logits of shape [N, C, ...]
 */
export function linearCrossEntropy(
  input: Tensor,
  linearWeight: Tensor,
  target: Tensor,
  options: LinearCrossEntropyOptions = {},
): Tensor {
  const bound = bind<Required<LinearCrossEntropyOptions>>("linear_cross_entropy", [], [options], {
    linearBias: null,
    weight: null,
    reduction: "mean",
    ignoreIndex: null,
    labelSmoothing: 0,
  });
  const { linearBias, weight, ignoreIndex, labelSmoothing } = bound;
  checkLinear(input, linearWeight, linearBias);
  const outputs = linearWeight.shape.slice(0, -1);
  const shape = [...input.shape.slice(0, -1), ...outputs];
  if (ignoreIndex !== null && sameShape(target.shape, shape))
    throw new RuntimeError("ignore_index cannot be specified when target contains probabilities");
  const flatWeight = linearWeight.reshape([product(outputs), input.shape.at(-1)!]);
  const logits = linear(input, flatWeight, linearBias?.reshape([-1]) ?? null).reshape(shape);
  return entropy(logits, target, {
    weight,
    ignoreIndex: ignoreIndex ?? -100,
    reduction: checkedReduction({ ...reductionDefaults, reduction: bound.reduction }),
    labelSmoothing: Number(labelSmoothing),
  });
}
