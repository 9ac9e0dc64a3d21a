// torch.nn.functional.embedding.

import { int32, int64 } from "../../../core/dtype.ts";
import { elements } from "../../../core/elements.ts";
import { IndexError, RuntimeError } from "../../../core/errors.ts";
import { take } from "../../../ops/indexing.ts";
import { typeName } from "../../errors.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * Rows of a table (torch.nn.functional.embedding).
 * @param input integers of any shape @param weight shape [count, width]
 * @param options the padding row, which gets no gradient
 * @returns shape [...input.shape, width]
 * @throws IndexError for a number without a row
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  options: number | null | { readonly paddingIdx?: number | null } = {},
): Tensor {
  const { dtype } = input.layout;
  if (dtype !== int64 && dtype !== int32) {
    throw new RuntimeError(
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got ${typeName(input)} instead (while checking arguments for embedding)`,
    );
  }
  const count = weight.layout.shape[0]!;
  for (const index of elements(input)) {
    if (Number(index) < 0 || Number(index) >= count) throw new IndexError("index out of range in self");
  }
  const rows = run(take, [weight, input.long()], { axis: 0 });
  const padding = typeof options === "object" ? options?.paddingIdx : options;
  if (padding === undefined || padding === null) return rows;
  const isPadding = input.eq(padding < 0 ? padding + count : padding).unsqueeze(-1);
  return rows.detach().where(isPadding, rows);
}
