// exportOnnx: what it writes is a model that importOnnx reads to the same outputs, under the state dict's names.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type ExportOnnxOptions, exportOnnx, importOnnx } from "../../../src/compile/index.ts";
import { BytesSink } from "../../../src/files/index.ts";
import { arange, manualSeed, nn, noGrad, randn, type Tensor } from "../../../src/torch/index.ts";
import { resultsOf } from "../import/cases.ts";

const folder = mkdtempSync(join(tmpdir(), "weightbridge-"));
after(() => rmSync(folder, { recursive: true }));

/** An encoder layer over a sequence with its places added, and a mean. */
class Reader extends nn.Module {
  readonly up: nn.Linear = new nn.Linear(5, 8);
  readonly layer: nn.TransformerEncoderLayer = new nn.TransformerEncoderLayer(8, 2, {
    dimFeedforward: 16,
    batchFirst: true,
  });
  readonly head: nn.Linear = new nn.Linear(8, 3);

  override forward(x: Tensor): Tensor {
    const places = arange(x.shape[1]!).float().mul(0.5).unsqueeze(1);
    const hidden = this.layer.call(this.up.call(x).add(places)) as Tensor;
    return this.head.call(hidden.softmax(1));
  }
}

class Two extends nn.Module {
  readonly first: nn.Linear = new nn.Linear(4, 6);

  override forward(
    x: Tensor,
    { scale }: { readonly scale: Tensor },
  ): { readonly all: Tensor; readonly part: Tensor } {
    const all = this.first.call(x).mul(scale);
    return { all, part: all.transpose(0, 2).narrow(0, 1, 3) };
  }
}

const network = (): nn.Module =>
  new nn.Sequential(
    new nn.Conv2d(3, 6, 3, { padding: 1 }),
    new nn.BatchNorm2d(6),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(6, 8, 3, { stride: 2, groups: 2 }),
    new nn.GELU(),
    new nn.Flatten(),
    new nn.Linear(8, 5),
  );

interface Row {
  readonly name: string;
  readonly make: () => nn.Module;
  readonly args: (batch: number) => readonly unknown[];
  readonly dynamic: NonNullable<ExportOnnxOptions["dynamic"]>;
}

const rows: readonly Row[] = [
  {
    name: "a convolutional network",
    make: network,
    args: (batch) => [randn(batch, 3, 8, 8)],
    dynamic: { input: [0] },
  },
  {
    name: "a transformer's layer",
    make: () => new Reader(),
    args: (batch) => [randn(batch, batch + 3, 5)],
    dynamic: { input: [0, 1] },
  },
  {
    name: "records of tensors",
    make: () => new Two(),
    args: (batch) => [randn(batch, 4, 4), { scale: randn(batch, 4, 6) }],
    dynamic: { input_0: { 0: "batch" }, scale: { 0: "batch" } },
  },
];

const close = (a: Tensor, b: Tensor): void => {
  assert.deepEqual(a.shape, b.shape);
  assert.ok((a.sub(b).abs().max().item() as number) < 2e-6, String(a.sub(b).abs().max()));
};

const flat = (value: unknown): Tensor[] =>
  "shape" in (value as object) ? [value as Tensor] : Object.values(value as Record<string, Tensor>);

for (const { name, make, args, dynamic } of rows) {
  for (const isDynamic of [false, true]) {
    test(`${name}${isDynamic ? ", axes of any length" : ""}`, async () => {
      manualSeed(3);
      const module = make().eval();
      const path = join(folder, `${name.replace(/\W/g, "_")}${isDynamic}.onnx`);
      await exportOnnx(module, args(2), path, isDynamic ? { dynamic } : {});
      const imported = await importOnnx(path);
      const keys = [...module.stateDict().keys()].filter((each) => !each.includes("num_batches"));
      assert.deepEqual([...imported.stateDict().keys()].sort(), keys.sort());
      for (const batch of isDynamic ? [2, 1, 5] : [2]) {
        const given = args(batch);
        const wanted = noGrad(() => (module.forward as (...all: unknown[]) => unknown)(...given));
        const found = imported.forward(...(given.flatMap(flat) as Tensor[]));
        const results = resultsOf(imported, found);
        for (const [i, each] of flat(wanted).entries()) close(results[i]!, each);
      }
    });
  }
}

test("large tensors lie in a file beside the model, or none does and nothing is left behind", async () => {
  const module = network().eval();
  const path = join(folder, "outside", "..", "big.onnx");
  await exportOnnx(module, randn(1, 3, 8, 8), path, {
    external: 256,
    metadata: new Map([["task", "digits"]]),
  });
  assert.ok(readdirSync(folder).includes("big.onnx.data"));
  const imported = await importOnnx(path);
  const x = randn(1, 3, 8, 8);
  close(imported.forward(x) as Tensor, module.call(x) as Tensor);
  assert.match(readFileSync(path).toString("latin1"), /big\.onnx\.data/);
  const before = readdirSync(folder);
  await assert.rejects(exportOnnx(module, randn(1, 4, 8, 8), join(folder, "wrong.onnx")), /channels/);
  assert.deepEqual(readdirSync(folder), before);
});

test("bytes go to a sink, names are as they are given", async () => {
  const sink = new BytesSink();
  const names = { inputs: ["image"], outputs: ["scores"] };
  await exportOnnx(network().eval(), randn(1, 3, 8, 8), sink, { names, dynamic: { image: { 0: "batch" } } });
  const { inputs, outputs } = await importOnnx(sink.bytes());
  assert.deepEqual(
    inputs.map(({ name, shape }) => [name, shape]),
    [["image", ["batch", 3, 8, 8]]],
  );
  assert.deepEqual(
    outputs.map(({ name, shape }) => [name, shape]),
    [["scores", ["batch", 5]]],
  );
});

class Looking extends nn.Module {
  override forward(x: Tensor): Tensor {
    return (x.sum().item() as number) > 0 ? x : x.neg();
  }
}

test("what cannot be exported is told", async () => {
  const sink = new BytesSink();
  const x = randn(1, 3, 8, 8);
  await assert.rejects(exportOnnx(new Looking(), x, sink), /a value of a compiled program was looked at/);
  await assert.rejects(exportOnnx(network(), x, sink), /call module\.eval\(\) before exportOnnx/);
  const module = network().eval();
  await assert.rejects(
    exportOnnx(module, x, sink, { dynamic: { y: [0] } }),
    /dynamic: there is no argument y; there are input/,
  );
  await assert.rejects(
    exportOnnx(module, x, sink, { dynamic: { input: [4] } }),
    /dynamic: input has 4 axes, and no axis 4/,
  );
  await assert.rejects(
    exportOnnx(module, x, sink, { names: { outputs: [] } }),
    /has 1 outputs, and names\.outputs has 0/,
  );
  await assert.rejects(
    exportOnnx(module, x, sink, { names: { inputs: ["0.weight"] } }),
    /have the name 0\.weight/,
  );
});
