// The native device: ONNX Runtime on our own memory. The package onnxruntime-node is among what the tests are installed with.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { float32, int64 } from "../../src/core/dtype.ts";
import { getDevice, setDevice } from "../../src/devices/index.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { NativeDevice } from "../../src/native/device.ts";
import { releaseNative, useNative } from "../../src/native/index.ts";
import { Runtime } from "../../src/native/runtime.ts";
import { GraphBuilder } from "../../src/onnx/graph.ts";
import * as torch from "../../src/torch/index.ts";

/** The largest difference of two tensors, as a part of the largest element. */
function apart(a: torch.Tensor, b: torch.Tensor): number {
  const largest = Number(b.abs().max().item());
  return Number(a.sub(b).abs().max().item()) / largest;
}

/** What a function gives with and without the native device. */
function both(run: () => torch.Tensor): { native: torch.Tensor; plain: torch.Tensor } {
  const plain = run();
  useNative();
  try {
    return { native: run(), plain };
  } finally {
    releaseNative();
  }
}

test("large operations run in ONNX Runtime: products of all forms, convolutions, softmax", () => {
  torch.manualSeed(1);
  const [a, b] = [torch.randn([300, 200]), torch.randn([200, 300])];
  const image = torch.randn([2, 8, 40, 30]);
  const weight = torch.randn([12, 8, 3, 3]);
  const works: readonly (() => torch.Tensor)[] = [
    () => a.matmul(b),
    () => b.T.matmul(a.T),
    () => a.matmul(a.T),
    () => torch.nn.functional.conv2d(image, weight, { padding: 1, stride: 2 }),
    () => torch.nn.functional.conv2d(image.permute(0, 1, 3, 2), weight),
    () => torch.softmax(a.T, { dim: 0 }),
    () => a.sum(1),
    () => a.at("::2").exp(),
  ];
  for (const [i, work] of works.entries()) {
    const { native, plain } = both(work);
    assert.deepEqual(native.shape, plain.shape);
    assert.ok(apart(native, plain) < 1e-5, `work ${i}`);
  }
});

test("gradients and an optimizer's steps are those of the other devices", () => {
  const train = (): torch.Tensor => {
    torch.manualSeed(2);
    const net = new torch.nn.Sequential(
      new torch.nn.Conv2d(3, 8, 3, { padding: 1 }),
      new torch.nn.ReLU(),
      new torch.nn.Flatten(),
      new torch.nn.Linear(8 * 16 * 16, 10),
    );
    const optimizer = new torch.optim.Adam(net.parameters(), { lr: 1e-3 });
    const [x, y] = [torch.randn([32, 3, 16, 16]), torch.randint(0, 10, [32])];
    for (let step = 0; step < 5; step++) {
      optimizer.zeroGrad();
      torch.nn.functional.crossEntropy(net.call(x) as torch.Tensor, y).backward();
      optimizer.step();
    }
    return torch.cat([...net.parameters()].map((parameter) => parameter.detach().flatten()));
  };
  const { native, plain } = both(train);
  assert.ok(apart(native, plain) < 1e-4, String(apart(native, plain)));
});

test("what it was before is in use again afterwards, and every object is released", () => {
  const before = getDevice();
  const device = useNative();
  const x = torch.randn([256, 256]);
  x.matmul(x);
  x.T.add(x);
  assert.deepEqual({ ...device.runtime.live }, { sessions: 2, tensors: 0, bindings: 0 });
  releaseNative();
  assert.equal(getDevice(), before);
  assert.deepEqual({ ...device.runtime.live }, { sessions: 0, tensors: 0, bindings: 0 });
});

test("element types that ONNX Runtime has no kernel for run as before", () => {
  const device = new NativeDevice(reference, new Runtime(1), { least: 0 });
  const before = setDevice(device);
  try {
    const x = torch.arange(64).reshape([1, 1, 8, 8]);
    const largest = torch.nn.functional.maxPool2d(x, 4) as torch.Tensor;
    assert.deepEqual(largest.tolist(), [
      [
        [
          [27, 31],
          [59, 63],
        ],
      ],
    ]);
    assert.match([...device.sessions.refused.keys()].join(), /^maxPool /);
  } finally {
    setDevice(before);
    device.release();
    device.runtime.release();
  }
});

