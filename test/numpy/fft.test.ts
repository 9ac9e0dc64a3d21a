// numpy.fft against values that NumPy 2.4 gave.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as np from "../../src/numpy/index.ts";

type Item = number | readonly [re: number, im: number];

const x = np.array([1.5, -2, 0.25, 3, -1]);
const counted = (...shape: number[]): np.NDArray =>
  np
    .arange(shape.reduce((a, b) => a * b))
    .astype(np.float64)
    .reshape(shape);
const i = { re: 0, im: 1 };

/** Each call, the type and shape of what it gave, and its elements. */
const recorded: readonly (readonly [string, () => np.NDArray, string, readonly number[], readonly Item[]])[] =
  [
    [
      "fft",
      () => np.fft.fft(x),
      "complex128",
      [5],
      [
        1.75,
        [-2.0563562148434213, 2.5674659600994545],
        [4.931356214843421, -2.027620167519199],
        [4.931356214843421, 2.027620167519199],
        [-2.0563562148434213, -2.5674659600994545],
      ],
    ],
    [
      "ifft, cut and normalized",
      () => np.fft.ifft(x, { n: 4, norm: "ortho" }),
      "complex128",
      [4],
      [1.375, [0.625, -2.5], 0.375, [0.625, 2.5]],
    ],
    [
      "rfft of float32",
      () => np.fft.rfft(x.astype(np.float32)),
      "complex64",
      [3],
      [1.75, [-2.056356191635132, 2.5674660205841064], [4.931356430053711, -2.0276200771331787]],
    ],
    [
      "irfft",
      () => np.fft.irfft(x),
      "float64",
      [8],
      [0.375, -0.5713834764831843, 0, 1.1963834764831844, -0.125, 1.1963834764831844, 0, -0.5713834764831844],
    ],
    [
      "irfft, longer",
      () => np.fft.irfft(x, 7, -1, "forward"),
      "float64",
      [7],
      [
        4, -6.511032881827605, 5.680538113026449, 4.080494768801156, 4.080494768801156, 5.680538113026449,
        -6.511032881827605,
      ],
    ],
    [
      "hfft",
      () => np.fft.hfft(np.multiply(x.at(":3"), { re: 1, im: 0.5 })),
      "float64",
      [4],
      [-2.25, -0.75, 5.75, 3.25],
    ],
    [
      "ihfft",
      () => np.fft.ihfft(x),
      "complex128",
      [3],
      [0.35, [-0.4112712429686843, -0.513493192019891], [0.9862712429686843, 0.40552403350383986]],
    ],
    [
      "fftn",
      () => np.fft.fftn(counted(2, 3)),
      "complex128",
      [2, 3],
      [15, [-3, 1.7320508075688772], [-3, -1.7320508075688772], -9, 0, 0],
    ],
    [
      "rfft2 of integers",
      () => np.fft.rfft2(np.arange(6).reshape(3, 2)),
      "complex128",
      [3, 2],
      [15, -3, [-6, 3.4641016151377544], 0, [-6, -3.4641016151377544], 0],
    ],
    [
      "irfftn",
      () => np.fft.irfftn(np.multiply(counted(2, 3), np.subtract(1, i))),
      "float64",
      [2, 4],
      [2.5, 0.75, 0, -1.75, -1.5, -0.75, 0, 0.75],
    ],
    [
      "ifft2 of other lengths",
      () => np.fft.ifft2(counted(3, 2), [2, 3]),
      "complex128",
      [2, 3],
      [
        1,
        [0, 0.5773502691896257],
        [0, -0.5773502691896257],
        -0.6666666666666666,
        [-0.16666666666666666, -0.28867513459481287],
        [-0.16666666666666666, 0.28867513459481287],
      ],
    ],
    ["fftfreq", () => np.fft.fftfreq(5, 0.5), "float64", [5], [0, 0.4, 0.8, -0.8, -0.4]],
    ["rfftfreq", () => np.fft.rfftfreq(4), "float64", [3], [0, 0.25, 0.5]],
    ["fftshift", () => np.fft.fftshift(np.arange(5)), "int64", [5], [3, 4, 0, 1, 2]],
    [
      "ifftshift along an axis",
      () => np.fft.ifftshift(np.arange(6).reshape(2, 3), { axes: 1 }),
      "int64",
      [2, 3],
      [1, 2, 0, 4, 5, 3],
    ],
  ];

