// Discrete Fourier transforms against their definition, at every kind of length, over layouts, and their gradients
// against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complex64, complex128, float32 } from "../../src/core/dtype.ts";
import { elements, toComplex } from "../../src/core/elements.ts";
import { multiply } from "../../src/ops/binary.ts";
import { fourier, hermitianFourier } from "../../src/ops/fourier.ts";
import { viewAsComplex, viewAsReal } from "../../src/ops/views.ts";
import {
  checkGradients,
  gradients,
  noisy,
  numbers,
  run,
  type Value,
  value,
  weighted,
} from "../support/gradient.ts";
import { checkLayouts } from "../support/layouts.ts";

type Pair = { readonly re: number; readonly im: number };

const product = (a: Value, b: Value): Value => run(multiply, [a, b]);
const pairs = (operand: Value): Pair[] => elements(operand).map(toComplex);

function complex(count: number, seed = 1): Pair[] {
  const [re, im] = [numbers(noisy([count], seed)), numbers(noisy([count], seed + 1))];
  return re.map((each, i) => ({ re: each, im: im[i]! }));
}

/** The sum that defines a transform. */
function defined(x: readonly Pair[], inverse: boolean): Pair[] {
  const n = x.length;
  return x.map((_, k) => {
    let [re, im] = [0, 0];
    x.forEach((each, j) => {
      const angle = ((inverse ? 2 : -2) * Math.PI * ((j * k) % n)) / n;
      re += each.re * Math.cos(angle) - each.im * Math.sin(angle);
      im += each.re * Math.sin(angle) + each.im * Math.cos(angle);
    });
    return { re, im };
  });
}

function assertNear(got: readonly Pair[], want: readonly Pair[], what: string): void {
  const size = Math.max(...want.map(({ re, im }) => Math.hypot(re, im)), 1);
  got.forEach((each, i) => {
    const error = Math.hypot(each.re - want[i]!.re, each.im - want[i]!.im) / size;
    assert.ok(error < 1e-13, `${what}, ${i}: off by ${error}`);
  });
}

test("lengths of every kind, forward and back", () => {
  const lengths = [
    ...Array.from({ length: 40 }, (_, i) => i + 1),
    64,
    74,
    97,
    120,
    127,
    243,
    256,
    343,
    360,
    1009,
  ];
  for (const n of lengths) {
    const x = complex(n);
    for (const inverse of [false, true]) {
      const got = run(fourier, [value(x, [n], complex128)], { axes: [0], inverse, scale: 0.5 });
      const want = defined(x, inverse).map(({ re, im }) => ({ re: re / 2, im: im / 2 }));
      assertNear(pairs(got), want, `${n}, ${inverse ? "inverse" : "forward"}`);
    }
  }
});

test("real numbers: half of the frequencies, and back from them", () => {
  for (const n of [1, 2, 3, 4, 5, 12, 37, 41, 64]) {
    const x = noisy([n]);
    const half = run(fourier, [x], { axes: [0], inverse: false, scale: 1, half: true });
    const all = defined(
      numbers(x).map((re) => ({ re, im: 0 })),
      false,
    );
    assert.deepEqual(half.layout.shape, [Math.floor(n / 2) + 1]);
    assertNear(pairs(half), all.slice(0, half.layout.size), `${n}`);
    const back = run(hermitianFourier, [half], { axes: [0], length: n, scale: 1 / n });
    assertNear(
      pairs(back),
      numbers(x).map((re) => ({ re, im: 0 })),
      `back, ${n}`,
    );
  }
});

test("several axes are one after the other", () => {
  const x = value(complex(24), [2, 3, 4], complex128);
  const settings = { inverse: false, scale: 1 };
  const both = run(fourier, [x], { axes: [2, 0], ...settings });
  const first = run(fourier, [x], { axes: [0], ...settings });
  assertNear(pairs(both), pairs(run(fourier, [first], { axes: [2], ...settings })), "two axes");
  assert.equal(run(fourier, [value([], [0, 3], complex64)], { axes: [1], ...settings }).layout.size, 0);
});

test("every layout gives one result", () => {
  const settings = { inverse: false, scale: 0.25 };
  for (const dtype of [complex64, complex128, float32]) {
    const x = value(dtype.isComplex ? complex(30) : numbers(noisy([30])), [2, 3, 5], dtype);
    for (const axes of [[0], [1], [2], [2, 0], [0, 1, 2]]) {
      checkLayouts(fourier, [x], { axes, ...settings });
      checkLayouts(fourier, [x], { axes, ...settings, half: true });
      if (dtype.isComplex)
        checkLayouts(hermitianFourier, [x], {
          axes,
          length: 2 * x.layout.shape[axes.at(-1)!]! - 1,
          scale: 2,
        });
    }
  }
});

test("gradients, and gradients of gradients", () => {
  const settings = { inverse: false, scale: 0.5 };
  const paths: readonly ((x: Value) => Value)[] = [
    (x) => run(viewAsReal, [run(fourier, [x], { axes: [1], ...settings })]),
    (x) => run(viewAsReal, [run(fourier, [x], { axes: [0, 1], ...settings, half: true })]),
    (x) => {
      const input = run(viewAsComplex, [x]);
      return run(viewAsReal, [run(fourier, [input], { axes: [0], ...settings, inverse: true })]);
    },
    (x) => run(hermitianFourier, [run(viewAsComplex, [x])], { axes: [0], length: 4, scale: 0.5 }),
    (x) => run(hermitianFourier, [run(viewAsComplex, [x])], { axes: [0], length: 5, scale: 0.5 }),
  ];
  for (const path of paths) {
    const once = (x: Value): Value => {
      const y = path(x);
      return weighted(product(y, y), product);
    };
    const sources = [noisy([3, 2])];
    checkGradients(([x]) => once(x!), sources);
    checkGradients(([x]) => weighted(product(gradients(once(x!), [x!])[0]!, x!), product), sources);
  }
});
