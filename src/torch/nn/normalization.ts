// torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d.

import { ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { warn } from "../../core/warnings.ts";
import type { Tensor } from "../tensor.ts";
import { ChannelNorm, type ChannelNormArguments } from "./channel-norm.ts";
import { batchNorm, instanceNorm } from "./functional/normalization.ts";

/** What batch normalisation over any number of spatial axes has in common. */
abstract class BatchNorm extends ChannelNorm {
  constructor(name: string, args: readonly unknown[]) {
    super(name, args, true);
  }

  /** @throws ValueError for an input of a rank that the layer does not take */
  protected abstract checkInput(shape: Shape): void;

  /** @param input shape [N, numFeatures, ...spatial] */
  override forward(input: Tensor): Tensor {
    this.checkInput(input.shape);
    const { runningMean, runningVar, numBatchesTracked: counter } = this;
    let factor = this.momentum === null ? 0 : Number(this.momentum);
    if (this.training && counter !== null) {
      counter.add_(1);
      if (this.momentum === null) factor = 1 / Number(counter.item());
    }
    return batchNorm(input, runningMean, runningVar, this.weight, this.bias, {
      training: this.training || runningMean === null,
      momentum: factor,
      eps: Number(this.eps),
    });
  }
}

/** Batch normalisation of [N, C] or [N, C, L] (torch.nn.BatchNorm1d). */
export class BatchNorm1d extends BatchNorm {
  constructor(...args: ChannelNormArguments) {
    super("BatchNorm1d", args);
  }

  protected override checkInput(shape: Shape): void {
    if (shape.length !== 2 && shape.length !== 3) {
      throw new ValueError(`expected 2D or 3D input (got ${shape.length}D input)`);
    }
  }
}

/** Batch normalisation of [N, C, H, W] (torch.nn.BatchNorm2d). */
export class BatchNorm2d extends BatchNorm {
  constructor(...args: ChannelNormArguments) {
    super("BatchNorm2d", args);
  }

  protected override checkInput(shape: Shape): void {
    if (shape.length !== 4) throw new ValueError(`expected 4D input (got ${shape.length}D input)`);
  }
}

/** Batch normalisation of [N, C, D, H, W] (torch.nn.BatchNorm3d). */
export class BatchNorm3d extends BatchNorm {
  constructor(...args: ChannelNormArguments) {
    super("BatchNorm3d", args);
  }

  protected override checkInput(shape: Shape): void {
    if (shape.length !== 5) throw new ValueError(`expected 5D input (got ${shape.length}D input)`);
  }
}

/** What instance normalisation over so many spatial axes has in common. */
class InstanceNorm extends ChannelNorm {
  private readonly axes: number;

  constructor(axes: number, args: readonly unknown[]) {
    super(`InstanceNorm${axes}d`, args, false);
    this.axes = axes;
  }

  /** @param input shape [N, numFeatures, ...spatial], or without N */
  override forward(input: Tensor): Tensor {
    const { axes } = this;
    const { rank, shape } = input.layout;
    if (rank !== axes + 1 && rank !== axes + 2)
      throw new ValueError(`expected ${axes + 1}D or ${axes + 2}D input (got ${rank}D input)`);
    const at = rank - axes - 1;
    if (shape[at] !== this.numFeatures) this.refuseFeatures(at, shape[at]!);
    return rank === axes + 1 ? this.normalized(input.unsqueeze(0)).squeeze(0) : this.normalized(input);
  }

  /** @throws ValueError where the parameters are for another count of channels; else that is worth a warning */
  private refuseFeatures(at: number, length: number): void {
    if (this.affine) {
      throw new ValueError(
        `expected input's size at dim=${at} to match num_features (${this.numFeatures}), but got: ${length}.`,
      );
    }
    warn(
      "UserWarning",
      `input's size at dim=${at} does not match num_features. You can silence this warning by not passing in ` +
        "num_features, which is not used because affine=False",
    );
  }

  private normalized(input: Tensor): Tensor {
    const { runningMean, runningVar, weight, bias } = this;
    return instanceNorm(input, runningMean, runningVar, weight, bias, {
      useInputStats: this.training || !this.trackRunningStats,
      momentum: this.momentum === null ? 0 : Number(this.momentum),
      eps: Number(this.eps),
    });
  }
}

/** Normalisation of each channel of each instance of [N, C, L] or [C, L] (torch.nn.InstanceNorm1d). */
export class InstanceNorm1d extends InstanceNorm {
  constructor(...args: ChannelNormArguments) {
    super(1, args);
  }
}

/** Normalisation of each channel of each instance of [N, C, H, W] or [C, H, W] (torch.nn.InstanceNorm2d). */
export class InstanceNorm2d extends InstanceNorm {
  constructor(...args: ChannelNormArguments) {
    super(2, args);
  }
}

/** Normalisation of each channel of each instance of [N, C, D, H, W] or [C, D, H, W] (torch.nn.InstanceNorm3d). */
export class InstanceNorm3d extends InstanceNorm {
  constructor(...args: ChannelNormArguments) {
    super(3, args);
  }
}
