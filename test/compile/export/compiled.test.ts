// What exportOnnx wrote, importOnnx read and compile runs: embeddings, recurrent layers and transformers, which come back to the
// outputs that they had.

import assert from "node:assert/strict";
import { test } from "node:test";
import { onnxModel } from "../../../src/compile/export/index.ts";
import { compile, type ExportOnnxOptions, exportOnnx, importOnnx } from "../../../src/compile/index.ts";
import { float32, int64 } from "../../../src/core/dtype.ts";
import { BytesSink } from "../../../src/files/index.ts";
import { writeModelTo } from "../../../src/files/onnx/write-model.ts";
import { BertModel, CLIPModel, GPT2LMHeadModel } from "../../../src/models/index.ts";
import { bytesOf, GraphBuilder } from "../../../src/onnx/graph.ts";
import {
  Generator,
  manualSeed,
  nn,
  noGrad,
  randint,
  randn,
  Tensor,
  tensor,
} from "../../../src/torch/index.ts";
import { assertClose } from "../support.ts";

const vocabulary = 20;
const generator = new Generator();
type Example = (batch: number, length: number) => readonly Tensor[];
const words: Example = (batch, length) => [randint(0, vocabulary, [batch, length], { generator })];
const numbers: Example = (batch, length) => [randn([batch, length, 5], { generator })];
const planes =
  (channels: number, ...plane: readonly number[]): Example =>
  (batch) => [randn([batch, channels, ...plane], { generator })];

const lengths = { vocabSize: vocabulary, hiddenSize: 64, intermediateSize: 128 };

const clipText = {
  ...lengths,
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  maxPositionEmbeddings: 20,
  eosTokenId: vocabulary - 1,
};
const clipVision = {
  hiddenSize: 16,
  intermediateSize: 24,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  imageSize: 8,
  patchSize: 4,
};

/** A layer whose states are given, and what it ends with. */
class FromStates extends nn.Module {
  readonly rnn: nn.LSTM = new nn.LSTM(5, 6, { batchFirst: true, bidirectional: true });

  override forward(x: Tensor, hidden: Tensor, cell: Tensor): readonly Tensor[] {
    const [, [last, lastCell]] = this.rnn.call(x, [hidden, cell]);
    return [last, lastCell];
  }
}

interface Row {
  readonly name: string;
  readonly make: () => nn.Module;
  readonly example: Example;
  /** Axes that are exported as ones of any length, where one graph does for all of them. */
  readonly dynamic?: NonNullable<ExportOnnxOptions["dynamic"]>;
}

const rows: readonly Row[] = [
  {
    name: "words and a layer",
    make: () => new nn.Sequential(new nn.Embedding(vocabulary, 8, { paddingIdx: 0 }), new nn.Linear(8, 3)),
    example: words,
    dynamic: { input: { 0: "batch", 1: "length" } },
  },
  {
    name: "nn.GRU",
    make: () => new nn.GRU(5, 6, { batchFirst: true, bias: false }),
    example: numbers,
    dynamic: { input: { 0: "batch", 1: "length" } },
  },
  {
    name: "nn.LSTM, two layers in both directions",
    make: () => new nn.LSTM(5, 6, { numLayers: 2, bidirectional: true, batchFirst: true }),
    example: numbers,
    dynamic: { input: { 0: "batch", 1: "length" } },
  },
  {
    name: "nn.LSTM with a projection",
    make: () => new nn.LSTM(5, 6, { projSize: 3, batchFirst: true }),
    example: numbers,
    dynamic: { input: { 0: "batch" } },
  },
  {
    name: "nn.LSTM from states that are given",
    make: () => new FromStates(),
    example: (batch, length) => [
      ...numbers(batch, length),
      ...[0, 1].map(() => randn([2, batch, 6], { generator })),
    ],
    dynamic: { input_0: { 0: "batch", 1: "length" }, input_1: { 1: "batch" }, input_2: { 1: "batch" } },
  },
  {
    name: "nn.RNN with rectifiers, in both directions",
    make: () => new nn.RNN(5, 6, { nonlinearity: "relu", bidirectional: true, batchFirst: true }),
    example: numbers,
    dynamic: { input: { 0: "batch", 1: "length" } },
  },
  {
    name: "nn.RNN over one sequence",
    make: () => new nn.RNN(5, 6),
    example: (_, length) => [randn([length, 5], { generator })],
    dynamic: { input: { 0: "length" } },
  },
  {
    name: "BertModel",
    make: () =>
      new BertModel({ ...lengths, numHiddenLayers: 2, numAttentionHeads: 4, maxPositionEmbeddings: 40 }),
    example: words,
    dynamic: { input: { 0: "batch", 1: "length" } },
  },
  {
    name: "GPT2LMHeadModel",
    make: () =>
      new GPT2LMHeadModel({ vocabSize: vocabulary, nEmbd: 64, nLayer: 2, nHead: 4, nPositions: 40 }),
    example: words,
    dynamic: { input: { 0: "batch", 1: "length" } },
  },
  {
    name: "CLIPModel",
    make: () => new CLIPModel({ textConfig: clipText, visionConfig: clipVision, projectionDim: 6 }),
    // As many images as texts, and one more; texts end with the token that ends them.
    example: (batch, length) => {
      const tokens = randint(2, vocabulary - 1, [batch, length], { generator });
      tokens.set([":", -1], vocabulary - 1);
      return [tokens, randn([batch + 1, 3, 8, 8], { generator })];
    },
    dynamic: { input_0: { 0: "batch", 1: "length" }, input_1: { 0: "images" } },
  },
  {
    name: "transposed convolutions, and what is normalized by instance",
    make: () =>
      new nn.Sequential(
        new nn.ConvTranspose2d(3, 6, 4, { stride: 2, padding: 1, outputPadding: 1 }),
        new nn.InstanceNorm2d(6, { affine: true }),
        new nn.ReLU(),
        new nn.ConvTranspose2d(6, 2, 3, { groups: 2, bias: false }),
      ),
    example: planes(3, 5, 6),
    dynamic: { input: { 0: "batch" } },
  },
  {
    name: "a transposed convolution along a sequence",
    make: () => new nn.ConvTranspose1d(3, 4, 4, { stride: 2, padding: 1, dilation: 2 }),
    example: (batch, length) => [randn([batch, 3, length], { generator })],
    dynamic: { input: { 0: "batch", 2: "length" } },
  },
  {
    name: "enlarged planes",
    make: () =>
      new nn.Sequential(
        new nn.Upsample({ scaleFactor: 2, mode: "bilinear", alignCorners: false }),
        new nn.PixelShuffle(2),
        new nn.Upsample({ size: [11, 13], mode: "nearest" }),
      ),
    example: planes(4, 5, 6),
    dynamic: { input: { 0: "batch" } },
  },
];

