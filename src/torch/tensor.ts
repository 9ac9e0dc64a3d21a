// The Tensor class as users see it: what `base.ts` holds, and all operations on it as methods.

import type { Layout } from "../core/layout.ts";
import type { Storage } from "../core/storage.ts";
import * as autograd from "./autograd.ts";
import { TensorBase } from "./base.ts";
import { installMethods, type Methods } from "./methods.ts";
import * as pointwise from "./pointwise.ts";

/** PyTorch's tensor: a storage, a layout, and a place in the graph of gradients. */
export interface Tensor extends TensorBase, Methods<typeof pointwise>, Methods<typeof autograd> {}

interface TensorConstructor {
  /** A tensor over a storage, which it shares. */
  new (storage: Storage, layout: Layout): Tensor;
  readonly prototype: Tensor;
}

export const Tensor: TensorConstructor = TensorBase as unknown as TensorConstructor;

for (const functions of [pointwise, autograd]) installMethods(TensorBase.prototype, functions);
