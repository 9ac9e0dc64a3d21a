// Small matrix products as dot products where the operands lie: what every layer of a small network runs.

/** A product by dot products: sizes, then each matrix's memory, beginning, and steps along rows and columns. */
export type Dots<Values> = (
  m: number,
  n: number,
  k: number,
  a: Values,
  aStart: number,
  aRow: number,
  aColumn: number,
  b: Values,
  bStart: number,
  bRow: number,
  bColumn: number,
  out: Values,
  outStart: number,
  outRow: number,
  outColumn: number,
  bias: Values | undefined,
  biasStart: number,
  biasStep: number,
) => void;

// The same loop twice, so that each stays with one kind of memory access.
export const dots32: Dots<Float32Array> = (
  m,
  n,
  k,
  av,
  a,
  ar,
  ac,
  bv,
  b,
  br,
  bc,
  out,
  o,
  or,
  oc,
  cv,
  c,
  cs,
) => {
  let row = a;
  let line = o;
  for (let i = 0; i < m; i++) {
    let to = line;
    let column = b;
    let from = c;
    let j = 0;
    if (k === 1) {
      const left = av[row]!;
      for (; j < n; j++) {
        out[to] = (cv === undefined ? 0 : cv[from]!) + left * bv[column]!;
        to += oc;
        column += bc;
        from += cs;
      }
    }
    // Two sums side by side: a processor adds to one while it waits for the other.
    for (; j + 1 < n; j += 2) {
      let first = cv === undefined ? 0 : cv[from]!;
      let second = cv === undefined ? 0 : cv[from + cs]!;
      let p = row;
      let q = column;
      let r = column + bc;
      for (let x = 0; x < k; x++) {
        const left = av[p]!;
        first += left * bv[q]!;
        second += left * bv[r]!;
        p += ac;
        q += br;
        r += br;
      }
      out[to] = first;
      out[to + oc] = second;
      to += 2 * oc;
      column += 2 * bc;
      from += 2 * cs;
    }
    if (j < n) {
      let sum = cv === undefined ? 0 : cv[from]!;
      let p = row;
      let q = column;
      for (let x = 0; x < k; x++) {
        sum += av[p]! * bv[q]!;
        p += ac;
        q += br;
      }
      out[to] = sum;
    }
    row += ar;
    line += or;
  }
};

export const dots64: Dots<Float64Array> = (
  m,
  n,
  k,
  av,
  a,
  ar,
  ac,
  bv,
  b,
  br,
  bc,
  out,
  o,
  or,
  oc,
  cv,
  c,
  cs,
) => {
  let row = a;
  let line = o;
  for (let i = 0; i < m; i++) {
    let to = line;
    let column = b;
    let from = c;
    let j = 0;
    if (k === 1) {
      const left = av[row]!;
      for (; j < n; j++) {
        out[to] = (cv === undefined ? 0 : cv[from]!) + left * bv[column]!;
        to += oc;
        column += bc;
        from += cs;
      }
    }
    // Two sums side by side: a processor adds to one while it waits for the other.
    for (; j + 1 < n; j += 2) {
      let first = cv === undefined ? 0 : cv[from]!;
      let second = cv === undefined ? 0 : cv[from + cs]!;
      let p = row;
      let q = column;
      let r = column + bc;
      for (let x = 0; x < k; x++) {
        const left = av[p]!;
        first += left * bv[q]!;
        second += left * bv[r]!;
        p += ac;
        q += br;
        r += br;
      }
      out[to] = first;
      out[to + oc] = second;
      to += 2 * oc;
      column += 2 * bc;
      from += 2 * cs;
    }
    if (j < n) {
      let sum = cv === undefined ? 0 : cv[from]!;
      let p = row;
      let q = column;
      for (let x = 0; x < k; x++) {
        sum += av[p]! * bv[q]!;
        p += ac;
        q += br;
      }
      out[to] = sum;
    }
    row += ar;
    line += or;
  }
};
