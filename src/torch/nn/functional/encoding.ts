// Class numbers as rows (ATen/native/Onehot.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64 } from "../../../core/dtype.ts";
import { elements, toNumber } from "../../../core/elements.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { Layout } from "../../../core/layout.ts";
import { functionMode } from "../../function-mode.ts";
import { allocate } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * Rows with a 1 at each element's place and 0 elsewhere, along a new last axis (`torch.nn.functional.one_hot`).
 * @param numClasses length of that axis; -1 for one more than the greatest element
 * @throws RuntimeError unless the elements are int64, from 0 and below that length
 */
export function oneHot(
  input: Tensor,
  ...args: Signature<[numClasses?: number], { readonly numClasses?: number }>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.oneHot", oneHot, [input, ...args]);
  const { numClasses } = bind<{ readonly numClasses: number }>("one_hot", ["numClasses"], args, {
    numClasses: -1,
  });
  if (input.dtype !== int64) {
    throw new RuntimeError("one_hot is only applicable to index tensor of type LongTensor.");
  }
  if (input.layout.size === 0 && numClasses <= 0) {
    throw new RuntimeError("Can not infer total number of classes from empty tensor.");
  }
  const values = elements(input).map(toNumber);
  if (values.some((value) => value < 0)) throw new RuntimeError("Class values must be non-negative.");
  const most = values.reduce((greatest, value) => Math.max(greatest, value), -1);
  const count = numClasses === -1 ? most + 1 : numClasses;
  if (most >= count) throw new RuntimeError("Class values must be smaller than num_classes.");
  const result = allocate(Layout.contiguous(int64, [...input.shape, count]));
  const array = result.storage.view(int64) as BigInt64Array;
  values.forEach((value, i) => {
    array[i * count + value] = 1n;
  });
  return result;
}
