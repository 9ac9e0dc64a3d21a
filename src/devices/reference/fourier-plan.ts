// How a row of complex numbers is transformed: factors of the length one after the other (Temperton's self-sorting
// mixed-radix form, as in FFTPACK), and where a factor is large, Bluestein's convolution with a chirp. Everything is
// reckoned in double precision. Plans are kept: the roots of unity of a length are reckoned once.

/** Transforms rows of one length, forward and without a factor. The inverse is had by exchanging `re` and `im`. */
export interface FourierPlan {
  /** Transforms the first `length` entries in place. */
  transform(re: Float64Array, im: Float64Array): void;
}

/** Factors above this are cheaper by way of a convolution. */
const largestFactor = 31;
const plansKept = 64;
const plans: Map<number, FourierPlan> = new Map();

/** The plan for a length of at least 1. */
export function planOf(length: number): FourierPlan {
  let plan = plans.get(length);
  if (plan === undefined) {
    const factors = factorsOf(length);
    plan = factors.some((factor) => factor > largestFactor)
      ? new ChirpPlan(length)
      : new FactorPlan(length, factors);
    if (plans.size >= plansKept) plans.delete(plans.keys().next().value!);
    plans.set(length, plan);
  }
  return plan;
}

/** Fours first, then the primes in order. */
function factorsOf(length: number): number[] {
  const factors: number[] = [];
  let rest = length;
  for (const factor of [4, 2]) {
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  }
  for (let factor = 3; factor * factor <= rest; factor += 2) {
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  }
  if (rest > 1) factors.push(rest);
  return factors;
}

/** cos and -sin of 2 pi k / n for k from 0, so many of them. */
function rootsOf(n: number, count: number): { readonly re: Float64Array; readonly im: Float64Array } {
  const re = new Float64Array(count);
  const im = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const angle = (2 * Math.PI * k) / n;
    re[k] = Math.cos(angle);
    im[k] = -Math.sin(angle);
  }
  return { re, im };
}

type Pair = readonly [re: Float64Array, im: Float64Array];

/** Mixed radix: each factor turns rows [inner, factor, outer] into rows [inner, outer, factor]. */
class FactorPlan implements FourierPlan {
  private readonly length: number;
  private readonly factors: readonly number[];
  private readonly roots: ReturnType<typeof rootsOf>;
  private readonly other: Pair;
  /** Room for one butterfly of a general factor. */
  private readonly terms: Pair = [new Float64Array(largestFactor), new Float64Array(largestFactor)];

  constructor(length: number, factors: readonly number[]) {
    this.length = length;
    this.factors = factors;
    this.roots = rootsOf(length, length);
    this.other = [new Float64Array(length), new Float64Array(length)];
  }

  transform(re: Float64Array, im: Float64Array): void {
    let [from, to]: [Pair, Pair] = [[re, im], this.other];
    let outer = 1;
    for (const factor of this.factors) {
      const inner = this.length / (outer * factor);
      if (factor === 4) this.byFour(from, to, inner, outer);
      else if (factor === 2) this.byTwo(from, to, inner, outer);
      else this.byFactor(from, to, factor, inner, outer);
      outer *= factor;
      [from, to] = [to, from];
    }
    if (from[0] === re) return;
    for (let i = 0; i < this.length; i++) {
      re[i] = from[0][i]!;
      im[i] = from[1][i]!;
    }
  }

  private byTwo([re, im]: Pair, [outRe, outIm]: Pair, inner: number, outer: number): void {
    const { re: cos, im: sin } = this.roots;
    const half = inner * outer;
    for (let k = 0; k < outer; k++) {
      for (let i = 0; i < inner; i++) {
        const a = i + inner * 2 * k;
        const b = a + inner;
        const at = i + inner * k;
        const x = re[a]! - re[b]!;
        const y = im[a]! - im[b]!;
        outRe[at] = re[a]! + re[b]!;
        outIm[at] = im[a]! + im[b]!;
        const c = cos[i * outer]!;
        const s = sin[i * outer]!;
        outRe[at + half] = x * c - y * s;
        outIm[at + half] = x * s + y * c;
      }
    }
  }

