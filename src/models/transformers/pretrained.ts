// What the models of this folder have in common: they are made from a config, load what transformers has saved under its
// names of any release, and have entries that are one tensor (transformers' PreTrainedModel).

import { warn } from "../../core/warnings.ts";
import { equal, nn, Tensor } from "../../torch/index.ts";
import { type CheckpointNames, toPresentNames } from "./checkpoint-names.ts";

/** Base class of models whose weights are published. */
export abstract class PretrainedModel extends nn.Module {
  /** Names of entries that are one tensor with another, and the other's name. */
  private readonly ties: Map<string, string> = new Map();

  constructor(names: CheckpointNames) {
    super();
    this.registerLoadStateDictPreHook((_module, state, prefix) => {
      toPresentNames(this, names, state, prefix);
      this.completeTies(state, prefix);
    });
    // Loading with `assign` gives each name a parameter of its own.
    this.registerLoadStateDictPostHook(() => this.tie());
  }

  /** Makes entries of the state dict one tensor with others. @param ties name of the entry: name of the other */
  protected tieWeights(ties: Readonly<Record<string, string>>): void {
    for (const [name, other] of Object.entries(ties)) this.ties.set(name, other);
    this.tie();
  }

  private tie(): void {
    for (const [name, other] of this.ties) this.place(name, this.getParameter(other) as nn.Parameter);
  }

  private place(name: string, parameter: nn.Parameter): void {
    const dot = name.lastIndexOf(".");
    this.getSubmodule(name.slice(0, dot)).registerParameter(name.slice(dot + 1), parameter);
  }

  /** Files hold a shared tensor once. Where one holds two different ones, they are two, as in transformers. */
  private completeTies(state: Map<string, unknown>, prefix: string): void {
    for (const [name, other] of [...this.ties]) {
      const [own, shared] = [state.get(prefix + name), state.get(prefix + other)];
      if (own === undefined && shared !== undefined) state.set(prefix + name, shared);
      else if (shared === undefined && own !== undefined) state.set(prefix + other, own);
      else if (own instanceof Tensor && shared instanceof Tensor && !areOne(own, shared)) {
        warn(
          "UserWarning",
          `${prefix}${name} and ${prefix}${other} are one tensor by the config, and two different ones in the state ` +
            "dict: they are loaded as two",
        );
        this.ties.delete(name);
        this.place(name, new nn.Parameter(this.getParameter(name).detach().clone()));
      }
    }
  }
}

/** True iff two tensors are the same memory or hold the same. */
function areOne(a: Tensor, b: Tensor): boolean {
  const isSameMemory = a.storage === b.storage && a.layout.offset === b.layout.offset;
  const isSameShape = a.shape.join() === b.shape.join();
  return isSameShape && (isSameMemory || equal(a, b));
}
