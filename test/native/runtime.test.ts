// ONNX Runtime's sessions: options, tensors given by their address, bindings, the timing of runs, what is made of a graph.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { float32, int64 } from "../../src/core/dtype.ts";
import { Binding } from "../../src/native/binding.ts";
import { Runtime } from "../../src/native/runtime.ts";
import { GraphBuilder } from "../../src/onnx/graph.ts";
import { decode } from "../../src/onnx/index.ts";

const runtime = new Runtime(2);
after(() => runtime.release());

const nothing = { sessions: 0, tensors: 0, bindings: 0 };

/** y = (x + w) + w, with w of `length` elements elsewhere. */
function sums(length: number): GraphBuilder {
  const graph = new GraphBuilder();
  const x = graph.input("x", float32, [length]);
  const w = graph.external("layer.weight", float32, [length], "weights");
  graph.output("y", graph.node("Add", [graph.node("Add", [x, w], x), w], x));
  return graph;
}

test("tensors are given by their address: nothing is copied", () => {
  const length = 2 ** 24;
  const weight = new Float32Array(length).fill(3);
  const [x, y] = [new Float32Array(length).fill(1), new Float32Array(length)];
  const initializers = [{ name: "layer.weight", dtype: float32, shape: [length], data: weight }];
  const before = process.memoryUsage().rss;
  const session = runtime.session(sums(length).model("sums"), { initializers });
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < weight.byteLength / 4, `${grown >> 20} MiB more for a tensor of 64 MiB`);
  assert.equal(session.keptBytes, weight.byteLength);
  const binding = new Binding(runtime, session, ["x"], ["y"]);
  binding.input(0, x, float32, [length]);
  binding.output(0, y, float32, [length]);
  binding.run();
  assert.deepEqual([y[0], y[length - 1]], [7, 7]);
  binding.release();
  session.release();
  assert.deepEqual({ ...runtime.live }, nothing);
});

test("a tensor that is missing, or of another shape, is refused in the library's words", () => {
  const model = sums(4).model("sums");
  const short = { name: "layer.weight", dtype: float32, shape: [3], data: new Float32Array(3) };
  assert.throws(
    () => runtime.session(model, { initializers: [short] }),
    /RuntimeError: ONNX Runtime: .*dimensions/s,
  );
  const other = { ...short, shape: [4], data: new Float32Array(4), name: "other" };
  assert.throws(
    () => runtime.session(model, { initializers: [other] }),
    /RuntimeError: ONNX Runtime: .*other/s,
  );
  assert.throws(() => runtime.session(model), /RuntimeError: ONNX Runtime: /);
  assert.deepEqual({ ...runtime.live }, nothing);
});

/** y = x + k for any number of elements. */
function plus(k: number): GraphBuilder {
  const graph = new GraphBuilder();
  const x = graph.input("x", float32, ["n"]);
  graph.output("y", graph.node("Add", [x, graph.constant(float32, [], [k])], x));
  return graph;
}

test("a binding runs over the memory it has; what changes is bound anew", () => {
  const session = runtime.session(plus(2).model("plus"));
  const binding = new Binding(runtime, session, ["x"], ["y"]);
  assert.throws(() => binding.run(), /no memory is bound to x, y/);
  const [x, y, other] = [new Float32Array([1, 2]), new Float32Array(2), new Float32Array(3)];
  binding.input(0, x, float32, [2]);
  assert.throws(() => binding.run(), /no memory is bound to y/);
  binding.output(0, y, float32, [2]);
  binding.run();
  assert.deepEqual([...y], [3, 4]);
  x[0] = 5;
  binding.input(0, x, float32, [2]);
  binding.run();
  assert.deepEqual([...y], [7, 4]);
  binding.input(0, new Float32Array([7, 8, 9]), float32, [3]);
  assert.throws(() => binding.run(), /ONNX Runtime: .*shape/s);
  binding.output(0, other, float32, [3]);
  binding.run();
  assert.deepEqual([...other], [9, 10, 11]);
  assert.throws(() => binding.input(0, new BigInt64Array(3), int64, [4]), /ONNX Runtime: /);
  binding.run();
  assert.deepEqual({ ...runtime.live }, { sessions: 1, tensors: 0, bindings: 1 });
  binding.release();
  binding.release();
  assert.throws(() => binding.run(), /the binding was released/);
  assert.throws(() => binding.input(0, x, float32, [2]), /the binding was released/);
  session.release();
  assert.throws(() => new Binding(runtime, session, ["x"], ["y"]), /the session was released/);
  assert.deepEqual({ ...runtime.live }, nothing);
});

