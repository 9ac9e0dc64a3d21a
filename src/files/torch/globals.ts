// PyTorch's names in pickles: torch/_utils.py (`_rebuild_tensor_v2` and the like), torch.Size, dtypes, devices.
// Each function here makes as data what the Python function of that name would make.

import { FormatError } from "../../core/errors.ts";
import type { Known, KnownGlobals } from "../pickle/globals.ts";
import type { Stored } from "../stored.ts";
import {
  type ArrayFacts,
  type ArrayLike,
  ArrayValue,
  DictValue,
  GlobalValue,
  isArrayLike,
  NamedValue,
  type QuantizedTensor,
  type StorageValue,
  TupleValue,
  type Value,
} from "../values.ts";
import {
  countFrom,
  countsFrom,
  type Early,
  geometryFrom,
  nestedTensor,
  resolved,
  sparseCompressed,
  sparseCoo,
  stridedTensor,
} from "./tensors.ts";
import { type TorchType, torchTypes } from "./types.ts";

/** What making tensors needs of the file around them. */
export interface TorchFile {
  readonly early: Early;
  /** Says of what size the numbers in a storage are, for a file of the other byte order. */
  readonly setLane: (stored: Stored, lane: number) => void;
}

type Construct = (args: readonly Value[]) => Value;

function isStorage(value: Value | undefined): value is StorageValue {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "storage";
}

function storageFrom(value: Value | undefined): StorageValue {
  if (!isStorage(value)) throw new FormatError("a tensor is made from what is no storage");
  return value;
}

function arrayFrom(value: Value | undefined, what: string): ArrayValue {
  if (!(value instanceof ArrayValue)) throw new FormatError(`${what} is no tensor`);
  return value;
}

function typeFrom(value: Value | undefined): TorchType {
  const type =
    value instanceof NamedValue && value.type === "torch.dtype" ? torchTypes.get(value.name) : undefined;
  if (type === undefined) throw new FormatError("a tensor's dtype is no dtype that is known");
  return type;
}

function factsFrom(requiresGrad: Value | undefined): ArrayFacts {
  return requiresGrad === true ? { origin: "torch", requiresGrad } : { origin: "torch" };
}

/** A leaf with other facts over the same elements. */
function withFacts(leaf: ArrayLike, more: Partial<ArrayFacts>): ArrayLike {
  if (leaf instanceof ArrayValue) return new ArrayValue(leaf.stored, leaf.layout, { ...leaf.facts, ...more });
  return "facts" in leaf ? { ...leaf, facts: { ...leaf.facts, ...more } } : leaf;
}

/** The attributes that a state holds: a dict, or a pair of dicts where the class has slots. */
function attributesFrom(state: Value | undefined): DictValue | undefined {
  const parts = state instanceof TupleValue ? state.items : [state];
  const result = new DictValue();
  for (const part of parts) {
    if (!(part instanceof DictValue)) continue;
    for (const [name, value] of part) result.set(name, value);
  }
  return result.size === 0 ? undefined : result;
}

function withAttributes(leaf: ArrayLike, state: Value | undefined, className?: string): ArrayLike {
  const attributes = attributesFrom(state);
  return withFacts(leaf, {
    ...(attributes === undefined ? {} : { attributes }),
    ...(className === undefined ? {} : { className }),
  });
}

/** Tensors of strides, `_rebuild_tensor` and its second and third form. */
function tensorFunctions(file: TorchFile): Record<string, Construct> {
  const rebuild = (args: readonly Value[], type: TorchType, metadata: Value | undefined): ArrayLike => {
    const [source, offset, shape, strides, requiresGrad] = args;
    const { stored } = storageFrom(source);
    file.setLane(stored, type.lane);
    const facts = factsFrom(requiresGrad);
    const start = countFrom(offset, "the tensor's offset");
    const tensor = stridedTensor(stored, type, start, geometryFrom(shape, strides), facts);
    const bits = metadata instanceof DictValue ? metadata : new DictValue();
    const lazy = {
      ...(bits.get("conj") === true ? { conjugated: true } : {}),
      ...(bits.get("neg") === true ? { negated: true } : {}),
    };
    if (Object.keys(lazy).length === 0) return tensor;
    return resolved(arrayFrom(tensor, "a conjugated view"), { ...facts, ...lazy });
  };
  const ofStorage = (args: readonly Value[]): TorchType => torchTypes.get(storageFrom(args[0]).dtype)!;
  return {
    _rebuild_tensor: (args) => rebuild(args.slice(0, 4), ofStorage(args), undefined),
    _rebuild_tensor_v2: (args) => rebuild(args, ofStorage(args), args[6]),
    _rebuild_tensor_v3: (args) => rebuild(args, typeFrom(args[6]), args[7]),
    _rebuild_qtensor: (args) => quantized(file, args, ofStorage(args)),
  };
}

