// config.pbtxt of a Triton model repository, from what an ONNX model takes and gives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tritonConfig } from "../../src/export/index.ts";
import type { ModelProto, ValueInfoProto } from "../../src/onnx/index.ts";

/** A tensor of a type and lengths; a name is a length of any number. */
const port = (name: string, elemType: number, lengths: readonly (number | string)[]): ValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: {
        dim: lengths.map((length) =>
          typeof length === "string" ? { dimParam: length } : { dimValue: length },
        ),
      },
    },
  },
});

const model = (input: ValueInfoProto[], output: ValueInfoProto[]): ModelProto => ({
  graph: { input, output, initializer: [{ name: "fc.weight", dims: [2, 3], dataType: 1 }] },
});

test("a model that takes batches of any length: its lengths are those of one example", () => {
  const given = model(
    [port("ids", 7, ["batch", "length"]), port("mask", 9, ["batch", "length"]), port("fc.weight", 1, [2, 3])],
    [port("logits", 1, ["batch", 2])],
  );
  assert.equal(
    tritonConfig(given, { name: "reader", maxBatchSize: 16, queueDelay: 250 }),
    `name: "reader"
platform: "onnxruntime_onnx"
max_batch_size: 16
input [
  {
    name: "ids"
    data_type: TYPE_INT64
    dims: [ -1 ]
  },
  {
    name: "mask"
    data_type: TYPE_BOOL
    dims: [ -1 ]
  }
]
output [
  {
    name: "logits"
    data_type: TYPE_FP32
    dims: [ 2 ]
  }
]
dynamic_batching {
  max_queue_delay_microseconds: 250
}
`,
  );
});

test("without such batches all lengths stand there, and nothing is put together", () => {
  const fixed = tritonConfig(model([port("x", 10, [1, 3, 8])], [port("y", 16, [1, "n"])]), { name: "one" });
  assert.match(fixed, /max_batch_size: 0\n/);
  assert.match(fixed, /TYPE_FP16\n {4}dims: \[ 1, 3, 8 \]/);
  assert.match(fixed, /TYPE_BF16\n {4}dims: \[ 1, -1 \]/);
  assert.doesNotMatch(fixed, /dynamic_batching/);
  const single = tritonConfig(model([port("x", 1, ["n", 3])], [port("y", 1, ["n"])]), {
    name: "s",
    maxBatchSize: 0,
  });
  assert.match(single, /dims: \[ -1, 3 \]/);
});

test("what has no axis but the batch's is asked for with one, which is taken away", () => {
  const given = model([port("x", 1, ["batch", 3])], [port("label", 7, ["batch"])]);
  assert.match(
    tritonConfig(given, { name: "labels" }),
    /name: "label"\n {4}data_type: TYPE_INT64\n {4}dims: \[ 1 \]\n {4}reshape: \{ shape: \[ \] \}\n {2}\}/,
  );
  const single = tritonConfig(model([port("x", 1, [3])], [port("sum", 1, [])]), { name: "sum" });
  assert.match(
    single,
    /max_batch_size: 0\n[\s\S]*TYPE_FP32\n {4}dims: \[ 1 \]\n {4}reshape: \{ shape: \[ \] \}/,
  );
});

test("what Triton has no words for is refused", () => {
  assert.throws(() => tritonConfig(model([port("z", 14, ["n"])], [port("y", 1, ["n"])]), { name: "m" }), {
    name: "ValueError",
    message: /"z" is of a type that Triton has not \(ONNX's number 14\)/,
  });
  assert.throws(() => tritonConfig(model([{ name: "s" }], [port("y", 1, ["n"])]), { name: "m" }), {
    message: /"s" is no tensor of a known number of axes/,
  });
  assert.throws(() => tritonConfig(model([], [port("y", 1, ["n"])]), { name: "m" }), {
    message: /takes nothing or gives nothing/,
  });
});
