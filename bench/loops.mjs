// Single operations on contiguous float32 through the PyTorch face, beside the loop one would write by hand over the
// same typed arrays. The bar: at most three times the loop's time.

import * as torch from "weightbridge/torch";
import { measure } from "./measure.mjs";

const COUNT = 2 ** 20;
const BAR = 3;

const ramp = () => Float32Array.from({ length: COUNT }, (_, i) => (i % 1000) / 1000);

function addByHand(a, b) {
  const result = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i] + b[i];
  return result;
}

function copyByHand(a) {
  const result = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i];
  return result;
}

function sumByHand(a) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i];
  return Math.fround(sum);
}

/** The rows of this group: `microseconds` and `against` are times, `ratio` must not pass `bar`. */
export function loops() {
  const [a, b] = [ramp(), ramp()];
  const [x, y] = [torch.asTensor(a), torch.asTensor(b)];
  const pairs = [
    ["add", () => x.add(y), () => addByHand(a, b)],
    ["copy", () => x.clone(), () => copyByHand(a)],
    ["sum", () => x.sum(), () => sumByHand(a)],
  ];
  return pairs.map(([name, ours, loop]) => {
    const { microseconds, against } = measure({ microseconds: ours, against: loop });
    return { name, microseconds, against, beside: "loop by hand", ratio: microseconds / against, bar: BAR };
  });
}
