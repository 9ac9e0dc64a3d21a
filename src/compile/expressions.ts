// Lengths that are known when a graph runs: sums of products of the dynamic lengths, found from how they come out for several
// sizes. With one size more each is checked.

import type { Length } from "../onnx/graph.ts";

/** A sum of products: the factor of each set of dynamic lengths, by the set's bits. */
export type Expression = readonly number[];

/** What lengths depend on: the dynamic lengths' names, and the sizes that were tried. */
export interface Sizes {
  readonly names: readonly string[];
  /** For each length the two sizes that all combinations of were tried. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Sizes of one trial more. */
  readonly check: readonly number[];
}

/** The sizes of all trials: the combinations by their bits, then the check. */
export function trialsOf({ pairs, check }: Sizes): number[][] {
  const combinations = Array.from({ length: 2 ** pairs.length }, (_, bits) =>
    pairs.map((pair, i) => pair[(bits >> i) & 1]!),
  );
  return [...combinations, [...check]];
}

/** The value of an expression. */
export function evaluate(expression: Expression, sizes: readonly number[]): number {
  let sum = 0;
  expression.forEach((factor, bits) => {
    if (factor === 0) return;
    let term = factor;
    for (let i = 0; i < sizes.length; i++) if ((bits >> i) & 1) term *= sizes[i]!;
    sum += term;
  });
  return sum;
}

/**
 * The expression that gives these numbers in the trials; undefined where there is none with whole factors.
 * @param numbers one for each trial
 */
export function expressionOf(numbers: readonly number[], sizes: Sizes): Expression | undefined {
  const factors = numbers.slice(0, -1);
  sizes.pairs.forEach(([low, high], i) => {
    for (let bits = 0; bits < factors.length; bits++) {
      if ((bits >> i) & 1) continue;
      const other = bits | (1 << i);
      const slope = (factors[other]! - factors[bits]!) / (high - low);
      factors[bits] = factors[bits]! - slope * low;
      factors[other] = slope;
    }
  });
  if (!factors.every(Number.isInteger)) return undefined;
  return evaluate(factors, sizes.check) === numbers.at(-1) ? factors : undefined;
}

/** An expression as a text: "2*batch*tokens + 1". */
export function expressionText(expression: Expression, names: readonly string[]): string {
  const terms = expression.flatMap((factor, bits) => {
    if (factor === 0) return [];
    const product = names.filter((_, i) => (bits >> i) & 1);
    if (factor !== 1 || product.length === 0) product.unshift(String(factor));
    return [product.join("*")];
  });
  return terms.length === 0 ? "0" : terms.reverse().join(" + ");
}

/** Lengths by their texts. */
export class Lengths {
  readonly sizes: Sizes;
  private readonly known: Map<string, Expression> = new Map();
  private unknown = 0;

  constructor(sizes: Sizes) {
    this.sizes = sizes;
  }

  /**
   * The length that came out as these numbers in the trials: a number where they are all the same, else the text of what it
   * is; one that is no expression has a name that nothing is known of.
   */
  of(numbers: readonly number[]): Length {
    if (numbers.every((number) => number === numbers[0])) return numbers[0]!;
    const expression = expressionOf(numbers, this.sizes);
    if (expression === undefined) return `length_${this.unknown++}`;
    const text = expressionText(expression, this.sizes.names);
    this.known.set(text, expression);
    return text;
  }

  /** What a length is; undefined for a name that nothing is known of. */
  expression(length: string): Expression | undefined {
    return this.known.get(length);
  }

  /** The length for sizes; undefined where it is not known. */
  evaluate(length: Length, sizes: readonly number[]): number | undefined {
    if (typeof length === "number") return length;
    const expression = this.known.get(length);
    return expression === undefined ? undefined : evaluate(expression, sizes);
  }
}
