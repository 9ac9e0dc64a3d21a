// Graphs for all lengths of programs that reckon with positions: tables of rotary embeddings, masks, relative places.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, exportOnnx, importOnnx } from "../../src/compile/index.ts";
import { tensorsOf } from "../../src/compile/module.ts";
import { BytesSink } from "../../src/files/index.ts";
import * as models from "../../src/models/index.ts";
import * as torch from "../../src/torch/index.ts";
import { assertClose } from "./support.ts";

const { arange, cat, nn, randn, where } = torch;
type Tensor = torch.Tensor;

class Positions extends nn.Module {
  readonly frequencies: Tensor = torch.tensor([1, 0.1, 0.01, 0.001]);

  override forward(x: Tensor): Readonly<Record<string, Tensor>> {
    const length = x.shape[1]!;
    const positions = arange(length).float();
    const angles = positions.unsqueeze(-1).mul(this.frequencies);
    const distances = positions.unsqueeze(0).sub(positions.unsqueeze(1));
    return {
      cosines: cat([angles, angles], -1).cos(),
      turned: x.mul(angles.sin()),
      near: where(distances.abs().le(2), distances, 0),
      squares: positions.square(),
      decay: distances.abs().neg().exp().matmul(x.select(0, 0)),
    };
  }
}

test("what is reckoned from positions is reckoned at each run", async () => {
  const module = new Positions();
  const compiled = compile(module, { dynamic: { x: [0, 1] } });
  const sink = new BytesSink();
  await exportOnnx(module, randn(2, 5, 4), sink, { dynamic: { input: [0, 1] } });
  const imported = await importOnnx(sink.bytes());
  for (const [batch, length] of [
    [5, 5],
    [1, 7],
    [2, 2],
    [12, 3],
  ] as const) {
    const x = randn(batch, length, 4);
    const wanted = Object.entries(module.call(x) as Readonly<Record<string, Tensor>>);
    const found = compiled(x) as Readonly<Record<string, Tensor>>;
    const again = tensorsOf(imported.call(x));
    for (const [i, [name, each]] of wanted.entries()) {
      assertClose(found[name]!, each, name);
      assertClose(again[i]!, each, name);
    }
  }
  assert.equal(compiled.counts.graphs, 1);
  compiled.release();
});

test("a table whose positions were written over since is not made anew from them", () => {
  class Written extends nn.Module {
    override forward(x: Tensor): Tensor {
      const positions = arange(x.shape[1]!).float();
      const squares = positions.square();
      positions.add_(1);
      return x.add(squares).add(positions);
    }
  }
  const compiled = compile(new Written(), { dynamic: { x: { 1: "columns" } } });
  assert.throws(() => compiled(randn(2, 6)), {
    name: "NotImplementedError",
    message: /a constant of shape \[columns\] .* is no pattern/,
  });
  compiled.release();
});

const sizes = {
  vocabSize: 50,
  hiddenSize: 32,
  intermediateSize: 48,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  maxPositionEmbeddings: 64,
};

const decoders: Readonly<Record<string, () => torch.nn.Module>> = {
  Llama: () => new models.LlamaForCausalLM(sizes),
  Mistral: () => new models.MistralForCausalLM({ ...sizes, slidingWindow: 3 }),
  Qwen2: () => new models.Qwen2ForCausalLM(sizes),
  Qwen3: () => new models.Qwen3ForCausalLM({ ...sizes, headDim: 8 }),
  "GPT-2": () =>
    new models.GPT2LMHeadModel({ vocabSize: 50, nEmbd: 32, nLayer: 2, nHead: 4, nPositions: 64 }),
};

for (const [name, make] of Object.entries(decoders)) {
  test(`${name} takes texts of any length and number in one graph`, async () => {
    torch.manualSeed(1);
    const model = make().eval();
    const ids = (batch: number, length: number): Tensor => torch.randint(0, 50, [batch, length]);
    const sink = new BytesSink();
    await exportOnnx(model, ids(2, 7), sink, { dynamic: { input: { 0: "batch", 1: "length" } } });
    const imported = await importOnnx(sink.bytes());
    for (const [batch, length] of [
      [1, 5],
      [3, 2],
      [2, 19],
    ] as const) {
      const text = ids(batch, length);
      const [wanted] = torch.noGrad(() => tensorsOf(model.call(text)));
      const [found] = tensorsOf(imported.call(text));
      assertClose(found!, wanted!, `${batch} of ${length}`, 1e-5);
    }
  });
}