  private byFour([re, im]: Pair, [outRe, outIm]: Pair, inner: number, outer: number): void {
    const { re: cos, im: sin } = this.roots;
    const quarter = inner * outer;
    for (let k = 0; k < outer; k++) {
      for (let i = 0; i < inner; i++) {
        const a = i + inner * 4 * k;
        const b = a + inner;
        const c = b + inner;
        const d = c + inner;
        const at = i + inner * k;
        const sumRe = re[a]! + re[c]!;
        const sumIm = im[a]! + im[c]!;
        const differenceRe = re[a]! - re[c]!;
        const differenceIm = im[a]! - im[c]!;
        const otherRe = re[b]! + re[d]!;
        const otherIm = im[b]! + im[d]!;
        // The other difference times -i.
        const turnedRe = im[b]! - im[d]!;
        const turnedIm = re[d]! - re[b]!;
        outRe[at] = sumRe + otherRe;
        outIm[at] = sumIm + otherIm;
        const step = i * outer;
        let x = differenceRe + turnedRe;
        let y = differenceIm + turnedIm;
        outRe[at + quarter] = x * cos[step]! - y * sin[step]!;
        outIm[at + quarter] = x * sin[step]! + y * cos[step]!;
        x = sumRe - otherRe;
        y = sumIm - otherIm;
        outRe[at + 2 * quarter] = x * cos[2 * step]! - y * sin[2 * step]!;
        outIm[at + 2 * quarter] = x * sin[2 * step]! + y * cos[2 * step]!;
        x = differenceRe - turnedRe;
        y = differenceIm - turnedIm;
        outRe[at + 3 * quarter] = x * cos[3 * step]! - y * sin[3 * step]!;
        outIm[at + 3 * quarter] = x * sin[3 * step]! + y * cos[3 * step]!;
      }
    }
  }

  private byFactor([re, im]: Pair, [outRe, outIm]: Pair, factor: number, inner: number, outer: number): void {
    const { re: cos, im: sin } = this.roots;
    const [termRe, termIm] = this.terms;
    const part = inner * outer;
    // A root of unity of the factor is one of the length, so many apart.
    const apart = this.length / factor;
    for (let k = 0; k < outer; k++) {
      for (let i = 0; i < inner; i++) {
        for (let m = 0; m < factor; m++) {
          const at = i + inner * (m + factor * k);
          termRe[m] = re[at]!;
          termIm[m] = im[at]!;
        }
        for (let j = 0; j < factor; j++) {
          let x = termRe[0]!;
          let y = termIm[0]!;
          let turn = 0;
          for (let m = 1; m < factor; m++) {
            turn += j;
            if (turn >= factor) turn -= factor;
            const c = cos[turn * apart]!;
            const s = sin[turn * apart]!;
            x += termRe[m]! * c - termIm[m]! * s;
            y += termRe[m]! * s + termIm[m]! * c;
          }
          const at = i + inner * k + part * j;
          const c = cos[j * i * outer]!;
          const s = sin[j * i * outer]!;
          outRe[at] = x * c - y * s;
          outIm[at] = x * s + y * c;
        }
      }
    }
  }
}

/** Bluestein: with jk = (j^2 + k^2 - (j - k)^2) / 2 a transform is a convolution, done at a power of two. */
class ChirpPlan implements FourierPlan {
  private readonly length: number;
  /** exp(-i pi k^2 / n) */
  private readonly chirp: Pair;
  /** The transform of its conjugate, laid out in a circle, over the length of the circle. */
  private readonly kernel: Pair;
  private readonly work: Pair;
  private readonly plan: FourierPlan;

  constructor(length: number) {
    this.length = length;
    let circle = 1;
    while (circle < 2 * length - 1) circle *= 2;
    const row = (): Pair => [new Float64Array(circle), new Float64Array(circle)];
    const roots = rootsOf(2 * length, 2 * length);
    this.chirp = [new Float64Array(length), new Float64Array(length)];
    this.kernel = row();
    this.work = row();
    this.plan = new FactorPlan(circle, factorsOf(circle));
    for (let k = 0, square = 0; k < length; k++) {
      const [c, s] = [roots.re[square]!, roots.im[square]!];
      this.chirp[0][k] = c;
      this.chirp[1][k] = s;
      for (const at of [k, (circle - k) % circle]) {
        this.kernel[0][at] = c / circle;
        this.kernel[1][at] = -s / circle;
      }
      square = (square + 2 * k + 1) % (2 * length);
    }
    this.plan.transform(...this.kernel);
  }

  transform(re: Float64Array, im: Float64Array): void {
    const { length } = this;
    const [cos, sin] = this.chirp;
    const [kernelRe, kernelIm] = this.kernel;
    const [workRe, workIm] = this.work;
    workRe.fill(0, length);
    workIm.fill(0, length);
    for (let k = 0; k < length; k++) {
      workRe[k] = re[k]! * cos[k]! - im[k]! * sin[k]!;
      workIm[k] = re[k]! * sin[k]! + im[k]! * cos[k]!;
    }
    this.plan.transform(workRe, workIm);
    for (let k = 0; k < workRe.length; k++) {
      const x = workRe[k]!;
      const y = workIm[k]!;
      workRe[k] = x * kernelRe[k]! - y * kernelIm[k]!;
      workIm[k] = x * kernelIm[k]! + y * kernelRe[k]!;
    }
    this.plan.transform(workIm, workRe);
    for (let k = 0; k < length; k++) {
      re[k] = workRe[k]! * cos[k]! - workIm[k]! * sin[k]!;
      im[k] = workRe[k]! * sin[k]! + workIm[k]! * cos[k]!;
    }
  }
}