for (const [name, call, dtype, shape, values] of recorded) {
  test(name, () => {
    const got = call();
    assert.equal(got.dtype.name, dtype);
    assert.deepEqual(got.shape, shape);
    const items = got.ravel().tolist() as (number | { re: number; im: number })[];
    items.forEach((item, at) => {
      const { re, im } = typeof item === "number" ? { re: item, im: 0 } : item;
      const want = values[at]!;
      const [wantRe, wantIm] = typeof want === "number" ? [want, 0] : want;
      assert.ok(Math.hypot(re - wantRe, im - wantIm) < 1e-14 * 50, `${at}: ${re} ${im}, not ${String(want)}`);
    });
  });
}

test("types, and the order of memory", () => {
  const half = x.astype(np.float16);
  assert.equal(np.fft.fft(half).dtype, np.complex64);
  assert.equal(np.fft.irfft(half).dtype, np.float16);
  assert.equal(np.fft.fft(x.astype(np.int8)).dtype, np.complex128);
  const columns = np.fft.rfft(counted(2, 3).T, { n: 5 });
  assert.deepEqual(
    [columns.shape, columns.strides],
    [
      [3, 3],
      [16, 48],
    ],
  );
});

test("a given output", () => {
  const out = np.empty([5], { dtype: np.complex64 });
  assert.equal(np.fft.fft(x, { out }), out);
  assert.throws(() => np.fft.fft(x, { out: np.empty([4], { dtype: np.complex128 }) }), {
    name: "ValueError",
    message: "output array has wrong shape.",
  });
  assert.throws(() => np.fft.fft(x, { out: np.empty([5]) }), {
    message:
      "Cannot cast ufunc 'fft' output from dtype('complex128') to dtype('float64') with casting rule 'same_kind'",
  });
});

test("what does not fit is refused in NumPy's words", () => {
  const refusals: readonly (readonly [() => unknown, string, string])[] = [
    [() => np.fft.fft(x, 0), "ValueError", "Invalid number of FFT data points (0) specified."],
    [
      () => np.fft.fft(x, { norm: "bad" as never }),
      "ValueError",
      'Invalid norm value bad; should be "backward","ortho" or "forward".',
    ],
    [() => np.fft.fft(x, { axis: 3 }), "IndexError", "tuple index out of range"],
    [() => np.fft.fft(x, 3, 3), "AxisError", "axis 3 is out of bounds for array of dimension 1"],
    [() => np.fft.fft2(x), "IndexError", "index -2 is out of bounds for axis 0 with size 1"],
    [() => np.fft.fftn(counted(2, 3), [2], [0, 1]), "ValueError", "Shape and axes have different lengths."],
    [() => np.fft.rfftn(counted(2, 3), { axes: [] }), "IndexError", "list index out of range"],
    [() => np.fft.fftfreq(0), "ZeroDivisionError", "float division by zero"],
    [
      () => np.fft.rfft(np.fft.fft(x)),
      "TypeError",
      "ufunc 'rfft_n_odd' not supported for the input types, and the inputs could not be safely coerced to any " +
        "supported types according to the casting rule ''safe''",
    ],
  ];
  for (const [run, name, message] of refusals) assert.throws(run, { name, message });
  const { warnings } = collectWarnings(() => np.fft.fftn(counted(2, 3), [2]));
  assert.match(warnings[0]!.message, /^`axes` should not be `None` if `s` is not `None`/);
});
