// torch.nn.utils.rnn: sequences of unequal lengths, padded to one length or packed step by step.

import { bind, type Signature } from "../../../core/arguments.ts";
import {
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
} from "../../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { emptyLike, full } from "../../creation.ts";
import { tensor } from "../../interop.ts";
import { named } from "../../node.ts";
import { arange } from "../../ranges.ts";
import { cat, stack } from "../../stacking.ts";
import { Tensor } from "../../tensor.ts";
import { pad } from "../functional/padding.ts";

/**
 * Sequences laid one step after the other, the longest first (torch.nn.utils.rnn.PackedSequence).
 * `packPaddedSequence` and `packSequence` make them.
 */
export class PackedSequence {
  /** The steps of all sequences: the first of each, then the second of those that have one, and so on. */
  readonly data: Tensor;
  /** How many sequences have a first step, a second, ... */
  readonly batchSizes: Tensor;
  /** Where the sequences stood before they were sorted; null where they were in order. */
  readonly sortedIndices: Tensor | null;
  /** Puts sorted sequences back. */
  readonly unsortedIndices: Tensor | null;

  constructor(
    data: Tensor,
    batchSizes: Tensor,
    sortedIndices: Tensor | null = null,
    unsortedIndices: Tensor | null = null,
  ) {
    this.data = data;
    this.batchSizes = batchSizes;
    this.sortedIndices = sortedIndices;
    this.unsortedIndices = unsortedIndices ?? invertPermutation(sortedIndices);
  }

  /** The four parts in order, as Python unpacks them. */
  *[Symbol.iterator](): IterableIterator<Tensor | null> {
    yield this.data;
    yield this.batchSizes;
    yield this.sortedIndices;
    yield this.unsortedIndices;
  }

  /** The steps in another element type; the packed sequence itself where it is that type already. */
  to(dtype: DType): PackedSequence {
    const data = this.data.to(dtype);
    if (data === this.data) return this;
    return new PackedSequence(data, this.batchSizes, this.sortedIndices, this.unsortedIndices);
  }

  double(): PackedSequence {
    return this.to(float64);
  }

  float(): PackedSequence {
    return this.to(float32);
  }

  half(): PackedSequence {
    return this.to(float16);
  }

  long(): PackedSequence {
    return this.to(int64);
  }

  int(): PackedSequence {
    return this.to(int32);
  }

  short(): PackedSequence {
    return this.to(int16);
  }

  char(): PackedSequence {
    return this.to(int8);
  }

  byte(): PackedSequence {
    return this.to(uint8);
  }

  /** Where the steps are: the CPU. */
  cpu(): PackedSequence {
    return this;
  }

  /** Python's `str`. */
  toString(): string {
    const parts = {
      data: this.data,
      batch_sizes: this.batchSizes,
      sorted_indices: this.sortedIndices,
      unsorted_indices: this.unsortedIndices,
    };
    const texts = Object.entries(parts).map(([name, part]) => `${name}=${part === null ? "None" : part}`);
    return `PackedSequence(${texts.join(", ")})`;
  }
}

/** The permutation that undoes another; null of null (torch.nn.utils.rnn.invert_permutation). */
export function invertPermutation(permutation: Tensor): Tensor;
export function invertPermutation(permutation: Tensor | null): Tensor | null;
export function invertPermutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  return emptyLike(permutation).scatter_(0, permutation, arange(permutation.layout.size));
}

/** A one-dimensional tensor's or a list's whole numbers. */
function numbersOf(values: Tensor | readonly number[]): number[] {
  return (values instanceof Tensor ? values.tolist() : [...values]) as number[];
}

/** How many of the lengths reach each step. They need not be sorted. */
function reaching(lengths: readonly number[]): number[] {
  const steps = Math.max(...lengths);
  return Array.from({ length: steps }, (_, step) => lengths.filter((length) => length > step).length);
}

/** What `packPaddedSequence` takes by name. */
export interface PackOptions {
  readonly batchFirst?: boolean;
  /** The sequences are sorted by length, the longest first; false: they are sorted here. */
  readonly enforceSorted?: boolean;
}

