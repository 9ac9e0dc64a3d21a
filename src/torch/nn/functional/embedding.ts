// torch.nn.functional.embedding.

import { int32, int64 } from "../../../core/dtype.ts";
import { elements } from "../../../core/elements.ts";
import { IndexError, RuntimeError } from "../../../core/errors.ts";
import { take } from "../../../ops/indexing.ts";
import { typeName } from "../../errors.ts";
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
  readonly normType?: Numeric;
  /** Divides a row's gradient by how often the row is looked up in this call. */
  readonly scaleGradByFreq?: boolean;
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
  options: number | null | EmbeddingSettings = {},
): Tensor {
  const { dtype } = input.layout;
  if (dtype !== int64 && dtype !== int32) {
    throw new RuntimeError(
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got ${typeName(input)} instead (while checking arguments for embedding)`,
    );
  }
  const count = weight.layout.shape[0]!;
  const numbers = elements(input).map(Number);
  if (numbers.some((index) => index < 0 || index >= count))
    throw new IndexError("index out of range in self");
  const settings: EmbeddingSettings =
    typeof options === "object" && options !== null ? options : { paddingIdx: options };
  const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } = settings;
  if (maxNorm !== null) noGrad(() => shorten(weight, new Set(numbers), Number(maxNorm), Number(normType)));
  let rows = run(take, [weight, input.long()], { axis: 0 });
  if (scaleGradByFreq) rows = byFrequency(rows, numbers);
  if (paddingIdx !== null) {
    const isPadding = input.eq(paddingIdx < 0 ? paddingIdx + count : paddingIdx).unsqueeze(-1);
    rows = rows.detach().where(isPadding, rows);
  }
  return named(rows, "EmbeddingBackward0");
}

/** Scales rows down to a norm, as `torch.embedding_renorm_` does. */
function shorten(weight: Tensor, rows: ReadonlySet<number>, maxNorm: number, normType: number): void {
  for (const row of rows) {
    const each = weight.at(row);
    const length = Number(each.norm(normType).item());
    if (length > maxNorm) each.mul_(maxNorm / (length + 1e-7));
  }
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