test("100,000 runs of a binding leave memory as it is", () => {
  const session = runtime.session(plus(1).model("plus"));
  const binding = new Binding(runtime, session, ["x"], ["y"]);
  const [x, y] = [new Float32Array(2), new Float32Array(2)];
  binding.input(0, x, float32, [2]);
  binding.output(0, y, float32, [2]);
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      binding.input(0, i % 2 === 0 ? x : y, float32, [2]);
      binding.run();
    }
  };
  run(20_000);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  run(100_000);
  globalThis.gc?.();
  const grown = process.memoryUsage().rss - before;
  binding.release();
  session.release();
  assert.ok(grown < 24 * 2 ** 20, `${grown >> 20} MiB more after 100,000 runs`);
});

const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("weightbridge-"));

test("runs are timed node by node", () => {
  const before = folders();
  const session = runtime.session(plus(2).model("plus"), { profiling: true });
  const binding = new Binding(runtime, session, ["x"], ["y"]);
  binding.input(0, new Float32Array(5), float32, [5]);
  binding.output(0, new Float32Array(5), float32, [5]);
  for (let i = 0; i < 3; i++) binding.run();
  const events = session.profile();
  const adds = events.filter(({ operator, name }) => operator === "Add" && name.endsWith("_kernel_time"));
  assert.equal(adds.length, 3);
  for (const { category, provider, duration, start } of adds) {
    assert.deepEqual([category, provider], ["Node", "CPUExecutionProvider"]);
    assert.ok(duration >= 0 && start > 0);
  }
  assert.throws(() => session.profile(), /made with the option profiling, once/);
  binding.run();
  binding.release();
  session.release();
  const left = runtime.session(plus(2).model("plus"), { profiling: true });
  left.release();
  assert.throws(() => runtime.session(new Uint8Array(3), { profiling: true }), /ONNX Runtime: /);
  assert.deepEqual(folders(), before);
});

/** y = relu(x), with nodes that do nothing, of which the library leaves the relu. */
function idle(): GraphBuilder {
  const graph = new GraphBuilder();
  const x = graph.input("x", float32, [4]);
  const same = graph.node("Identity", [graph.node("Identity", [x], x)], x);
  graph.output("y", graph.node("Relu", [same], x));
  return graph;
}

test("a graph as the library rewrites it, by how much it is told to", async () => {
  const operators = async (level: "none" | "basic" | "all"): Promise<string[]> => {
    const bytes = runtime.optimized(idle().model("idle"), { optimization: level });
    const { graph } = await decode(
      { byteLength: bytes.byteLength, slice: async (start, end) => bytes.subarray(start, end) },
      "ModelProto",
    );
    return graph!.node!.map(({ opType }) => opType!);
  };
  assert.deepEqual(await operators("none"), ["Identity", "Identity", "Relu"]);
  assert.deepEqual(await operators("basic"), ["Relu"]);
  assert.deepEqual(await operators("all"), ["Relu"]);
  assert.deepEqual({ ...runtime.live }, nothing);
});

test("options that the library does not take are refused in its words", () => {
  const model = plus(1).model("plus");
  for (const options of [
    { memoryPattern: false },
    { memoryArena: false },
    { settings: { "session.x": "1" } },
  ]) {
    runtime.session(model, options).release();
  }
  assert.throws(() => runtime.session(model, { settings: { "": "1" } }), /RuntimeError: ONNX Runtime: /);
  assert.deepEqual({ ...runtime.live }, nothing);
});
