// Numbers of the gamma distribution in float32, every step rounded, as NumPy's Generator draws them
// (numpy/random/src/distributions): Marsaglia and Tsang's method from shape 1 on, else Ahrens and Dieter's.

import type { BitStream } from "../streams/bit-stream.ts";
import { standardExponential32, standardNormal32 } from "./ziggurat.ts";

const { fround } = Math;

/** A number of the gamma distribution of scale 1; the shape is rounded to float32. */
export function standardGamma32(stream: BitStream, given: number): number {
  const shape = fround(given);
  if (shape === 1) return standardExponential32(stream);
  if (shape === 0) return 0;
  return shape < 1 ? flatGamma32(stream, shape) : steepGamma32(stream, shape);
}

function flatGamma32(stream: BitStream, shape: number): number {
  const rest = fround(1 - shape);
  const power = fround(1 / shape);
  for (;;) {
    const u = stream.nextFloat();
    const v = standardExponential32(stream);
    if (u <= rest) {
      const x = fround(u ** power);
      if (x <= v) return x;
    } else {
      const y = fround(-Math.log(fround(fround(1 - u) / shape)));
      const x = fround(fround(rest + fround(shape * y)) ** power);
      if (x <= fround(v + y)) return x;
    }
  }
}

function steepGamma32(stream: BitStream, shape: number): number {
  const b = fround(shape - fround(1 / 3));
  const c = fround(1 / fround(Math.sqrt(fround(9 * b))));
  const factor = fround(0.0331);
  for (;;) {
    let x: number;
    let v: number;
    do {
      x = standardNormal32(stream);
      v = fround(1 + fround(c * x));
    } while (v <= 0);
    v = fround(fround(v * v) * v);
    const u = stream.nextFloat();
    const square = fround(x * x);
    if (u < fround(1 - fround(fround(factor * square) * square))) return fround(b * v);
    const logV = fround(Math.log(v));
    const inner = fround(fround(1 - v) + logV);
    const limit = fround(fround(fround(0.5 * x) * x) + fround(b * inner));
    if (fround(Math.log(u)) < limit) return fround(b * v);
  }
}
