// Keys and values that attention keeps from one call to the next, so that a decoder computes each token once.

import { cat, type nn, type Tensor } from "../../torch/index.ts";

/** Keys and values, each [batch, heads, length, width]. */
export type KeysAndValues = readonly [key: Tensor, value: Tensor];

/** Keys and values of the tokens so far, by the attention module that made them. One cache serves one decoding. */
export class KeyValueCache {
  private readonly kept: Map<nn.Module, KeysAndValues> = new Map();
  /** How many tokens have been decoded with this cache. */
  length = 0;

  /** Puts keys and values behind those that are kept, and gives all of them. */
  extend(module: nn.Module, key: Tensor, value: Tensor): KeysAndValues {
    const before = this.kept.get(module);
    const all: KeysAndValues =
      before === undefined ? [key, value] : [cat([before[0], key], 2), cat([before[1], value], 2)];
    this.kept.set(module, all);
    return all;
  }

  /** Keys and values that stay the same, such as those of what an encoder gave: computed at the first call. */
  once(module: nn.Module, make: () => KeysAndValues): KeysAndValues {
    const before = this.kept.get(module) ?? make();
    this.kept.set(module, before);
    return before;
  }
}