/** The tensors of a result, in order. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(tensorsIn) : [];
}

for (const { name, make, example, dynamic } of rows) {
  for (const axes of dynamic === undefined ? [{}] : [{}, dynamic]) {
    const free = [...new Set(Object.values(axes).flatMap((each) => Object.values(each)))];
    test(`${name}${free.length > 0 ? `, any ${free.join(" and ")}` : ""}`, async () => {
      manualSeed(7);
      generator.manualSeed(8);
      const module = make().eval();
      const sink = new BytesSink();
      await exportOnnx(module, example(2, 7), sink, { dynamic: axes });
      const imported = await importOnnx(sink.bytes());
      const compiled = compile(imported);
      try {
        for (const batch of free.includes("batch") ? [2, 5] : [2]) {
          for (const length of free.includes("length") ? [7, 3, 11] : [7]) {
            const given = example(batch, length);
            const wanted = tensorsIn(noGrad(() => module.call(...given)));
            const found = tensorsIn(compiled(...given));
            assert.equal(found.length, wanted.length);
            for (const [i, each] of wanted.entries()) assertClose(found[i]!, each, `output ${i}`, 2e-6);
          }
        }
      } finally {
        compiled.release();
      }
    });
  }
}

test("indices from the back are those from the front", async () => {
  const graph = new GraphBuilder();
  const places = graph.input("places", int64, [3]);
  const rows = graph.initializer("rows", float32, [4], bytesOf(float32, [1, 2, 3, 4]));
  graph.output("taken", graph.node("Gather", [rows, places], { dtype: float32, shape: [3] }, { axis: 0 }));
  const sink = new BytesSink();
  await writeModelTo(sink, graph.model("gather"));
  const compiled = compile(await importOnnx(sink.bytes()));
  assert.deepEqual((compiled(tensor([-1, 1, -4])) as Tensor).tolist(), [4, 2, 1]);
  compiled.release();
});

test("outputs within outputs have names of their own", async () => {
  const sink = new BytesSink();
  await exportOnnx(new nn.LSTM(5, 6).eval(), numbers(2, 3), sink);
  const { outputs } = await importOnnx(sink.bytes());
  assert.deepEqual(
    outputs.map((each) => each.name),
    ["output_0", "output_1_0", "output_1_1"],
  );
});

test("a recurrent layer is one node, whatever the sequence's length; its parameters have their names", async () => {
  for (const [opType, module] of [
    ["RNN", new nn.RNN(5, 6, { numLayers: 2, batchFirst: true })],
    ["LSTM", new nn.LSTM(5, 6, { numLayers: 2, batchFirst: true })],
    ["GRU", new nn.GRU(5, 6, { numLayers: 2, batchFirst: true })],
  ] as const) {
    const { graph } = onnxModel(module.eval(), numbers(3, 40), {});
    assert.equal(graph!.node!.filter((node) => node.opType === opType).length, 2);
    const names = graph!.initializer!.map(({ name }) => name);
    assert.deepEqual(names.sort(), [...module.stateDict().keys()].sort());
    const file = new BytesSink();
    await writeModelTo(file, onnxModel(module, numbers(3, 40), {}));
    const small = new BytesSink();
    await writeModelTo(small, onnxModel(module, numbers(3, 4), {}));
    assert.equal(file.bytes().byteLength, small.bytes().byteLength);
  }
});

test("an imported recurrent layer is trained as the one that was exported", async () => {
  manualSeed(9);
  const module = new nn.GRU(5, 6, { batchFirst: true });
  const [x] = numbers(2, 4) as [Tensor];
  const sink = new BytesSink();
  await exportOnnx(module.eval(), x, sink);
  const imported = await importOnnx(sink.bytes());
  const gradients = [module, imported].map((each) => {
    const [output] = tensorsIn(each.call(x));
    output!.square().sum().backward();
    return new Map([...each.namedParameters()].map(([name, { grad }]) => [name, grad!]));
  });
  for (const [name, gradient] of gradients[0]!) assertClose(gradients[1]!.get(name)!, gradient, name, 1e-5);
});
