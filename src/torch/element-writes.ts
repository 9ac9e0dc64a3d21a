// Elements written one after another: at positions in row-major order (put), and where a mask holds (masked_scatter)
// (ATen/native/TensorAdvancedIndexing.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { bool, int64 } from "../core/dtype.ts";
import { toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { broadcastShapes } from "../core/layout.ts";
import * as ops from "../ops/indexing.ts";
import { choose } from "./choice.ts";
import { scalarTypeName } from "./errors.ts";
import { flatPositions } from "./index-checks.ts";
import { named } from "./node.ts";
import { replaced } from "./replacing.ts";
import { broadcastError, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface PutOptions {
  readonly index: Tensor;
  readonly source: Tensor;
  /** Adds instead of writing. */
  readonly accumulate?: boolean;
}

type PutArguments = Signature<[index: Tensor, source: Tensor, accumulate?: boolean], Partial<PutOptions>>;

function putArguments(args: readonly unknown[]): Required<PutOptions> {
  const names = ["index", "source", "accumulate"] as const;
  return bind<Required<PutOptions>>("put", names, args, { accumulate: false });
}

function putInto(input: Tensor, { index, source, accumulate }: Required<PutOptions>): Tensor {
  if (index.dtype !== int64) {
    throw new RuntimeError(
      `put_(): Expected a long tensor for index, but got ${scalarTypeName(index.dtype)}`,
    );
  }
  if (source.dtype !== input.dtype) {
    throw new RuntimeError(
      `put_(): self and source expected to have the same dtype, but got self.dtype = ${scalarTypeName(input.dtype)} and ` +
        `source.dtype = ${scalarTypeName(source.dtype)}`,
    );
  }
  const [count, size] = [index.layout.size, input.layout.size];
  if (count !== source.layout.size) {
    throw new IndexError(
      "put_(): Expected source and index to have the same number of elements, but got source.numel() = " +
        `${source.layout.size}, index.numel() = ${count}`,
    );
  }
  const positions = flatPositions(index, size).reshape([count]);
  const operation = accumulate ? ops.scatterAdd : ops.scatter;
  const flat = run(operation, [input.reshape([size]), positions, source.reshape([count])], { axis: 0 });
  const result = flat.reshape(input.shape);
  result.base = null;
  return named(result, "PutBackward0");
}

/** A copy with elements written, or added, at positions in row-major order (`torch.put`). */
export function put(input: Tensor, ...args: PutArguments): Tensor {
  return putInto(input, putArguments(args));
}

/** `put` in place. */
export function put_(input: Tensor, ...args: PutArguments): Tensor {
  const bound = putArguments(args);
  return replaced(input, [bound.source], (before) => putInto(before, bound));
}

interface MaskedScatterOptions {
  readonly mask: Tensor;
  readonly source: Tensor;
}

type MaskedScatterArguments = Signature<[mask: Tensor, source: Tensor], MaskedScatterOptions>;

function maskedScatterArguments(args: readonly unknown[]): MaskedScatterOptions {
  return bind<MaskedScatterOptions>("masked_scatter", ["mask", "source"], args, {});
}

/** The elements of the source one after another where the mask holds, both stretched to one shape already. */
function maskScattered(input: Tensor, mask: Tensor, source: Tensor): Tensor {
  if (input.dtype !== source.dtype) {
    throw new RuntimeError(
      `masked_scatter: expected self and source to have same dtypes but got${scalarTypeName(input.dtype)} and ` +
        scalarTypeName(source.dtype),
    );
  }
  if (mask.dtype !== bool) {
    throw new RuntimeError(
      `masked_scatter_ only supports boolean masks, but got mask with dtype ${scalarTypeName(mask.dtype)}`,
    );
  }
  const flat = mask.reshape([mask.layout.size]);
  const count = flat.sum();
  if (count.storage.hasValues && toNumber(count.item()) > source.layout.size)
    throw new RuntimeError("Number of elements of source < number of ones in mask");
  if (source.layout.size === 0) return named(input.clone(), "MaskedScatterBackward0");
  const places = flat.cumsum(0).sub(1).clamp({ min: 0 });
  const values = run(ops.take, [source.reshape([source.layout.size]), places], { axis: 0 });
  return named(choose(mask, values.reshape(input.shape), input), "MaskedScatterBackward0");
}

/**
 * A copy with elements of another tensor, in order, where a mask holds (`torch.masked_scatter`).
 * @throws RuntimeError for a mask that is not bool, another type, and too few elements
 */
export function maskedScatter(input: Tensor, ...args: MaskedScatterArguments): Tensor {
  const { mask, source } = maskedScatterArguments(args);
  const shape = broadcastShapes([mask.shape, input.shape]);
  if (shape === undefined) throw broadcastError(mask.shape, input.shape);
  return maskScattered(input.expand(shape), mask.expand(shape), source);
}

/** `maskedScatter` in place. */
export function maskedScatter_(input: Tensor, ...args: MaskedScatterArguments): Tensor {
  const { mask, source } = maskedScatterArguments(args);
  return replaced(input, [source], (before) => maskScattered(before, mask.expand(before.shape), source));
}
