// PyTorch's text of tensors: number modes, wrapping, summaries, suffixes, options. Expected texts are PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bfloat16, float32, float64 } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import * as print from "../../src/torch/print.ts";
import { counting, operand } from "./arrays.ts";

const floats = (...values: number[]): string => print.tensorRepr(operand("float32", values));
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

test("whole, fixed and exponential numbers", () => {
  assert.equal(floats(1, -2), "tensor([ 1., -2.])");
  assert.equal(floats(1.5, -2.25), "tensor([ 1.5000, -2.2500])");
  assert.equal(floats(0.5, 1000), "tensor([5.0000e-01, 1.0000e+03])");
  assert.equal(floats(1, 1000), "tensor([   1., 1000.])");
  assert.equal(floats(1e10), "tensor([1.0000e+10])");
  assert.equal(floats(99999999), "tensor([100000000.])");
  assert.equal(floats(nan, 2), "tensor([nan, 2.])");
  assert.equal(floats(1, infinity, 0.5), "tensor([1.0000,    inf, 0.5000])");
  assert.equal(floats(-0, 0), "tensor([-0., 0.])");
});

test("integers, booleans, complex and small types", () => {
  assert.equal(
    print.tensorRepr(operand("int64", [2n ** 63n - 1n, -(2n ** 63n)])),
    "tensor([ 9223372036854775807, -9223372036854775808])",
  );
  assert.equal(print.tensorRepr(operand("uint8", [255])), "tensor([255], dtype=torch.uint8)");
  assert.equal(print.tensorRepr(operand("bool", [true, false])), "tensor([ True, False])");
  const values = [
    { re: 1, im: 2 },
    { re: 3.5, im: -4 },
  ];
  assert.equal(print.tensorRepr(operand("complex64", values)), "tensor([1.0000+2.j, 3.5000-4.j])");
  assert.equal(print.tensorRepr(operand("bfloat16", [1 / 3], [])), "tensor(0.3340, dtype=torch.bfloat16)");
  assert.equal(
    print.tensorRepr(operand("float8_e4m3fn", [1, 1])),
    "tensor([1., 1.], dtype=torch.float8_e4m3fn)",
  );
});

test("rows wrap and long axes are cut", () => {
  const text = print.printoptions({ linewidth: 20 }, () => print.tensorRepr(counting("int64", [7])));
  assert.equal(text, "tensor([0, 1, 2, 3,\n        4, 5, 6])");
  assert.equal(
    print.tensorRepr(counting("float32", [2, 2, 1])),
    "tensor([[[0.],\n         [1.]],\n\n        [[2.],\n         [3.]]])",
  );
  const storage = new Storage(new Float32Array([1]));
  const long = { storage, layout: new Layout(float32, [100_000_000], [0]) };
  assert.equal(print.tensorRepr(long), "tensor([1., 1., 1.,  ..., 1., 1., 1.])");
  assert.equal(
    print.printoptions({ threshold: 1, edgeitems: 0 }, () => print.tensorRepr(counting("int64", [2, 2]))),
    "tensor([...], size=(2, 2))",
  );
});

test("suffixes", () => {
  const ones = operand("float32", [1, 1]);
  assert.equal(print.tensorRepr(ones, { requiresGrad: true }), "tensor([1., 1.], requires_grad=True)");
  assert.equal(
    print.tensorRepr(ones, { requiresGrad: true, gradFn: "MulBackward0" }),
    "tensor([1., 1.], grad_fn=<MulBackward0>)",
  );
  assert.equal(
    print.tensorRepr(ones, { requiresGrad: true, parameter: true }),
    "Parameter containing:\ntensor([1., 1.], requires_grad=True)",
  );
  assert.equal(print.tensorRepr(operand("float32", [], [0, 3])), "tensor([], size=(0, 3))");
  assert.equal(print.tensorRepr(operand("int64", [])), "tensor([], dtype=torch.int64)");
  assert.equal(print.tensorRepr(ones, { defaultDtype: float64 }), "tensor([1., 1.], dtype=torch.float32)");
  assert.equal(print.tensorRepr(ones, { device: "webgpu:0" }), "tensor([1., 1.], device='webgpu:0')");
  const wide = operand(
    "float64",
    Array.from({ length: 9 }, () => 0.5),
  );
  assert.equal(
    print.tensorRepr(wide, { gradFn: "AddBackward0" }),
    `tensor([${"0.5000, ".repeat(8)}0.5000],\n       dtype=torch.float64, grad_fn=<AddBackward0>)`,
  );
});

test("options and profiles", () => {
  const values = operand("float32", [1.23456, 1000]);
  const repr = (changes: print.PrintOptionChanges): string =>
    print.printoptions(changes, () => print.tensorRepr(values));
  assert.equal(repr({ precision: 2 }), "tensor([   1.23, 1000.00])");
  assert.equal(repr({ sciMode: true, precision: 1 }), "tensor([1.2e+00, 1.0e+03])");
  assert.equal(repr({ profile: "short" }), "tensor([   1.23, 1000.00])");
  assert.equal(print.getPrintoptions().precision, 4);
  print.setPrintoptions(4, 1000, { sciMode: true });
  print.setPrintoptions({});
  assert.equal(print.getPrintoptions().sciMode, null);
});

test("element types and sizes", () => {
  assert.equal(print.dtypeRepr(bfloat16), "torch.bfloat16");
  assert.equal(print.sizeRepr([2, 3]), "torch.Size([2, 3])");
});
