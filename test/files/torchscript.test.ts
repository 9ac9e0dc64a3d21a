// TorchScript archives and exported programs, record by record: what is read of them without their code.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { type ArrayValue, type DictValue, type Opened, read } from "../../src/files/index.ts";
import { BytesSink } from "../../src/files/sink.ts";
import { moduleState } from "../../src/files/torch/module-state.ts";
import { writeTorch } from "../../src/files/torch/write.ts";
import type { ObjectValue } from "../../src/files/values.ts";
import { torchStyle, ZipWriter } from "../../src/files/zip/write.ts";
import { load, nn } from "../../src/torch/index.ts";
import { referenceFiles } from "../support/reference.ts";

/** A character is a byte. */
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const short = (text: string): string => `U${String.fromCharCode(text.length)}${text}`;

/** A tensor of one axis over the storage of that key. */
const tensor = (key: string, length: number, requiresGrad: boolean): string =>
  `ctorch._utils\n_rebuild_tensor_v2\n((${short("storage")}ctorch\nFloatStorage\n${short(key)}${short("cpu")}` +
  `K${String.fromCharCode(length)}tQK\x00K${String.fromCharCode(length)}\x85K\x01\x85${requiresGrad ? "\x88" : "\x89"}` +
  "ccollections\nOrderedDict\n)RtR";

const linear = `c__torch__.torch.nn.modules.linear\nLinear\n)\x81}(${short("weight")}${tensor("1", 2, true)}${short("training")}\x88ub`;
const records: Readonly<Record<string, Uint8Array>> = {
  "data.pkl": bytes(
    `\x80\x02c__torch__\nNet\n)\x81}(${short("scale")}${tensor("0", 1, false)}${short("training")}\x89${short("names")}` +
      `ctorch.jit._pickle\nrestore_type_tag\n](${short("a")}${short("b")}e${short("List[str]")}\x86R${short("fc")}${linear}ub.`,
  ),
  "data/0": f32(5),
  "data/1": f32(1, 2),
  "code/__torch__.py": bytes(
    'class Net(Module):\n  __parameters__ = []\n  __buffers__ = ["scale", ]\n  depth : Final[int] = 3\n  rate : Final[float] = 0.5\n' +
      "  def forward(self: __torch__.Net) -> Tensor:\n    return CONSTANTS.c0\n",
  ),
  "code/__torch__/torch/nn/modules/linear.py": bytes(
    'class Linear(Module):\n  __parameters__ = ["weight", ]\n  __buffers__ = []\n  in_features : Final[int] = 2\n' +
      "  sizes : Final[Tuple[int, int]] = (2, 1)\n",
  ),
  "constants/0": f32(7, 8, 9),
  "constants.pkl": bytes(`\x80\x02(${tensor("0", 3, false)}t.`),
  "extra/labels.txt": bytes("cat\ndog"),
  version: bytes("3\n"),
};

async function archive(
  files: Readonly<Record<string, Uint8Array | undefined>>,
  folder = "net/",
): Promise<Uint8Array> {
  const sink = new BytesSink();
  const writer = new ZipWriter(sink, torchStyle);
  for (const [name, data] of Object.entries(files))
    if (data !== undefined) await writer.add(`${folder}${name}`, [data]);
  await writer.finish();
  return sink.bytes();
}

const numbers = (array: unknown): number[] => {
  const { storage, layout } = array as ArrayValue;
  return [...(storage.view(layout.dtype) as Float32Array)];
};

test("parameters, buffers, children and constants of the code", async () => {
  const opened: Opened = await read(await archive(records));
  const net = opened.tree as ObjectValue;
  assert.equal(net.className, "__torch__.Net");
  assert.equal(net.module!.training, false);
  assert.deepEqual([...net.module!.buffers.keys()], ["scale"]);
  assert.deepEqual([...net.module!.children.keys()], ["fc"]);
  assert.deepEqual(Object.fromEntries(net.module!.settings), { depth: 3, rate: 0.5, names: ["a", "b"] });
  const state = moduleState(net);
  assert.deepEqual([...state.keys()], ["scale", "fc.weight"]);
  assert.deepEqual(numbers(state.get("fc.weight")), [1, 2]);
  assert.deepEqual([...opened.constants!.keys()], ["CONSTANTS.c0"]);
  assert.deepEqual(numbers(opened.constants!.get("CONSTANTS.c0")), [7, 8, 9]);
  const members = opened.otherMembers!;
  assert.equal(new TextDecoder().decode(members.get("extra/labels.txt")!.storage.bytes()), "cat\ndog");
  assert.ok(members.has("code/__torch__.py"));
  assert.match(opened.notes.join(), /TorchScript.*not run/);
});