/** `_rebuild_qtensor(storage, offset, size, stride, quantizer, requires_grad, hooks)` */
function quantized(file: TorchFile, args: readonly Value[], type: TorchType): Value {
  const [source, offset, shape, strides, quantizer, requiresGrad] = args;
  const { stored } = storageFrom(source);
  if (type.integers === undefined)
    throw new FormatError("a quantized tensor's storage is of no quantized type");
  file.setLane(stored, type.lane);
  const start = countFrom(offset, "the tensor's offset");
  const geometry = geometryFrom(shape, strides);
  const integers = stridedTensor(stored, type, start, geometry, { origin: "torch" }) as ArrayValue;
  const [scheme, first, second, axis] = quantizer instanceof TupleValue ? quantizer.items : [];
  if (!(scheme instanceof NamedValue) || scheme.type !== "torch.qscheme") {
    throw new FormatError("a quantized tensor has no scheme");
  }
  const tensor: QuantizedTensor = {
    kind: "quantized",
    dtype: type.name,
    scheme: scheme.name,
    shape: geometry.shape,
    integers,
    facts: factsFrom(requiresGrad),
  };
  if (scheme.name.startsWith("per_tensor")) {
    if (typeof first !== "number" || typeof second !== "number") {
      throw new FormatError("a quantized tensor's scale and zero point are no numbers");
    }
    return { ...tensor, scale: first, zeroPoint: second };
  }
  const channel = countFrom(axis, "a quantized tensor's axis");
  const scales = arrayFrom(first, "a quantized tensor's scales");
  const zeroPoints = arrayFrom(second, "a quantized tensor's zero points");
  const expected = String(geometry.shape[channel]);
  if (scales.shape.join() !== expected || zeroPoints.shape.join() !== expected) {
    throw new FormatError("a quantized tensor has not one scale and zero point for each channel of its axis");
  }
  // torch goes by the zero points' type, whatever scheme the pickle names.
  const ofFloats = zeroPoints.layout.dtype.isFloatingPoint ? "per_channel_affine_float_qparams" : scheme.name;
  return { ...tensor, scheme: ofFloats, axis: channel, scales, zeroPoints };
}

/** Parameters and subclasses: a tensor made by another function, with more said about it. */
function wrappers(functions: ReadonlyMap<string, Construct>): Record<string, Construct> {
  const leafFrom = (value: Value | undefined, what: string): ArrayLike => {
    if (value === undefined || !isArrayLike(value)) throw new FormatError(`${what} is no tensor`);
    return value;
  };
  const parameter = (args: readonly Value[]): ArrayLike => {
    const leaf = leafFrom(args[0], "a parameter");
    return withFacts(leaf, { parameter: true, requiresGrad: args[1] === true });
  };
  const fromType = (args: readonly Value[]): Value => {
    const [callable, type, inner, state] = args;
    const name = callable instanceof GlobalValue ? callable : undefined;
    const construct = name?.module === "torch._utils" ? functions.get(name.name) : undefined;
    if (construct === undefined || !(type instanceof GlobalValue) || !(inner instanceof TupleValue)) {
      throw new FormatError("a tensor is made by a function that makes no tensors");
    }
    const own = ["torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter"];
    const className = own.includes(type.path) ? undefined : type.path;
    const leaf = leafFrom(construct(inner.items), "what a tensor is made from");
    const isParameter = type.path === "torch.nn.parameter.Parameter";
    return withAttributes(isParameter ? withFacts(leaf, { parameter: true }) : leaf, state, className);
  };
  return {
    _rebuild_parameter: parameter,
    _rebuild_parameter_with_state: (args) => withAttributes(parameter(args), args[3]),
    _rebuild_device_tensor_from_cpu_tensor: (args) =>
      withFacts(leafFrom(args[0], "a device tensor"), factsFrom(args[3])),
    _rebuild_device_tensor_from_numpy: (args) =>
      withFacts(leafFrom(args[0], "a device tensor"), factsFrom(args[3])),
    _rebuild_from_type_v2: fromType,
    _rebuild_from_type: fromType,
  };
}

