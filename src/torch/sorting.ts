// Order: sorting, the k largest, the k-th, the most frequent.

import { bind, type Signature } from "../core/arguments.ts";
import { elements, type Scalar, toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { sort as sortOperation } from "../ops/sort.ts";
import { wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { into } from "./in-place.ts";
import { integers } from "./integers.ts";
import { contiguousFormat } from "./memory-format.ts";
import { named } from "./node.ts";
import { intoPair, type PairOut, type ValuesIndices, valuesIndices } from "./reduction-arguments.ts";
import { lacks, refusals, refuse, says } from "./refusals.ts";
import { runAll } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What `sort` and `argsort` take by name. */
export interface SortOptions {
  readonly dim?: number;
  readonly descending?: boolean;
  readonly stable?: boolean;
}

interface SortOutOptions extends SortOptions {
  readonly out?: PairOut;
}

type SortArguments = Signature<[dim?: number, descending?: boolean, stable?: boolean], SortOutOptions>;

const sortRefusals = refusals(says(" Sort does not support complex dtypes on CPU", "complex"));

function sorted(input: Tensor, args: readonly unknown[]): ValuesIndices {
  const names = ["dim", "descending", "stable"] as const;
  const bound = bind<Required<SortOutOptions>>("sort", names, args, {
    dim: -1,
    descending: false,
    stable: false,
    out: null,
  });
  return intoPair(sortedAlong(input, bound), bound.out, "sort", input);
}

function sortedAlong(input: Tensor, { dim, descending, stable }: Required<SortOptions>): ValuesIndices {
  refuse(sortRefusals, input.dtype);
  const axis = wrapDim(dim, input.ndim);
  const whole = input.ndim === 0 ? input.unsqueeze(0) : input;
  const [values, indices] = runAll(sortOperation, [whole], { axis, descending, stable }) as [Tensor, Tensor];
  if (input.ndim > 0) return valuesIndices(values, indices);
  return valuesIndices(values.squeeze(0), indices.squeeze(0));
}

/** Sorted values along an axis, and where they were. */
export function sort(input: Tensor, ...args: SortArguments): ValuesIndices {
  return sorted(input, args);
}

/** Where the sorted values along an axis were. */
export function argsort(input: Tensor, ...args: SortArguments): Tensor {
  return sorted(input.detach(), args).indices;
}

/** What `topk` takes by name. */
export interface TopkOptions {
  readonly k: number;
  readonly dim: number;
  readonly largest: boolean;
  readonly sorted: boolean;
  readonly out: PairOut;
}

/** The k largest (or smallest) values along an axis, and where they were. */
export function topk(
  input: Tensor,
  ...args: Signature<[k: number, dim?: number, largest?: boolean, sorted?: boolean], Partial<TopkOptions>>
): ValuesIndices {
  const names = ["k", "dim", "largest", "sorted"] as const;
  const bound = bind<TopkOptions>("topk", names, args, { dim: -1, largest: true, sorted: true, out: null });
  return intoPair(largestOf(input, bound), bound.out, "topk", input);
}

function largestOf(input: Tensor, { k, dim, largest }: TopkOptions): ValuesIndices {
  refuse(topkRefusals, input.dtype);
  const axis = wrapDim(dim, input.ndim);
  const length = input.ndim === 0 ? 1 : input.shape[axis]!;
  if (k < 0 || k > length) throw new RuntimeError("selected index k out of range");
  if (input.ndim === 0) return sorted(input, []);
  const all = sorted(input, [axis, largest]);
  // Memory of their own, so that what is not among the k is not kept.
  const [values, indices] = [all.values, all.indices].map((each) =>
    each.narrow(axis, 0, k).clone({ memoryFormat: contiguousFormat }),
  ) as [Tensor, Tensor];
  return valuesIndices(named(values, "TopkBackward0"), indices);
}

const topkRefusals = refusals(
  says("topk does not support bool dtypes on CPU", "bool"),
  says(" topk does not support complex dtypes on CPU", "complex"),
  lacks("topk_cpu", "rare"),
);

/** Sorted values along the first axis. */
export function msort(input: Tensor, options: OutOptions = {}): Tensor {
  return into(sorted(input, [0]).values, options.out, "msort", [input]);
}

/** What `kthvalue` takes by name. */
export interface KthOptions {
  readonly k: number;
  readonly dim: number;
  readonly keepdim: boolean;
  readonly out: PairOut;
}

const kthRefusals = refusals(lacks("kthvalue_cpu", "bool", "rare", "complex"));

/** The k-th smallest value along an axis (from 1), and where it was. */
export function kthvalue(
  input: Tensor,
  ...args: Signature<[k: number, dim?: number, keepdim?: boolean], Partial<KthOptions>>
): ValuesIndices {
  const names = ["k", "dim", "keepdim"] as const;
  const bound = bind<KthOptions>("kthvalue", names, args, { dim: -1, keepdim: false, out: null });
  return intoPair(kthOf(input, bound), bound.out, "kthvalue", input);
}

function kthOf(input: Tensor, { k, dim, keepdim }: KthOptions): ValuesIndices {
  const axis = wrapDim(dim, input.ndim);
  const whole = input.ndim === 0 ? input.unsqueeze(0) : input;
  if (whole.shape[axis] === 0) {
    throw new IndexError(`kthvalue(): Expected reduction dim ${axis} to have non-zero size.`);
  }
  if (k < 1 || k > whole.shape[axis]!) {
    throw new RuntimeError(`kthvalue(): selected number k out of range for dimension ${axis}`);
  }
  refuse(kthRefusals, input.dtype);
  const all = sorted(whole, [axis]);
  const indices = all.indices.narrow(axis, k - 1, 1).contiguous();
  const values = named(whole.gather(axis, indices), "KthvalueBackward0");
  if (keepdim && input.ndim > 0) return valuesIndices(values, indices);
  return valuesIndices(named(values.squeeze(axis), "KthvalueBackward0"), indices.squeeze(axis));
}

interface ModeOptions {
  readonly dim: number;
  readonly keepdim: boolean;
  readonly out: PairOut;
}

/** The value that is found most often along the last axis (the smallest of such), and where it is last. */
export function mode(
  input: Tensor,
  ...args: Signature<[dim?: number, keepdim?: boolean], Partial<ModeOptions>>
): ValuesIndices {
  const bound = bind<ModeOptions>("mode", ["dim", "keepdim"], args, { dim: -1, keepdim: false, out: null });
  return intoPair(modeOf(input, bound), bound.out, "mode", input);
}

function modeOf(input: Tensor, { dim, keepdim }: ModeOptions): ValuesIndices {
  refuse(refusals(lacks("mode_cpu", "rare", "complex")), input.dtype);
  const axis = wrapDim(dim, input.ndim);
  const rows = input.ndim === 0 ? input.reshape([1, 1]) : input.movedim(axis, -1);
  const length = rows.shape.at(-1)!;
  const flat = rows.reshape([rows.layout.size / length, length]);
  const places =
    flat.shape[0]! === 0
      ? []
      : Array.from({ length: flat.shape[0]! }, (_, i) => mostFrequent(flat.select(0, i)));
  const indices = integers(places).view(rows.shape.slice(0, -1)).unsqueeze(-1);
  const values = rows.gather(-1, indices);
  const back = (tensor: Tensor): Tensor => (keepdim ? tensor.movedim(-1, axis) : tensor.squeeze(-1));
  return input.ndim === 0
    ? valuesIndices(named(values.reshape([]), "ModeBackward0"), indices.reshape([]))
    : valuesIndices(named(back(values), "ModeBackward0"), back(indices));
}

function mostFrequent(row: Tensor): number {
  const counts = new Map<Scalar, { count: number; last: number }>();
  elements(row).forEach((value, i) => {
    counts.set(value, { count: (counts.get(value)?.count ?? 0) + 1, last: i });
  });
  let best: { value: Scalar; count: number; last: number } | undefined;
  for (const [value, { count, last }] of counts) {
    const wins =
      best === undefined ||
      count > best.count ||
      (count === best.count && toNumber(value) < toNumber(best.value));
    if (wins) best = { value, count, last };
  }
  return best?.last ?? 0;
}
