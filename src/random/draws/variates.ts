// The numbers that distributions are made of - uniform, normal, exponential, gamma - as NumPy's two generators draw
// them: by ziggurats (Generator), or by the polar method and logarithms (RandomState).

import { logarithm } from "../elementary.ts";
import type { BitStream } from "../streams/bit-stream.ts";
import { standardExponential, standardNormal } from "./ziggurat.ts";

/** What distributions draw from. */
export abstract class Variates {
  stream: BitStream;

  constructor(stream: BitStream) {
    this.stream = stream;
  }

  /** A uniform number in [0, 1). */
  uniform(): number {
    return this.stream.nextUniform();
  }

  /** A standard normal number. */
  abstract normal(): number;

  /** A number of the exponential distribution of rate 1. */
  abstract exponential(): number;

  /** A number of the gamma distribution of scale 1: by Marsaglia and Tsang from shape 1 on, else by Ahrens and Dieter. */
  gamma(shape: number): number {
    if (shape === 1) return this.exponential();
    if (shape === 0) return 0;
    return shape < 1 ? this.flatGamma(shape) : this.steepGamma(shape);
  }

  private flatGamma(shape: number): number {
    for (;;) {
      const u = this.uniform();
      const v = this.exponential();
      if (u <= 1 - shape) {
        const x = u ** (1 / shape);
        if (x <= v) return x;
      } else {
        const y = -Math.log((1 - u) / shape);
        const x = (1 - shape + shape * y) ** (1 / shape);
        if (x <= v + y) return x;
      }
    }
  }

  private steepGamma(shape: number): number {
    const b = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * b);
    for (;;) {
      let x: number;
      let v: number;
      do {
        x = this.normal();
        v = 1 + c * x;
      } while (v <= 0);
      v = v * v * v;
      const u = this.uniform();
      if (u < 1 - 0.0331 * (x * x) * (x * x)) return b * v;
      if (Math.log(u) < 0.5 * x * x + b * (1 - v + Math.log(v))) return b * v;
    }
  }
}

/** Those of Generator. */
export class ZigguratVariates extends Variates {
  override normal(): number {
    return standardNormal(this.stream);
  }

  override exponential(): number {
    return standardExponential(this.stream);
  }
}

/** Those of RandomState. */
export class PolarVariates extends Variates {
  /** The second number of the last pair of normals, until the next call takes it. */
  waiting: number | undefined = undefined;

  override normal(): number {
    if (this.waiting !== undefined) {
      const value = this.waiting;
      this.waiting = undefined;
      return value;
    }
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * this.stream.nextUniform() - 1;
      y = 2 * this.stream.nextUniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * logarithm(square)) / square);
    this.waiting = factor * x;
    return factor * y;
  }

  override exponential(): number {
    return -logarithm(1 - this.stream.nextUniform());
  }
}