/**
 * Packs padded sequences (torch.nn.utils.rnn.pack_padded_sequence).
 * @param input shape [T, B, ...], or [B, T, ...] where the batch comes first @param lengths the B lengths
 * @throws RuntimeError for lengths that are not sorted, not positive, or not one a sequence
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Tensor | readonly number[],
  ...args: Signature<[batchFirst: boolean, enforceSorted: boolean], PackOptions>
): PackedSequence {
  const { batchFirst, enforceSorted } = bind<Required<PackOptions>>(
    "pack_padded_sequence",
    ["batchFirst", "enforceSorted"],
    args,
    { batchFirst: false, enforceSorted: true },
  );
  if (input.layout.size === 0) throw new RuntimeError("Cannot pack empty tensors.");
  const given = numbersOf(lengths);
  const order = given.map((_, i) => i);
  if (!enforceSorted) order.sort((a, b) => given[b]! - given[a]!);
  const sorted = order.map((i) => given[i]!);
  const [batch, steps] = batchFirst ? input.shape : [input.shape[1], input.shape[0]];
  checkLengths(sorted, batch!);
  const batchSizes = reaching(sorted);
  // Rows of the two leading axes as one, in the order of the steps.
  const rows = batchSizes.flatMap((count, step) =>
    order
      .slice(0, count)
      .map((sequence) => (batchFirst ? sequence * steps! + step : step * batch! + sequence)),
  );
  if (batchSizes.length > steps!) {
    throw new RuntimeError(`start (${steps}) + length (1) exceeds dimension size (${steps}).`);
  }
  const data = input.flatten(0, 1).indexSelect(0, tensor(rows, { dtype: int64 }));
  return new PackedSequence(
    named(data, "PackPaddedSequenceBackward0"),
    tensor(batchSizes, { dtype: int64 }),
    enforceSorted ? null : tensor(order, { dtype: int64 }),
  );
}

function checkLengths(lengths: readonly number[], batch: number): void {
  if (lengths.length !== batch) {
    throw new RuntimeError(
      `Expected \`len(lengths)\` to be equal to batch_size, but got ${lengths.length} (batch_size=${batch})`,
    );
  }
  if (lengths.at(-1)! <= 0) {
    throw new RuntimeError(
      "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
    );
  }
  if (lengths.some((length, i) => i > 0 && length > lengths[i - 1]!)) {
    throw new RuntimeError(
      "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass " +
        "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do " +
        "not need ONNX exportability.",
    );
  }
}

/** What `padPackedSequence` takes by name. */
export interface PadPackedOptions {
  readonly batchFirst?: boolean;
  readonly paddingValue?: number;
  /** Steps of the result, at least those of the longest sequence; null: as many as that has. */
  readonly totalLength?: number | null;
}

/**
 * Packed sequences padded to one length again, in their first order (torch.nn.utils.rnn.pad_packed_sequence).
 * @returns the sequences, [T, B, ...] or [B, T, ...], and their lengths
 */
export function padPackedSequence(
  sequence: PackedSequence,
  ...args: Signature<
    [batchFirst: boolean, paddingValue: number, totalLength: number | null],
    PadPackedOptions
  >
): [Tensor, Tensor] {
  const { batchFirst, paddingValue, totalLength } = bind<Required<PadPackedOptions>>(
    "pad_packed_sequence",
    ["batchFirst", "paddingValue", "totalLength"],
    args,
    { batchFirst: false, paddingValue: 0, totalLength: null },
  );
  const { data } = sequence;
  const batchSizes = numbersOf(sequence.batchSizes);
  const longest = batchSizes.length;
  if (totalLength !== null && totalLength < longest) {
    throw new ValueError(
      "Expected total_length to be at least the length of the longest sequence in input, but got " +
        `total_length=${totalLength} and max sequence length being ${longest}`,
    );
  }
  const steps = totalLength ?? longest;
  const batch = batchSizes[0]!;
  const starts: number[] = [];
  batchSizes.reduce((start, count) => {
    starts.push(start);
    return start + count;
  }, 0);
  const padding = data.shape[0]!;
  const order = sequence.unsortedIndices === null ? null : numbersOf(sequence.unsortedIndices);
  const rows: number[] = new Array<number>(steps * batch);
  const lengths: number[] = new Array<number>(batch);
  for (let i = 0; i < batch; i++) {
    const sorted = order === null ? i : order[i]!;
    lengths[i] = batchSizes.filter((count) => count > sorted).length;
    for (let step = 0; step < steps; step++) {
      const row = step < lengths[i]! ? starts[step]! + sorted : padding;
      rows[batchFirst ? i * steps + step : step * batch + i] = row;
    }
  }
  const rest = data.shape.slice(1);
  const withPadding = cat([data, full([1, ...rest], paddingValue, { dtype: data.dtype })]);
  const padded = withPadding.indexSelect(0, tensor(rows, { dtype: int64 }));
  const leading = batchFirst ? [batch, steps] : [steps, batch];
  return [padded.view(...leading, ...rest), tensor(lengths, { dtype: int64 })];
}

