// Has ONNX Runtime answer the cases that record_onnx.py wrote, and puts its outputs in the place of the reference evaluator's,
// which knows less: softmax of old opsets, evenly laid corners, norms of absolute values. What ONNX Runtime refuses stays.
// Usage: node scripts/record_onnx_runtime.mjs FILE, where onnxruntime-node is installed.

import { readFileSync, writeFileSync } from "node:fs";
import { env, InferenceSession, Tensor } from "onnxruntime-node";

env.logLevel = "fatal";

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

function tensorOf({ dtype, shape, data }) {
  const { buffer } = new Uint8Array(Buffer.from(data, "base64"));
  return new Tensor(dtype, new arrays[dtype](buffer), shape);
}

function encoded({ type, dims, data }) {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { dtype: type, shape: [...dims], data: bytes.toString("base64") };
}

async function answered({ model, inputs }) {
  const session = await InferenceSession.create(Buffer.from(model, "base64"), { logSeverityLevel: 4 });
  const given = Object.entries(inputs).map(([name, value]) => [name, tensorOf(value)]);
  const results = await session.run(Object.fromEntries(given));
  return session.outputNames.map((name) => encoded(results[name]));
}

const [, , file] = process.argv;
const cases = JSON.parse(readFileSync(file, "utf8"));
for (const each of cases) {
  try {
    each.outputs = await answered(each);
  } catch (error) {
    console.log("not answered:", each.name, error.message.slice(0, 100));
  }
}
writeFileSync(file, `[\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`);
