// What stands for PyTorch's values in a pickle: the calls that torch/_tensor.py `_reduce_ex_internal` and
// torch/nn/parameter.py write, dtypes, devices and layouts.

import { int64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { Layout, type Shape } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { numpyArrayCall, numpyScalarCall } from "../numpy/reduce.ts";
import { Call, OwnGlobal, type Reduced } from "../pickle/parts.ts";
import type { PickleWriteOptions } from "../pickle/write.ts";
import type { Stored } from "../stored.ts";
import {
  type ArrayFacts,
  type ArrayLike,
  ArrayValue,
  DictValue,
  isArrayLike,
  NamedValue,
  type NestedTensor,
  type QuantizedTensor,
  type SparseTensor,
  TupleValue,
  type Value,
} from "../values.ts";
import { isOperand, type Place, type Places } from "./places.ts";
import type { TorchWriteOptions } from "./write.ts";

const utils = (name: string, args: readonly unknown[]): Call =>
  new Call(new OwnGlobal(`torch._utils.${name}`), args);
const tuple = (items: readonly unknown[]): TupleValue => new TupleValue([...items] as Value[]);
const size = (shape: Shape): TupleValue => new TupleValue([...shape], "torch.Size");
const dtypeOf = (name: string): OwnGlobal => new OwnGlobal(`torch.${name}`);
const layoutOf = (name: string): Call =>
  new Call(new OwnGlobal("torch.serialization._get_layout"), [`torch.${name}`]);

/** What PyTorch keeps of a tensor's hooks: an empty dict, a new one for each. */
function noHooks(): DictValue {
  const dict = new DictValue();
  dict.className = "collections.OrderedDict";
  return dict;
}

const ofNumpy = "it is a NumPy array of no numbers, which PyTorch has no tensor for";

/** The tensors of one pickle, and the storages that they lie in. */
export class TorchReduction {
  readonly places: Places;
  /** NumPy arrays that stand in the pickle itself and whose bytes have not been read: it must be made again with them. */
  readonly unread: Set<Stored> = new Set();
  private readonly weightsOnly: boolean;

  constructor(options: TorchWriteOptions, places: Places) {
    this.places = places;
    this.weightsOnly = options.weightsOnly ?? true;
  }

  /** What stands for a value that only PyTorch knows, or why nothing does. */
  readonly reduce: NonNullable<PickleWriteOptions["reduce"]> = (value): Reduced | string | undefined => {
    if (value instanceof NamedValue) return this.name(value);
    if (!(value instanceof ArrayValue) && isOperand(value)) return this.strided(value, false);
    if (!("kind" in value)) return undefined;
    const leaf = value as Extract<Value, { kind: string }>;
    if (leaf.kind === "storage") return this.places.bare(leaf);
    if (leaf.kind === "scalar") {
      if (this.weightsOnly) return "weights_only=True refuses NumPy's scalars; give a number";
      return this.numpy(leaf.array, numpyScalarCall);
    }
    if (!isArrayLike(leaf)) return undefined;
    const isNumpy = leaf.kind === "array" && leaf.facts.origin === "numpy" && !this.weightsOnly;
    return isNumpy ? this.numpy(leaf, numpyArrayCall) : this.leaf(leaf);
  };

  private name({ type, name }: NamedValue): Reduced | string {
    switch (type) {
      case "torch.dtype":
      case "torch.qscheme":
        return dtypeOf(name);
      case "torch.layout":
        return layoutOf(name);
      case "torch.device": {
        const [kind, index] = name.split(":");
        return new Call(new OwnGlobal("torch.device"), index === undefined ? [kind] : [kind, Number(index)]);
      }
      case "torch.memory_format":
        return this.weightsOnly ? "weights_only=True refuses memory formats" : dtypeOf(name);
      default:
        return `nothing stands for a ${type} in a file of PyTorch`;
    }
  }

  private numpy(array: ArrayLike, reduce: (array: Operand) => Call): Call | string {
    if (array.kind !== "array") return ofNumpy;
    if (array.stored.isLoaded) return reduce(array);
    this.unread.add(array.stored);
    return utils("", []);
  }

  /** A tensor with what is said about it: that it is a parameter, attributes, a class of its own. */
  private leaf(leaf: ArrayLike): Reduced | string {
    if (!("facts" in leaf)) return ofNumpy;
    const { parameter, requiresGrad, attributes, className } = leaf.facts;
    if (className !== undefined && this.weightsOnly) {
      return `weights_only=True refuses tensors of a class of its own (${className})`;
    }
    if (parameter === true) {
      const plain: ArrayFacts = { origin: "torch" };
      const data =
        leaf instanceof ArrayValue
          ? new ArrayValue(leaf.stored, leaf.layout, plain)
          : { ...leaf, facts: plain };
      const args = [data, requiresGrad === true, noHooks()];
      return attributes === undefined
        ? utils("_rebuild_parameter", args)
        : utils("_rebuild_parameter_with_state", [...args, attributes]);
    }
    const made = this.tensor(leaf, requiresGrad === true);
    if (typeof made === "string" || (attributes === undefined && className === undefined)) return made;
    const type = new OwnGlobal(className ?? "torch.Tensor");
    const state = attributes ?? new DictValue();
    const args = [made.callable, type, tuple(made.args), state];
    return new Call(new OwnGlobal("torch._tensor._rebuild_from_type_v2"), args);
  }

  private tensor(leaf: Exclude<ArrayLike, { kind: "text" }>, requiresGrad: boolean): Call | string {
    switch (leaf.kind) {
      case "array":
        return this.strided(leaf, requiresGrad);
      case "raw":
        return this.ofPlace(leaf.dtype, leaf.shape, this.places.raw(leaf), requiresGrad);
      case "quantized":
        return this.quantized(leaf, requiresGrad);
      case "sparse":
        return sparse(leaf);
      case "nested":
        return nested(leaf);
      case "meta": {
        const args = [dtypeOf(leaf.dtype), tuple(leaf.shape), tuple(leaf.strides), requiresGrad];
        return utils("_rebuild_meta_tensor_no_storage", args);
      }
      default:
        return ofNumpy;
    }
  }

  private strided(array: Operand, requiresGrad: boolean): Call {
    const { dtype, shape } = array.layout;
    return this.ofPlace(dtype.name, shape, this.places.of(array, dtype.name), requiresGrad);
  }

  private ofPlace(dtype: string, shape: Shape, place: Place, requiresGrad: boolean): Call {
    const { offset, strides, isTyped, storage } = place;
    const args = [storage, offset, tuple(shape), tuple(strides), requiresGrad, noHooks()];
    return isTyped
      ? utils("_rebuild_tensor_v2", args)
      : utils("_rebuild_tensor_v3", [...args, dtypeOf(dtype)]);
  }

  private quantized(tensor: QuantizedTensor, requiresGrad: boolean): Call {
    const { offset, strides, storage } = this.places.of(tensor.integers, tensor.dtype);
    const quantizer =
      tensor.axis === undefined
        ? [dtypeOf(tensor.scheme), tensor.scale, tensor.zeroPoint]
        : [dtypeOf("per_channel_affine"), tensor.scales, tensor.zeroPoints, tensor.axis];
    const shape = tuple(tensor.shape);
    const args = [storage, offset, shape, tuple(strides), tuple(quantizer), requiresGrad, noHooks()];
    return utils("_rebuild_qtensor", args);
  }
}

function sparse(tensor: SparseTensor): Call {
  const { sparseLayout, indices, compressedIndices, plainIndices, values, shape, coalesced } = tensor;
  const parts =
    indices === undefined
      ? [compressedIndices, plainIndices, values, size(shape)]
      : [indices, values, size(shape), coalesced === true];
  return utils("_rebuild_sparse_tensor", [layoutOf(sparseLayout), tuple(parts)]);
}

/** Counts as an int64 tensor. */
function counts(values: readonly number[], shape: Shape): ArrayValue {
  const storage = new Storage(BigInt64Array.from(values, BigInt));
  return new ArrayValue(storage, Layout.contiguous(int64, shape), { origin: "torch" });
}

function nested({ parts, dtype }: NestedTensor): Call | string {
  const [first] = parts;
  if (first === undefined) return "a nested tensor without parts has no storage";
  const rank = first.layout.rank;
  const length = Math.floor(first.stored.byteLength / dtype.itemSize);
  const buffer = new ArrayValue(first.stored, Layout.contiguous(dtype, [length]), { origin: "torch" });
  const table = [parts.length, rank];
  return utils("_rebuild_nested_tensor", [
    buffer,
    counts(
      parts.flatMap(({ shape }) => [...shape]),
      table,
    ),
    counts(
      parts.flatMap(({ layout }) => [...layout.strides]),
      table,
    ),
    counts(
      parts.map(({ layout }) => layout.offset),
      [parts.length],
    ),
  ]);
}
