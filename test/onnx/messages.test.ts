// Messages of ONNX: read and written as the onnx package does, within bounds, with tensors left in the file.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { bytesReader } from "../../src/files/index.ts";
import {
  bytesElements,
  decode,
  encode,
  encodeTo,
  fillElements,
  type ModelProto,
  Records,
  type Source,
  Span,
} from "../../src/onnx/index.ts";
import { referenceFiles } from "../support/reference.ts";
import { assertPinned } from "../support/written.ts";
import { example } from "./example.ts";

async function written(model: ModelProto): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const length = await encodeTo("ModelProto", model, (bytes) => void pieces.push(bytes.slice()));
  const whole = Uint8Array.from(Buffer.concat(pieces));
  assert.equal(whole.byteLength, length);
  return whole;
}

/** A source that counts the bytes that are read of it. */
function counting(bytes: Uint8Array): Source & { read: number } {
  const source = {
    byteLength: bytes.byteLength,
    read: 0,
    slice: async (start: number, end: number): Promise<Uint8Array> => {
      source.read += end - start;
      return bytes.subarray(start, end);
    },
  };
  return source;
}

const refused =
  (reason: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, reason);
    return true;
  };

const model = (graph: readonly number[]): Uint8Array => Uint8Array.of(0x08, 10, 0x3a, ...graph);

test("the example is written as pinned, which is as the onnx package writes it", () => {
  assertPinned("example.onnx", encode("ModelProto", example));
});

test("what was written is read as it was", async () => {
  const bytes = encode("ModelProto", example);
  const found = await decode(bytesReader(bytes), "ModelProto");
  assert.deepEqual(await written(found), bytes);
  assert.deepEqual(await written(example), bytes);
  const { node, initializer, ...rest } = found.graph!;
  const { node: given, initializer: _, ...expected } = example.graph!;
  assert.deepEqual(rest.input, expected.input);
  assert.deepEqual(rest.output, expected.output);
  assert.deepEqual(node![0]!.metadataProps, given![0]!.metadataProps);
  const plain = (name: string): unknown => node![0]!.attribute!.find((attribute) => attribute.name === name);
  for (const name of ["i", "far", "s", "floats", "ints", "strings", "tp", "tps", "ref"]) {
    assert.deepEqual(
      plain(name),
      given![0]!.attribute!.find((attribute) => attribute.name === name),
    );
  }
  assert.equal(initializer![4]!.dims![0], 2 ** 40);
  assert.deepEqual(initializer![4]!.externalData, example.graph!.initializer![4]!.externalData);
  assert.deepEqual(found.functions, example.functions);
  assert.deepEqual(found.metadataProps, example.metadataProps);
});

test("elements stay in the file until they are asked for", async () => {
  const found = await decode(bytesReader(encode("ModelProto", example)), "ModelProto");
  const [w, u, strings, raw] = found.graph!.initializer!;
  assert.ok(w!.int32Data instanceof Records && u!.uint64Data instanceof Records);
  const integers = new Int32Array(3);
  await fillElements(w!.int32Data, new Uint8Array(integers.buffer), 4);
  assert.deepEqual([...integers], [-5, 7, 2 ** 31 - 1]);
  const longs = new BigUint64Array(2);
  await fillElements(u!.uint64Data, new Uint8Array(longs.buffer), 8);
  assert.deepEqual([...longs], [0n, 2n ** 64n - 1n]);
  const shorts = new Uint8Array(6);
  await fillElements(w!.int32Data, shorts, 2);
  assert.deepEqual([...shorts], [0xfb, 0xff, 7, 0, 0xff, 0xff]);
  assert.ok(strings!.stringData instanceof Records);
  assert.deepEqual((await bytesElements(strings!.stringData)).map(String), ["97", "195,169"]);
  assert.ok(raw!.rawData instanceof Span);
  assert.deepEqual([...(await raw!.rawData.read())], [1, 2, 3, 4]);
  await assert.rejects(
    fillElements(w!.int32Data, new Uint8Array(8), 4),
    refused(/asks for 2 elements, and there are more/),
  );
  await assert.rejects(
    fillElements(w!.int32Data, new Uint8Array(16), 4),
    refused(/asks for 4 elements, and 3 are given/),
  );
});

test("recorded models come back byte for byte", async () => {
  for (const [name, bytes] of referenceFiles()) {
    if (!/^onnx\/[^/]*\.onnx$/.test(name)) continue;
    const again = await written(await decode(bytesReader(bytes), "ModelProto"));
    if (name !== "onnx/unknown_fields.onnx") assert.deepEqual(again, Uint8Array.from(bytes), name);
    else assert.deepEqual(again, Uint8Array.from(referenceFiles().get("onnx/mlp.onnx")!), name);
  }
});

test("tensors are passed over", async () => {
  const rawData = new Uint8Array(20_000_000);
  const floatData = new Array<number>(1_000_000).fill(1);
  const bytes = encode("ModelProto", {
    graph: { initializer: [{ rawData }, { floatData }, { name: "last" }] },
  });
  const source = counting(bytes);
  const { graph } = await decode(source, "ModelProto");
  assert.equal(graph!.initializer![2]!.name, "last");
  assert.ok(source.read < 300_000, `${source.read} bytes were read`);
});

