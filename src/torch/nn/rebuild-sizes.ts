// Whether a saved module's settings and its tensors go together, asked before the module is made: its constructor takes
// memory by the settings, which a file can give without holding as many numbers.

import { FormatError } from "../../core/errors.ts";
import { product } from "../../core/layout.ts";
import { type ArrayLike, type ModuleParts, TupleValue, type Value } from "../../files/values.ts";

type Settings = readonly string[];

const dense: readonly Settings[] = [["in_features", "out_features"]];
const kernels: readonly Settings[] = [["in_channels", "out_channels", "kernel_size"]];
const features: readonly Settings[] = [["num_features"]];
const normalized: readonly Settings[] = [["normalized_shape"]];
const embedding: readonly Settings[] = [["num_embeddings", "embedding_dim"]];
const cell: readonly Settings[] = [
  ["input_size", "hidden_size"],
  ["hidden_size", "hidden_size"],
];

/** Settings whose product is the length of a parameter, or a part of it, by the name of the class. */
const extents: Readonly<Record<string, readonly Settings[]>> = {
  BatchNorm1d: features,
  BatchNorm2d: features,
  BatchNorm3d: features,
  Bilinear: [["in1_features", "in2_features", "out_features"]],
  Conv1d: kernels,
  Conv2d: kernels,
  Conv3d: kernels,
  ConvTranspose1d: kernels,
  ConvTranspose2d: kernels,
  ConvTranspose3d: kernels,
  Embedding: embedding,
  EmbeddingBag: embedding,
  GRU: [["input_size", "hidden_size"]],
  GRUCell: cell,
  GroupNorm: [["num_channels"]],
  InstanceNorm1d: features,
  InstanceNorm2d: features,
  InstanceNorm3d: features,
  LSTM: [["input_size", "hidden_size"]],
  LSTMCell: cell,
  LayerNorm: normalized,
  Linear: dense,
  MultiheadAttention: [
    ["embed_dim", "embed_dim"],
    ["embed_dim", "kdim"],
    ["embed_dim", "vdim"],
  ],
  NonDynamicallyQuantizableLinear: dense,
  PReLU: [["num_parameters"]],
  RMSNorm: normalized,
  RNN: [["input_size", "hidden_size"]],
  RNNCell: cell,
};

/** Layers of which there are several, and whose inner sizes a setting may reduce. */
const recurrent: ReadonlySet<string> = new Set(["GRU", "LSTM", "RNN"]);

/**
 * Checks that a module of PyTorch's takes no more memory than the file has numbers for it.
 * @param name of the class, without its module
 * @throws FormatError when it does, or a size is no count
 */
export function checkSizes(name: string, parts: ModuleParts): void {
  const { settings } = parts;
  if (!Object.hasOwn(extents, name) || hasNoTensors(settings)) return;
  const held = [...parts.parameters.values(), ...parts.buffers.values()].reduce(
    (sum, tensor) => sum + (tensor === null ? 0 : numbersOf(tensor)),
    0,
  );
  const allowed = BigInt(held) * (settings.has("groups") ? countOf(settings, "groups") : 1n);
  for (const names of [...extents[name]!, ...recurrentExtents(name, settings)]) {
    const needed = names.reduce((total, each) => total * countOf(settings, each), 1n);
    if (needed > allowed) {
      throw new FormatError(
        `a ${name} of ${[...new Set(names)].map((each) => `${each} ${shown(settings.get(each))}`).join(", ")} does not fit the ${held} numbers that the file has for it`,
      );
    }
  }
}

/** Norms that scale nothing and follow nothing have no tensors, whatever their size. */
function hasNoTensors(settings: ReadonlyMap<string, Value>): boolean {
  const scales = settings.get("affine") ?? settings.get("elementwise_affine") ?? true;
  return scales === false && settings.get("track_running_stats") !== true;
}

function recurrentExtents(name: string, settings: ReadonlyMap<string, Value>): readonly Settings[] {
  if (!recurrent.has(name)) return [];
  const projected = settings.get("proj_size");
  const inner = projected === undefined || projected === 0 ? "hidden_size" : "proj_size";
  return [["num_layers", "hidden_size", inner]];
}

function numbersOf(tensor: ArrayLike): number {
  return "shape" in tensor ? product(tensor.shape) : 0;
}

/** A setting as a count, or the product of a tuple of them. One that is missing counts as 1: the default is small. */
function countOf(settings: ReadonlyMap<string, Value>, name: string): bigint {
  const value = settings.get(name);
  if (value === undefined || value === null) return 1n;
  const items = value instanceof TupleValue ? value.items : Array.isArray(value) ? value : [value];
  return items.reduce<bigint>((total, item) => {
    if (typeof item !== "number" || !Number.isSafeInteger(item) || item < 0) {
      throw new FormatError(`a module's ${name} is ${shown(value)}, which is no count`);
    }
    return total * BigInt(item);
  }, 1n);
}

function shown(value: Value | undefined): string {
  if (value instanceof TupleValue) return `(${value.items.map(shown).join(", ")})`;
  return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 40);
}