/** What `padSequence` takes by name. */
export interface PadSequenceOptions {
  readonly batchFirst?: boolean;
  readonly paddingValue?: number;
  readonly paddingSide?: "left" | "right";
}

/**
 * Sequences of unequal lengths as one tensor (torch.nn.utils.rnn.pad_sequence).
 * @param sequences shapes [L, ...], alike but for the lengths
 * @returns shape [T, B, ...], or [B, T, ...] where the batch comes first
 */
export function padSequence(
  sequences: Iterable<Tensor>,
  ...args: Signature<
    [batchFirst: boolean, paddingValue: number, paddingSide: "left" | "right"],
    PadSequenceOptions
  >
): Tensor {
  const { batchFirst, paddingValue, paddingSide } = bind<Required<PadSequenceOptions>>(
    "pad_sequence",
    ["batchFirst", "paddingValue", "paddingSide"],
    args,
    { batchFirst: false, paddingValue: 0, paddingSide: "right" },
  );
  const all = sequences instanceof Tensor ? sequences.unbind(0) : [...sequences];
  if (all.length === 0) throw new RuntimeError("received an empty list of sequences");
  if (paddingSide !== "left" && paddingSide !== "right") {
    throw new RuntimeError(
      `Expected padding_side to be one of left or right, but got ${String(paddingSide)}.`,
    );
  }
  const longest = Math.max(...all.map(({ shape }) => shape[0]!));
  const padded = all.map((each) => {
    const missing = longest - each.shape[0]!;
    const border = paddingSide === "left" ? [missing, 0] : [0, missing];
    return pad(
      each,
      [...new Array<number>(2 * (each.ndim - 1)).fill(0), ...border],
      "constant",
      paddingValue,
    );
  });
  return stack(padded, batchFirst ? 0 : 1);
}

/**
 * The sequences of a padded tensor, each with its own length (torch.nn.utils.rnn.unpad_sequence).
 * @param paddedSequences shape [T, B, ...], or [B, T, ...] where the batch comes first
 */
export function unpadSequence(
  paddedSequences: Tensor,
  lengths: Tensor | readonly number[],
  batchFirst: boolean | { readonly batchFirst?: boolean } = false,
): Tensor[] {
  const isFirst = typeof batchFirst === "boolean" ? batchFirst : (batchFirst.batchFirst ?? false);
  const all = paddedSequences.unbind(isFirst ? 0 : 1);
  const counts = numbersOf(lengths);
  if (counts.length !== all.length) {
    const relation = counts.length < all.length ? "shorter" : "longer";
    throw new ValueError(`zip() argument 2 is ${relation} than argument 1`);
  }
  return all.map((each, i) => each.narrow(0, 0, Math.min(counts[i]!, each.shape[0]!)).clone());
}

/** Packs sequences of unequal lengths (torch.nn.utils.rnn.pack_sequence). @param sequences shapes [L, ...] */
export function packSequence(
  sequences: readonly Tensor[],
  enforceSorted: boolean | { readonly enforceSorted?: boolean } = true,
): PackedSequence {
  const isEnforced =
    typeof enforceSorted === "boolean" ? enforceSorted : (enforceSorted.enforceSorted ?? true);
  const lengths = sequences.map(({ shape }) => shape[0]!);
  return packPaddedSequence(padSequence(sequences), lengths, { enforceSorted: isEnforced });
}

/** The sequences of a packed sequence in their first order (torch.nn.utils.rnn.unpack_sequence). */
export function unpackSequence(packedSequences: PackedSequence): Tensor[] {
  const [padded, lengths] = padPackedSequence(packedSequences, { batchFirst: true });
  return unpadSequence(padded, lengths, { batchFirst: true });
}
