// finfo and iinfo of both faces. Expected values are NumPy 2.4's and PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/limits.ts";
import * as torch from "../../src/torch/limits.ts";

test("numpy.finfo", () => {
  const half = np.finfo("float16");
  assert.equal(half.repr(), "finfo(resolution=0.001, min=-6.55040e+04, max=6.55040e+04, dtype=float16)");
  assert.match(String(half), /\nnegep = {2}-11 {3}epsneg = {5}0\.0004883\n/);
  assert.match(String(half), /\nsmallest_normal = 6\.104e-05 {3}smallest_subnormal = 6e-08\n-+\n$/);
  const single = np.finfo("complex64");
  assert.equal(single.dtype.name, "float32");
  assert.equal(single.bits, 32);
  assert.equal(single.max, 3.4028234663852886e38);
  assert.equal(single.eps, 2 ** -23);
  assert.equal(np.finfo("float64").max, Number.MAX_VALUE);
  assert.equal(np.finfo("float64").smallestSubnormal, Number.MIN_VALUE);
  assert.throws(() => np.finfo("int64"), { name: "ValueError" });
});

test("numpy.iinfo", () => {
  assert.equal(np.iinfo("uint64").repr(), "iinfo(min=0, max=18446744073709551615, dtype=uint64)");
  assert.equal(np.iinfo("int8").max, 127);
  assert.equal(np.iinfo("int64").min, -(2n ** 63n));
  assert.throws(() => np.iinfo("float32"), { name: "ValueError" });
});

test("torch.finfo", () => {
  assert.equal(
    torch.finfo("bfloat16").repr(),
    "finfo(resolution=0.01, min=-3.38953e+38, max=3.38953e+38, eps=0.0078125, smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=bfloat16)",
  );
  const limits: [string, number, number, number][] = [
    ["float8_e4m3fn", 448, 0.125, 2 ** -6],
    ["float8_e5m2", 57344, 0.25, 2 ** -14],
    ["float8_e4m3fnuz", 240, 0.125, 2 ** -7],
    ["float8_e5m2fnuz", 57344, 0.125, 2 ** -15],
    ["float16", 65504, 2 ** -10, 2 ** -14],
  ];
  for (const [name, max, eps, tiny] of limits) {
    const info = torch.finfo(name);
    assert.deepEqual([info.max, info.min, info.eps, info.tiny], [max, -max, eps, tiny], name);
  }
  assert.equal(torch.finfo().dtype, "float32");
  assert.throws(() => torch.finfo("int8"), { name: "TypeError" });
});

test("torch.iinfo", () => {
  assert.equal(torch.iinfo("int64").repr(), "iinfo(min=-9.22337e+18, max=9.22337e+18, dtype=int64)");
  assert.equal(torch.iinfo("uint8").max, 255);
  assert.throws(() => torch.iinfo("bool"), { name: "TypeError" });
});
