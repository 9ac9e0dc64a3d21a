// What exportOnnx writes passes ONNX's checker and gives the same outputs in Python, where Python with onnx is at hand.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exportOnnx, importOnnx } from "../../../src/compile/index.ts";
import { writeNpy } from "../../../src/files/index.ts";
import { saveFile } from "../../../src/files/node.ts";
import { manualSeed, nn, randn, type Tensor } from "../../../src/torch/index.ts";
import { whyNoPython } from "../../support/written.ts";

const folder = mkdtempSync(join(tmpdir(), "weightbridge-"));
after(() => rmSync(folder, { recursive: true }));
const interpreter = process.env.WEIGHTBRIDGE_PYTHON ?? "python3";
const skip = whyNoPython(interpreter, ["onnx", "numpy"]);
const script = fileURLToPath(new URL("check_exported.py", import.meta.url));

const convolutional = (): nn.Module =>
  new nn.Sequential(
    new nn.Conv2d(3, 6, 3, { padding: 1 }),
    new nn.BatchNorm2d(6),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(96, 5),
  );

const rows = [
  { name: "a convolutional network", module: convolutional, shape: [3, 8, 8], external: true },
  {
    name: "a transformer's layer",
    module: (): nn.Module => new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }),
    shape: [5, 8],
    external: false,
  },
];

for (const { name, module: make, shape, external } of rows) {
  test(`${name}, read back here, and in Python where it is at hand`, async (t) => {
    manualSeed(5);
    const module = make().eval();
    const path = join(folder, `${shape.join("_")}.onnx`);
    await exportOnnx(module, randn(2, ...shape), path, { dynamic: { input: { 0: "batch" } }, external });
    const x = randn(3, ...shape);
    const y = module.call(x) as Tensor;
    const again = (await importOnnx(path)).call(x) as Tensor;
    assert.ok(Number(y.sub(again).abs().max().item()) < 1e-5);
    if (skip !== undefined) return t.diagnostic(`without Python: ${skip}`);
    const [given, wanted] = [`${path}.in.npy`, `${path}.out.npy`];
    await saveFile(given, await writeNpy(x));
    await saveFile(wanted, await writeNpy(y));
    const { status, stdout, stderr } = spawnSync(interpreter, [script, path, given, wanted], {
      encoding: "utf8",
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}
