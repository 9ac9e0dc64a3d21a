// Compiled modules and steps on onnxruntime-web: what they give is what they give uncompiled, in promises. Here its WebAssembly
// runs in Node; test/browser/compiled.test.ts runs both of its devices in a page.

import assert from "node:assert/strict";
import { test } from "node:test";
import type * as onnxruntime from "onnxruntime-web";
import { webEngine } from "../../src/compile/engines/web.ts";
import { compile, compileStep, type OnnxRuntimeWeb } from "../../src/compile/index.ts";
import { type DType, dtypes, type TypedArray } from "../../src/core/dtype.ts";
import { GraphBuilder } from "../../src/onnx/graph.ts";
import * as torch from "../../src/torch/index.ts";

const { nn, optim } = torch;

/** Types that are checked and never run: what the package exports is taken as it is. */
export const takesThePackage = (package_: typeof onnxruntime): OnnxRuntimeWeb => package_;

class Scaled extends nn.Module {
  readonly weight = new nn.Parameter(torch.randn(4, 3));
  override forward(
    x: torch.Tensor,
    { scale }: { scale: number },
  ): { y: torch.Tensor; parts: torch.Tensor[] } {
    const y = nn.functional.linear(x, this.weight).mul(scale);
    return { y, parts: [y.at(0), x.t()] };
  }
}

const net = (): torch.nn.Sequential => {
  torch.manualSeed(0);
  return new nn.Sequential(new nn.Conv2d(1, 4, 3), new nn.ReLU(), new nn.Flatten(), new nn.Linear(144, 5));
};

test("a module on wasm gives what it gives uncompiled", async () => {
  const model = net();
  const compiled = compile(model, { device: "wasm" });
  const inputs = [2, 3, 2].map((count) => torch.randn(count, 1, 8, 8));
  // Asked at once, they are answered one after another.
  const outputs: torch.Tensor[] = await Promise.all(inputs.map((x) => compiled(x)));
  for (const [i, y] of outputs.entries()) torch.testing.assertClose(y, model.call(inputs[i]!).detach());
  assert.deepEqual(compiled.counts, { graphs: 2, repacked: 0 });
  compiled.release();
});

test("weights that were changed are packed anew, unless they are read at each call", async () => {
  const model = net();
  const [packed, read] = [true, false].map((frozen) => compile(model, { device: "wasm", frozen }));
  const x = torch.randn(1, 1, 8, 8);
  const before = await packed!(x);
  torch.testing.assertClose(await read!(x), before);
  torch.noGrad(() => model.getParameter("3.bias").add_(1));
  torch.testing.assertClose(await packed!(x), before.add(1));
  torch.testing.assertClose(await read!(x), before.add(1));
  assert.deepEqual(
    [packed!.counts, read!.counts],
    [
      { graphs: 2, repacked: 1 },
      { graphs: 1, repacked: 0 },
    ],
  );
});

test("arguments may be views, and results records and views", async () => {
  torch.manualSeed(1);
  const model = new Scaled();
  const compiled = compile(model, { device: "wasm" });
  const x = torch.randn(3, 2).t();
  const found = await compiled(x, { scale: 3 });
  const expected = model.call(x, { scale: 3 });
  torch.testing.assertClose(found.y, expected.y.detach());
  for (const [i, part] of found.parts.entries()) {
    torch.testing.assertClose(part, expected.parts[i]!.detach());
  }
  assert.deepEqual(found.parts[0]!.shape, [4]);
});

/** Runs a graph that gives what it is given. */
async function through(dtype: DType, data: TypedArray): Promise<TypedArray> {
  const graph = new GraphBuilder();
  const shape = [data.length / dtype.lanes];
  const x = graph.input("x", dtype, shape);
  graph.output("y", x);
  const port = { dtype, shape };
  const engine = webEngine("wasm");
  const [inputs, outputs] = ["x", "y"].map((name) => [{ name, ...port }]);
  const model = graph.model("through");
  const ready = await engine.ready({
    model,
    inputs: inputs!,
    outputs: outputs!,
    constants: [],
    types: graph.types,
  });
  const result = new dtype.array(data.length);
  await ready.run([data], [result]);
  ready.release();
  return result;
}

test("elements of every type that ONNX Runtime has there come back as they are", async () => {
  for (const dtype of dtypes.filter(({ name }) => !/bfloat|float8/.test(name))) {
    const bytes = Uint8Array.from({ length: 3 * dtype.itemSize }, (_, i) =>
      dtype.name === "bool" ? i % 2 : 17 * i + 1,
    );
    const data = new dtype.array(bytes.buffer);
    assert.deepEqual(await through(dtype, data), data, dtype.name);
  }
  const reason = "NotImplementedError: onnxruntime-web has no tensors of bfloat16";
  await assert.rejects(through(torch.bfloat16, new Uint16Array(2)), (error) =>
    String(error).startsWith(reason),
  );
});

const losses = async (device: "wasm" | undefined, isAwaited: boolean): Promise<number[]> => {
  torch.manualSeed(2);
  const model = new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 1));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const schedule = new optim.lrScheduler.StepLR(optimizer, 2, { gamma: 0.7 });
  const [x, y] = [torch.randn(16, 4), torch.randn(16, 1)];
  const eager = (target: torch.Tensor): torch.Tensor => {
    optimizer.zeroGrad();
    const apart = model.call(x).sub(target);
    const loss = apart.mul(apart).mean();
    loss.backward();
    optimizer.step();
    return loss;
  };
  const step = device === undefined ? eager : compileStep(eager, { device });
  const given: (torch.Tensor | Promise<torch.Tensor>)[] = [];
  for (let i = 0; i < 8; i++) {
    const loss = step(y);
    given.push(isAwaited ? await loss : loss);
    schedule.step();
  }
  return (await Promise.all(given)).map((loss) => Number(loss.item()));
};

test("factors of products in double precision stay as they are", async () => {
  class Scaled extends nn.Module {
    override forward(x: torch.Tensor): torch.Tensor {
      return x.mul(0.1).matmul(x.t()).div(3);
    }
  }
  const x = torch.randn([3, 4], { dtype: torch.float64 });
  const want = new Scaled().forward(x);
  const web = compile(new Scaled(), { device: "wasm" });
  const native = compile(new Scaled());
  for (const got of [native(x), await web(x)])
    torch.testing.assertClose(got, want, { rtol: 1e-14, atol: 1e-14 });
  native.release();
  web.release();
});

test("training steps on wasm are those uncompiled, awaited one by one or not", async () => {
  const expected = await losses(undefined, true);
  assert.ok(expected[7]! < 0.9 * expected[0]!);
  for (const isAwaited of [true, false]) {
    const found = await losses("wasm", isAwaited);
    torch.testing.assertClose(torch.tensor(found), torch.tensor(expected));
  }
});

test("errors come in ONNX Runtime's words, and name what is missing", async () => {
  const x = torch.ones(1, 1, 8, 8);
  await assert.rejects(
    compile(net(), { device: "webgpu" })(x),
    /^RuntimeError: ONNX Runtime \(webgpu\): no available backend/,
  );
  const wrong = "tpu" as "wasm";
  assert.throws(
    () => compile(net(), { device: wrong }),
    /^ValueError: there is no device "tpu": it is one of "native", .*"webgpu"$/,
  );
  const threads = compile(net(), { device: "wasm", threads: 77 });
  await assert.rejects(
    threads(x),
    /^RuntimeError: onnxruntime-web works with \d+ threads here already, and cannot with 77/,
  );
});