test("numbers that are packed or not, and messages that come twice, are read alike", async () => {
  const tensor = Uint8Array.of(
    0x0a,
    2,
    3,
    4,
    0x08,
    5,
    0x25,
    0,
    0,
    0x80,
    0x3f,
    0x22,
    4,
    0,
    0,
    0,
    0x40,
    0x12,
    0x01,
  );
  await assert.rejects(
    decode(bytesReader(tensor), "TensorProto"),
    refused(/TensorProto.data_type has wire type 2/),
  );
  const sound = tensor.subarray(0, -2);
  const found = await decode(bytesReader(sound), "TensorProto");
  assert.deepEqual(found.dims, [3, 4, 5]);
  assert.ok(found.floatData instanceof Records);
  assert.equal(found.floatData.most, 2);
  const floats = new Float32Array(2);
  await fillElements(found.floatData, new Uint8Array(floats.buffer), 4);
  assert.deepEqual([...floats], [1, 2]);
  const twice = await decode(bytesReader(model([4, 0x12, 2, 97, 98, 0x3a, 3, 0x52, 1, 99])), "ModelProto");
  assert.deepEqual(twice.graph, { name: "ab", docString: "c" });
});

test("unknown fields and groups are skipped", async () => {
  const group = [0x9b, 0x06, 0x08, 1, 0x13, 0x14, 0x9c, 0x06];
  const bytes = Uint8Array.of(
    ...group,
    0x08,
    9,
    0x9d,
    0x06,
    1,
    2,
    3,
    4,
    0x99,
    0x06,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    0x98,
    0x06,
    0xff,
    1,
  );
  assert.deepEqual(await decode(bytesReader(bytes), "ModelProto"), { irVersion: 9 });
});

test("what is no message is refused, and said where", async () => {
  const cases: [number[], RegExp][] = [
    [[0x08], /byte 1: a number is cut off/],
    [[0x08, ...new Array<number>(10).fill(0xff), 1], /byte 1: a number has more than the 64 bits/],
    [[0x08, ...new Array<number>(9).fill(0xff), 2], /more than the 64 bits/],
    [[0x0f], /byte 0: .*ModelProto.ir_version has wire type 7 in place of 0/],
    [[0x9f, 0x06], /there is no wire type 7/],
    [[0x00, 1], /0 in place of a field's number/],
    [[0x12, 5, 97], /producer_name should take 5 bytes, but the file has 1 more/],
    [[0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], /should take 1152921504606847000 bytes/],
    [[0x12, 1, 0xff], /producer_name is no UTF-8 text/],
    [[0x3a, 3, 0x12, 5, 97], /GraphProto.name should take 5 bytes, but the file has 1 more/],
    [
      [0x3a, 3, 0x12, 5, 97, 0x08, 1],
      /GraphProto.name should take 5 bytes, but the GraphProto it is in has 1 more/,
    ],
    [[0x9b, 0x06], /a group has no end/],
    [[0x9c, 0x06], /a group ends that did not begin/],
    [[0x3a, 6, 0x2a, 4, 0x22, 2, 1, 2], /float_data has 2 bytes, no multiple of 4/],
  ];
  for (const [bytes, reason] of cases) {
    await assert.rejects(decode(bytesReader(Uint8Array.from(bytes)), "ModelProto"), refused(reason));
  }
});

test("depth and number of messages are bounded", async () => {
  const start = process.cpuUsage();
  const groups = new Uint8Array(10_000);
  await assert.rejects(
    decode(bytesReader(groups.map((_, i) => (i % 2 === 0 ? 0x9b : 0x06))), "ModelProto"),
    refused(/nested more than 100 deep/),
  );
  const nodes = new Uint8Array(2_200_000);
  for (let i = 0; i < nodes.byteLength; i += 2) nodes[i] = 0x0a;
  await assert.rejects(decode(bytesReader(nodes), "GraphProto"), refused(/more than 1048576 messages/));
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 5e6, `it took ${user + system} us of the processor`);
});

test("what cannot be written is refused", async () => {
  const later = { byteLength: 3, read: async () => new Uint8Array(2) };
  const late = { graph: { initializer: [{ rawData: later }] } };
  assert.throws(() => encode("ModelProto", late), /encodeTo/);
  await assert.rejects(
    encodeTo("ModelProto", late, () => {}),
    refused(/should have 3 bytes, and has 2/),
  );
  assert.throws(
    () => encode("AttributeProto", { type: 2 ** 31 }),
    /AttributeProto.type: 2147483648 is no int32/,
  );
  assert.throws(() => encode("AttributeProto", { i: 2n ** 63n }), /is no int64/);
});

test("long texts and many small fields are written whole", async () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `é${index}`);
  const bytes = encode("NodeProto", { input: names, docString: "x".repeat(300_000) });
  const found = await decode(bytesReader(bytes), "NodeProto");
  assert.deepEqual(found.input, names);
  assert.equal(found.docString!.length, 300_000);
});
