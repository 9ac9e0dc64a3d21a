// Python's number types where JavaScript has one. A JavaScript number that is whole is read as a Python int, any other
// as a Python float; `float(2)` says that a whole one is meant as a float.

/**
 * A Python float: wherever a scalar is taken (an operand, an element of a nested list, a parameter) it counts as a
 * float even when it is whole, so that `np.array([float(2)])` is float64 and `x.add(float(2))` promotes as `x + 2.0`.
 */
export class PyFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** The number, so that JavaScript's arithmetic and `Number(...)` see it. */
  valueOf(): number {
    return this.value;
  }

  /** The number as JavaScript writes it. */
  toString(): string {
    return String(this.value);
  }
}

/** Python's `float(value)`: a number that promotes as a float even when it is whole. */
export function float(value: number): PyFloat {
  return new PyFloat(value);
}