/** Tensors that are more than strides over a storage. */
function otherFunctions(file: TorchFile): Record<string, Construct> {
  const sparse: Construct = (args) => {
    const [layout, data] = args;
    const parts = data instanceof TupleValue ? data.items : [];
    const facts: ArrayFacts = { origin: "torch" };
    const tensor = (index: number): ArrayValue => arrayFrom(parts[index], "a part of a sparse tensor");
    if (!(layout instanceof NamedValue) || layout.type !== "torch.layout") {
      throw new FormatError("a sparse tensor has no layout");
    }
    if (layout.name === "sparse_coo") {
      const shape = countsFrom(parts[2], "a sparse tensor's shape");
      const coalesced = parts[3] === true;
      return sparseCoo({ indices: tensor(0), values: tensor(1), shape, coalesced }, facts);
    }
    const shape = countsFrom(parts[3], "a sparse tensor's shape");
    const compressed = { compressed: tensor(0), plain: tensor(1), values: tensor(2), shape };
    return sparseCompressed(layout.name, compressed, facts);
  };
  return {
    _rebuild_sparse_tensor: sparse,
    _rebuild_sparse_csr_tensor: sparse,
    _rebuild_meta_tensor_no_storage: ([dtype, shape, strides, requiresGrad]) => ({
      kind: "meta",
      dtype: typeFrom(dtype).name,
      ...geometryFrom(shape, strides),
      facts: factsFrom(requiresGrad),
    }),
    _rebuild_nested_tensor: (args) => {
      const [buffer, sizes, strides, offsets] = [0, 1, 2, 3].map((index) =>
        arrayFrom(args[index], "a part of a nested tensor"),
      );
      return nestedTensor(buffer!, sizes!, strides!, offsets!, { origin: "torch" }, file.early);
    },
  };
}

const layouts = [
  "strided",
  "sparse_coo",
  "sparse_csr",
  "sparse_csc",
  "sparse_bsr",
  "sparse_bsc",
  "_mkldnn",
  "jagged",
];
const memoryFormats = ["contiguous_format", "preserve_format", "channels_last", "channels_last_3d"];
const schemes = [
  "per_tensor_affine",
  "per_tensor_symmetric",
  "per_channel_affine",
  "per_channel_symmetric",
  "per_channel_affine_float_qparams",
];

function layoutNamed(value: Value | undefined): NamedValue {
  const name = typeof value === "string" ? value.replace(/^torch\./, "") : "";
  if (!layouts.includes(name)) throw new FormatError("the pickle names a torch.layout that there is not");
  return new NamedValue("torch.layout", name);
}

function device([type, index]: readonly Value[]): NamedValue {
  if (typeof type !== "string" || !/^[a-z_]+(:\d+)?$/.test(type)) {
    throw new FormatError("the pickle makes a torch.device of what is none");
  }
  return new NamedValue("torch.device", typeof index === "number" ? `${type}:${index}` : type);
}

/** PyTorch's names, for one file. */
export function torchGlobals(file: TorchFile): KnownGlobals {
  const tensors = { ...tensorFunctions(file), ...otherFunctions(file) };
  const rebuilds = { ...tensors, ...wrappers(new Map(Object.entries(tensors))) };
  const known = new Map<string, Known>();
  for (const [name, rebuild] of Object.entries(rebuilds)) {
    const construct = (args: readonly Value[], hasWholeFloat: boolean): Value => {
      if (hasWholeFloat) throw new FormatError("a tensor is made from a float where a count is expected");
      return rebuild(args);
    };
    for (const module of ["torch._utils", "torch._tensor", "torch.tensor"])
      known.set(`${module}.${name}`, { construct });
  }
  const named = (type: string, names: Iterable<string>): void => {
    for (const name of names) known.set(`torch.${name}`, { value: new NamedValue(type, name) });
  };
  named("torch.dtype", torchTypes.keys());
  named("torch.memory_format", memoryFormats);
  named("torch.qscheme", schemes);
  known.set("torch.Size", {
    construct: (args) => new TupleValue([...countsFrom(args[0], "a torch.Size")], "torch.Size"),
  });
  known.set("torch.device", { construct: device });
  known.set("torch.serialization._get_layout", { construct: (args) => layoutNamed(args[0]) });
  return known;
}