test("small operations, and complex numbers element by element, run as before", () => {
  const device = useNative();
  try {
    torch.ones([4, 4]).matmul(torch.ones([4, 4]));
    assert.equal(device.runtime.live.sessions, 0);
    const x = torch.ones([300, 300]);
    const z = torch.complex(x, x);
    const live = device.runtime.live.sessions;
    assert.deepEqual(z.mul(z).at(5, 5).item(), { re: 0, im: 2 });
    assert.equal(device.runtime.live.sessions, live, "loops over pairs are as fast");
  } finally {
    releaseNative();
  }
});

test("what does not pay stays where it was: by operation, element type and strides", () => {
  const device = useNative();
  const sessions = (run: () => unknown): number => {
    const before = device.runtime.live.sessions;
    run();
    return device.runtime.live.sessions - before;
  };
  try {
    const [x, y] = [torch.rand([512, 512]), torch.rand([512, 512])];
    const double = x.to(torch.float64);
    const [small, column] = [torch.rand([64, 64]), torch.rand([64, 1])];
    // Copies are memory's time everywhere, and so is a sum down the columns.
    assert.equal(
      sessions(() => x.T.contiguous()),
      0,
    );
    assert.equal(
      sessions(() => x.clone()),
      0,
    );
    assert.equal(
      sessions(() => x.sum(0)),
      0,
    );
    assert.equal(
      sessions(() => x.sum(1)),
      1,
    );
    // Strides are taken as they are here, and would be copied there; a product is worth that.
    assert.equal(
      sessions(() => x.at("...", "::2").add(y.at("...", "::2"))),
      0,
    );
    assert.equal(
      sessions(() => x.at("...", "::2").matmul(y.at("::2"))),
      1,
    );
    assert.equal(
      sessions(() => x.T.add(y)),
      1,
    );
    // Where there are no kernels of WebAssembly it pays earlier.
    assert.equal(
      sessions(() => small.floor()),
      1,
    );
    assert.equal(
      sessions(() => small.add(column)),
      0,
    );
    assert.equal(
      sessions(() => small.matmul(small.at("...", ":16"))),
      0,
    );
    assert.equal(
      sessions(() => double.at(":64", ":64").matmul(double.at(":64", ":64"))),
      1,
    );
  } finally {
    releaseNative();
  }
});

test("attributes that JSON writes alike have sessions of their own", () => {
  const device = new NativeDevice(reference, new Runtime(1), { least: 0 });
  const [a, b] = [torch.ones([2]), torch.ones([2])];
  const scaled = (scale: number): unknown => {
    const out = torch.zeros([2]);
    (device.kernels.addScaled as (...parameters: unknown[]) => void)([a, b], [out], { scale });
    return out.at(0).item();
  };
  try {
    const scales = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 2];
    assert.deepEqual(scales.map(scaled), [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 3]);
  } finally {
    device.release();
    device.runtime.release();
  }
});

test("of ever new attributes and shapes so many sessions are kept as are used: the others are released", () => {
  const runtime = new Runtime(1);
  const device = new NativeDevice(reference, runtime, { least: 0, mostSessions: 8 });
  let made = 0;
  const session = runtime.session.bind(runtime);
  runtime.session = (...parameters) => {
    made++;
    return session(...parameters);
  };
  const call = (
    name: string,
    inputs: readonly torch.Tensor[],
    out: torch.Tensor,
    attributes: unknown,
  ): void => (device.kernels[name] as (...parameters: unknown[]) => void)(inputs, [out], attributes);
  const [a, b, out] = [torch.ones([2]), torch.ones([2]), torch.zeros([2])];
  const scaled = (scale: number): number => {
    call("addScaled", [a, b], out, { scale });
    return Number(out.at(0).item());
  };
  /** A gradient of a convolution's weight: its session is for one shape. */
  const gradient = (length: number): number => {
    const [g, x] = [torch.ones([1, 1, length]), torch.ones([1, 1, length + 2])];
    const weight = torch.zeros([1, 1, 3]);
    const attributes = { stride: [1], padding: [[0, 0]], dilation: [1], groups: 1, shape: [1, 1, 3] };
    call("convWeightGrad", [g, x], weight, attributes);
    return Number(weight.at(0, 0, 0).item());
  };
  try {
    for (let i = 1; i <= 30; i++) {
      assert.equal(scaled(i), i + 1);
      assert.equal(gradient(i), i);
      assert.equal(scaled(0.5), 1.5);
      assert.ok(runtime.live.sessions <= 8, `${runtime.live.sessions} sessions`);
    }
    // What is used all the time stays: 30 of each, and one.
    assert.equal(made, 61);
    assert.equal(scaled(1), 2);
    assert.equal(made, 62);
    assert.ok(device.sessions.refused.size === 0);
  } finally {
    device.release();
    assert.deepEqual({ ...runtime.live }, { sessions: 0, tensors: 0, bindings: 0 });
    runtime.release();
  }
});

