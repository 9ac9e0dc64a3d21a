// torch.nn.functional.embedding (ATen/native/Embedding.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { int32, int64 } from "../../../core/dtype.ts";
import { elements, toNumber } from "../../../core/elements.ts";
import { AssertionError, IndexError, RuntimeError } from "../../../core/errors.ts";
import { take } from "../../../ops/indexing.ts";
import { typeName } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { tensor } from "../../interop.ts";
import { named } from "../../node.ts";
import { noGrad, run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";

/** What `embedding` takes by name. */
export interface EmbeddingSettings {
  /** The row that gets no gradient. */
  readonly paddingIdx?: number | null;
  /** Rows that are longer are shortened to this norm, in place. */
  readonly maxNorm?: Numeric | null;
  /** Which norm that is. Default 2. */
  readonly normType?: Numeric;
  /** Divides a row's gradient by how often the row is looked up in this call. */
  readonly scaleGradByFreq?: boolean;
  /** Taken as PyTorch takes it; gradients here are always dense, with the same values. */
  readonly sparse?: boolean;
}

/** @throws RuntimeError for indices that are no int64 or int32 */
export function checkIndices(indices: Tensor, caller: string): void {
  const { dtype } = indices.layout;
  if (dtype === int64 || dtype === int32) return;
  throw new RuntimeError(
    `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got ${typeName(indices)} instead (while checking arguments for ${caller})`,
  );
}

/** @throws AssertionError for a row that is not there */
function checkPadding(paddingIdx: number, count: number): void {
  if (paddingIdx >= count || paddingIdx < -count)
    throw new AssertionError("Padding_idx must be within num_embeddings");
}

/**
 * Rows of a table (torch.nn.functional.embedding).
 * @param input integers of any shape @param weight shape [count, width]
 * @returns shape [...input.shape, width]
 * @throws IndexError for a number without a row
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...args: Signature<
    [
      paddingIdx?: number | null,
      maxNorm?: Numeric | null,
      normType?: Numeric,
      scaleGradByFreq?: boolean,
      sparse?: boolean,
    ],
    EmbeddingSettings
  >
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.embedding", embedding, [input, weight, ...args]);
  const names = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"] as const;
  const bound = bind<Required<EmbeddingSettings>>("embedding", names, args, {
    paddingIdx: null,
    maxNorm: null,
    normType: 2,
    scaleGradByFreq: false,
    sparse: false,
  });
  const { paddingIdx, maxNorm, normType } = bound;
  const count = weight.layout.shape[0] ?? 0;
  if (paddingIdx !== null) checkPadding(paddingIdx, count);
  if (weight.ndim !== 2) throw new RuntimeError("'weight' must be 2-D");
  checkIndices(input, "embedding");
  const numbers = (): number[] => elements(input).map(toNumber);
  if (input.storage.hasValues && numbers().some((index) => index < 0 || index >= count))
    throw new IndexError("index out of range in self");
  if (maxNorm !== null) renormalize(weight, numbers(), Number(maxNorm), Number(normType));
  const rows = lookup(weight, input, numbers, bound.scaleGradByFreq, paddingIdx);
  return named(rows, "EmbeddingBackward0");
}

/** Rows by number, which are those of `input` in order; what flows back is scaled, and nothing flows to the padding. */
export function lookup(
  weight: Tensor,
  input: Tensor,
  numbers: () => readonly number[],
  scaleGradByFreq: boolean,
  paddingIdx: number | null,
): Tensor {
  let rows = run(take, [weight, input.long()], { axis: 0 });
  if (scaleGradByFreq) rows = byFrequency(rows, numbers());
  if (paddingIdx === null || !rows.requiresGrad) return rows;
  const row = paddingIdx < 0 ? paddingIdx + weight.layout.shape[0]! : paddingIdx;
  return rows.detach().where(input.eq(row).unsqueeze(-1), rows);
}

/** Scales rows down to a norm in place, as `torch.embedding_renorm_` does. */
export function renormalize(
  weight: Tensor,
  numbers: readonly number[],
  maxNorm: number,
  normType: number,
): void {
  noGrad(() => {
    for (const row of new Set(numbers)) {
      const each = weight.at(row);
      const length = Number(each.norm(normType).item());
      if (length > maxNorm) each.mul_(maxNorm / (length + 1e-7));
    }
  });
}

/** The same values, whose gradient is divided by how often each row occurs. */
function byFrequency(rows: Tensor, numbers: readonly number[]): Tensor {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  const shares = tensor(
    numbers.map((number) => 1 / counts.get(number)!),
    { dtype: rows.dtype },
  ).view([...rows.shape.slice(0, -1), 1]);
  return rows.detach().add(rows.sub(rows.detach()).mul(shares));
}
