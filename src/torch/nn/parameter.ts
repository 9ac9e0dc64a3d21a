// torch.nn.Parameter and Buffer: tensors that a module counts among its parameters or its state.

import { AttributeError, RuntimeError } from "../../core/errors.ts";
import { TensorBase } from "../base.ts";
import { typeName } from "../errors.ts";
import { Tensor } from "../tensor.ts";

/**
 * The class that tensors are of. `Tensor`, which may be called without `new` too, would give each object of a class derived
 * from it a hidden class of its own.
 */
const Base = TensorBase as unknown as typeof Tensor;

/** A tensor that is a module's parameter (torch.nn.Parameter). It shares the memory of the tensor it is made of. */
export class Parameter extends Base {
  /**
   * @param data the tensor whose storage the parameter takes; it is a leaf whatever made the tensor
   * @throws RuntimeError when gradients are required of an integer or bool tensor
   */
  constructor(data: Tensor, requiresGrad: boolean | { readonly requiresGrad?: boolean } = true) {
    if (!(data instanceof Tensor)) {
      throw new AttributeError(`'${typeName(data)}' object has no attribute 'detach'`);
    }
    super(data.storage, data.layout);
    const requires = typeof requiresGrad === "boolean" ? requiresGrad : (requiresGrad.requiresGrad ?? true);
    const { dtype } = data.layout;
    if (requires && !dtype.isFloatingPoint && !dtype.isComplex) {
      throw new RuntimeError("Only Tensors of floating point and complex dtype can require gradients");
    }
    this.requiresGrad = requires;
  }

  override get isParameter(): boolean {
    return true;
  }
}

/** What `Buffer` takes by name. */
export interface BufferOptions {
  /** Whether state dicts hold it. */
  readonly persistent?: boolean;
}

/** A tensor that belongs to a module's state and is no parameter (torch.nn.Buffer). It shares the given tensor's memory. */
export class Buffer extends Base {
  readonly persistent: boolean;

  constructor(data: Tensor, persistent: boolean | BufferOptions = true) {
    if (!(data instanceof Tensor)) {
      throw new AttributeError(`'${typeName(data)}' object has no attribute 'detach'`);
    }
    super(data.storage, data.layout);
    this.persistent = typeof persistent === "boolean" ? persistent : (persistent.persistent ?? true);
    this.requiresGrad = data.requiresGrad;
  }
}