test("100,000 calls leave memory as it is", () => {
  const device = new NativeDevice(reference, new Runtime(1), { least: 0 });
  const operand = torch.ones([64, 64]);
  const out = torch.zeros([64, 64]);
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      (device.kernels.matmul as (...parameters: unknown[]) => void)([operand, operand], [out], undefined);
    }
  };
  try {
    run(20_000);
    globalThis.gc?.();
    const start = process.memoryUsage().rss;
    run(100_000);
    globalThis.gc?.();
    const grown = process.memoryUsage().rss - start;
    assert.ok(grown < 24 * 2 ** 20, `${grown >> 20} MiB more after 100,000 calls`);
    assert.equal(device.runtime.live.tensors, 0);
  } finally {
    device.release();
    device.runtime.release();
  }
});

test("a graph that the library does not take is refused in its own words", () => {
  const runtime = new Runtime(1);
  try {
    const graph = new GraphBuilder();
    const x = graph.input("x", float32, [2, "n"]);
    graph.output("y", graph.node("NoSuchOperator", [x], x));
    assert.throws(
      () => runtime.session(graph.model("wrong")),
      /RuntimeError: ONNX Runtime: .*NoSuchOperator/s,
    );
    const other = new GraphBuilder();
    const [a, b] = [other.input("a", float32, [2]), other.input("b", int64, [2])];
    other.output("y", other.node("Add", [a, b], a));
    assert.throws(() => runtime.session(other.model("wrong")), /ONNX Runtime: /);
    assert.deepEqual({ ...runtime.live }, { sessions: 0, tensors: 0, bindings: 0 });
    assert.throws(() => graph.input("x", float32, []), /two values of a graph have the name x/);
  } finally {
    runtime.release();
  }
});

/** What a program prints, and how it ends. */
function ran(program: string, ...options: readonly string[]): readonly [string, number | null] {
  const { stdout, status } = spawnSync(
    process.execPath,
    [...options, "--import", "tsx", "--input-type=module", "-e", program],
    { encoding: "utf8", timeout: 60_000 },
  );
  return [stdout, status];
}

test("the library stays open when what is not used any more is collected", () => {
  const program = `
    import { Runtime } from ${JSON.stringify(new URL("../../src/native/runtime.ts", import.meta.url).href)};
    const runtime = new Runtime(1);
    for (let i = 0; i < 5; i++) {
      globalThis.gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    try {
      runtime.session(new Uint8Array(8));
    } catch {
      console.log("refused");
    }`;
  assert.deepEqual(ran(program, "--expose-gc"), ["refused\n", 0]);
});

test("a program that used it ends by itself", () => {
  const program = `
    import * as torch from ${JSON.stringify(new URL("../../src/torch/index.ts", import.meta.url).href)};
    import { useNative } from ${JSON.stringify(new URL("../../src/native/index.ts", import.meta.url).href)};
    useNative({ threads: 2 });
    console.log(torch.ones([300, 300]).matmul(torch.ones([300, 300])).at(0, 0).item());`;
  assert.deepEqual(ran(program), ["300\n", 0]);
});
