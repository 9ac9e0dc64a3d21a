// Polynomials of degree 2 with whole coefficients, found from their values at a few points.

/** The coefficient of each product of variables: by the variables' numbers, "" for the constant one, "0" and "0,1" and "0,0". */
export type Polynomial = ReadonlyMap<string, number>;

/** All products of at most two of so many variables. */
function monomials(count: number): (readonly number[])[] {
  const variables = Array.from({ length: count }, (_, i) => i);
  const pairs = variables.flatMap((i) => variables.slice(i).map((j) => [i, j]));
  return [[], ...variables.map((i) => [i]), ...pairs];
}

/** Points from a base on that tell polynomials of degree 2 apart, and two more that prove one right. */
export function pointsOf(base: readonly number[]): number[][] {
  const steps = monomials(base.length).map((product) =>
    base.map((start, i) => start + product.filter((each) => each === i).length),
  );
  return [...steps, base.map((start, i) => start + 3 + 2 * i), base.map((start, i) => start + 5 - i)];
}

const valueAt = (product: readonly number[], point: readonly number[]): number =>
  product.reduce((all, i) => all * point[i]!, 1);

/** Solves a system of equations with one solution. */
function solved(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const table = rows.map((row, i) => [...row, values[i]!]);
  const size = table.length;
  for (let column = 0; column < size; column++) {
    let best = column;
    for (let i = column + 1; i < size; i++) {
      if (Math.abs(table[i]![column]!) > Math.abs(table[best]![column]!)) best = i;
    }
    [table[column], table[best]] = [table[best]!, table[column]!];
    const head = table[column]!;
    for (let i = 0; i < size; i++) {
      if (i === column) continue;
      const factor = table[i]![column]! / head[column]!;
      if (factor !== 0) for (let k = column; k <= size; k++) table[i]![k]! -= factor * head[k]!;
    }
  }
  return table.map((row, i) => row[size]! / row[i]!);
}

/**
 * The polynomial that has these values at these points; undefined where none of degree 2 with whole coefficients has.
 * @param points those of `pointsOf`
 */
export function polynomialOf(
  values: readonly number[],
  points: readonly (readonly number[])[],
): Polynomial | undefined {
  const products = monomials(points[0]!.length);
  const rows = products.map((_, row) => products.map((product) => valueAt(product, points[row]!)));
  const coefficients = solved(rows, values.slice(0, products.length)).map((each) => Math.round(each));
  const found = new Map<string, number>();
  products.forEach((product, i) => {
    if (coefficients[i] !== 0) found.set(product.join(), coefficients[i]!);
  });
  const isRight = points.every((point, i) => {
    const value = products.reduce((sum, product, k) => sum + coefficients[k]! * valueAt(product, point), 0);
    return value === values[i];
  });
  return isRight ? found : undefined;
}

/** A polynomial as text: `2*batch + 1`. */
export function textOf(polynomial: Polynomial, names: readonly string[]): string {
  const terms = [...polynomial].reverse().map(([key, coefficient]) => {
    const product = key === "" ? [] : key.split(",").map((each) => names[Number(each)]!);
    const factors = coefficient === 1 && product.length > 0 ? product : [String(coefficient), ...product];
    return factors.join("*");
  });
  return terms.length === 0 ? "0" : terms.join(" + ").replaceAll("+ -", "- ");
}
