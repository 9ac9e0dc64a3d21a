// Graphs with which ONNX Runtime does wrong by itself: it is kept from that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { onnxModel } from "../../src/compile/export/index.ts";
import { compile, importOnnx } from "../../src/compile/index.ts";
import { BytesSink } from "../../src/files/index.ts";
import { writeModelTo } from "../../src/files/onnx/write-model.ts";
import * as torch from "../../src/torch/index.ts";

class Doubled extends torch.nn.Module {
  readonly weight: torch.Tensor;

  constructor(weight: torch.Tensor) {
    super();
    this.weight = weight;
  }

  override forward(x: torch.Tensor): torch.Tensor {
    return x.transpose(0, 1).to(torch.float64).matmul(this.weight).mul(0.1);
  }
}

test("a product of what was transposed over batches and cast", () => {
  torch.manualSeed(5);
  const module = new Doubled(torch.randn([9, 16], { dtype: torch.float64 }));
  const x = torch.randn([10, 2, 9]);
  const program = compile(module);
  const given = program(x) as torch.Tensor;
  // A factor kept as a float32 would be off by 1.5e-9 of itself.
  torch.testing.assertClose(given, module.call(x) as torch.Tensor, { rtol: 1e-13, atol: 1e-14 });
  assert.deepEqual(given.shape, [2, 10, 16]);
  program.release();
});

/** A product of batches that are cast, one that is halved on its way, and the transposed tensor itself. */
class Products extends torch.nn.Module {
  override forward(x: torch.Tensor, y: torch.Tensor): readonly torch.Tensor[] {
    const turned = x.transpose(1, 2);
    const cut = turned.unsqueeze(1).to(torch.float64).squeeze(1);
    return [cut.matmul(y), turned.contiguous(), y.div(3).matmul(y.transpose(1, 2)).div(7)];
  }
}

test("a file holds no such graph, for whoever opens it has no settings for it", async () => {
  torch.manualSeed(6);
  const module = new Products();
  const inputs: [torch.Tensor, torch.Tensor] = [
    torch.randn([3, 4, 5]),
    torch.randn([3, 4, 4], { dtype: torch.float64 }),
  ];
  for (const dynamic of [{}, { input_0: { 0: "batch" }, input_1: { 0: "batch" } }]) {
    const model = onnxModel(module, inputs, { dynamic });
    const nodes = model.graph!.node!;
    const makers = new Map(nodes.map((node) => [node.output![0]!, node]));
    const before = (name: string): string[] => {
      const maker = makers.get(name);
      if (maker === undefined || maker.opType === "MatMul") return [];
      return [...before(maker.input![0]!), maker.opType!];
    };
    const products = nodes.filter(({ opType }) => opType === "MatMul");
    const ways = products.flatMap(({ input }) => input!.map(before));
    const cast = ways.filter((way) => way.includes("Cast"));
    assert.equal(cast.length, 1);
    assert.ok(cast[0]!.includes("Transpose") && cast[0]!.indexOf("Transpose") > cast[0]!.indexOf("Cast"));
    const factors = nodes
      .filter(({ opType }) => opType === "Div")
      .map(({ input }) => makers.get(input![1]!)!);
    assert.equal(factors.length, 2);
    for (const { attribute } of factors) assert.deepEqual(attribute![0]!.t!.dims, [4]);
    const sink = new BytesSink();
    await writeModelTo(sink, model);
    const imported = await importOnnx(sink.bytes());
    const found = Object.values(imported.call(...inputs) as Record<string, torch.Tensor>);
    module.call(...inputs).forEach((each, i) => {
      torch.testing.assertClose(found[i]!, each, { rtol: 1e-14, atol: 1e-15 });
    });
  }
});