test("without the code, what needs gradients is a parameter", async () => {
  const isCode = (name: string): boolean => name.startsWith("code/");
  const without = Object.fromEntries(Object.entries(records).filter(([name]) => !isCode(name)));
  const net = (await read(await archive(without))).tree as ObjectValue;
  assert.deepEqual([...net.module!.buffers.keys()], ["scale"]);
  assert.deepEqual([...net.module!.children.get("fc")!.module!.parameters.keys()], ["weight"]);
});

test("torch.load gives a module whose state can be taken, and says why it cannot be called", async () => {
  const net = (await load(await archive(records))) as nn.Module;
  assert.ok(net instanceof nn.Module);
  assert.deepEqual([...net.stateDict().keys()], ["scale", "fc.weight"]);
  assert.throws(
    () => (net as nn.Module & { forward(): void }).forward(),
    /Net.*loadStateDict\(saved\.stateDict\(\)\)/,
  );
});

test("a call in the constants is refused", async () => {
  const run = bytes("\x80\x02cposix\nsystem\nU\x02ls\x85R.");
  const file = await archive({ ...records, "constants.pkl": run });
  await assert.rejects(
    read(file),
    (error) => error instanceof FormatError && /names posix\.system/.test(error.message),
  );
});

const meta = (sizes: number[], strides: number[], offset: number): object => ({
  dtype: 7,
  sizes: sizes.map((as_int) => ({ as_int })),
  strides: strides.map((as_int) => ({ as_int })),
  storage_offset: { as_int: offset },
  requires_grad: true,
  layout: 7,
});
const config = (entries: Readonly<Record<string, object>>): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ config: entries }));
const payload = (path_name: string, tensor_meta: object | null): object => ({
  path_name,
  is_param: true,
  use_pickle: false,
  tensor_meta,
});
const exported: Readonly<Record<string, Uint8Array>> = {
  "data/weights/weight_0": f32(1, 2, 3, 4, 5, 6),
  "data/weights/model_weights_config.json": config({
    "fc.weight": payload("weight_0", meta([2, 3], [3, 1], 0)),
    row: payload("weight_0", meta([3], [1], 3)),
  }),
  "data/constants/tensor_0": f32(9),
  "data/constants/model_constants_config.json": config({
    c: payload("tensor_0", meta([1], [1], 0)),
    object: payload("custom_obj_0", null),
  }),
  "data/constants/custom_obj_0": bytes("?"),
  "models/model.json": bytes("{}"),
};

test("an exported program: its weights over shared records, its constants apart", async () => {
  const opened = await read(await archive(exported));
  const state = opened.tree as DictValue;
  assert.deepEqual([...state.keys()], ["fc.weight", "row"]);
  const [weight, row] = [...state.values()] as [ArrayValue, ArrayValue];
  assert.equal(weight.storage, row.storage);
  assert.deepEqual([weight.facts.parameter, row.layout.offset], [true, 3]);
  assert.deepEqual(numbers(opened.constants!.get("c")), [9]);
  assert.match(opened.notes.join(), /object is an object that is no tensor/);
});

test("an exported program of torch 2.1 to 2.7 holds files of torch.save", async () => {
  const inner = await writeTorch(
    new Map([["w", (await read(referenceFiles().get("pt/tensor.pt")!)).tree as ArrayValue]]),
  );
  const file = await archive(
    { "serialized_state_dict.pt": inner, "serialized_constants.pt": new Uint8Array(0) },
    "",
  );
  assert.deepEqual([...((await read(file)).tree as DictValue).keys()], ["w"]);
});

const refused: [about: string, changes: Readonly<Record<string, Uint8Array>>, says: RegExp][] = [
  [
    "a weight beyond its record",
    { "data/weights/model_weights_config.json": config({ w: payload("weight_0", meta([7], [1], 0)) }) },
    /reaches beyond its storage/,
  ],
  [
    "a record that leads out",
    {
      "data/weights/model_weights_config.json": config({
        w: payload("../../models/model.json", meta([1], [1], 0)),
      }),
    },
    /no record/,
  ],
  ["a description that is no JSON", { "data/weights/model_weights_config.json": bytes("{") }, /JSON/],
  [
    "a size without a number",
    {
      "data/weights/model_weights_config.json": config({
        w: payload("weight_0", { ...meta([], [1], 0), sizes: [{ as_expr: "s0" }] }),
      }),
    },
    /no count/,
  ],
];

for (const [about, changes, says] of refused) {
  test(`refused: ${about}`, async () => {
    await assert.rejects(
      read(await archive({ ...exported, ...changes })),
      (error) => error instanceof FormatError && says.test(error.message),
    );
  });
}
