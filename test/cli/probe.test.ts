// weightbridge probe: what it prints is Python that records what port reads.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { recorders } from "../../src/cli/probe.ts";
import { readProbe } from "../../src/cli/recorded.ts";
import { weightbridge } from "../support/program.ts";
import { whyNoPython } from "../support/written.ts";

const folder = mkdtempSync(join(tmpdir(), "probe-test-"));
after(() => rmSync(folder, { recursive: true }));

const interpreter = process.env.WEIGHTBRIDGE_PYTHON ?? "python3";

/** What is put behind each recorder: it records a small model. */
const uses: Readonly<Record<string, string>> = {
  torch: `
model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(72, 3))
record_probe(model, torch.randn(2, 1, 8, 8), path=PATH, labels=[0, 1])
`,
  keras: `
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten(), keras.layers.Dense(3)])
record_probe(model, np.random.rand(2, 8, 8, 1).astype("float32"), path=PATH, labels=[0, 1])
`,
  jax: `
record_probe(lambda x: x.reshape(2, -1)[:, :3] * 2, np.random.rand(2, 8, 8, 1).astype("float32"), path=PATH, labels=[0, 1])
`,
};

for (const [library, use] of Object.entries(uses)) {
  const skip = whyNoPython(interpreter, [library, "numpy"]) ?? false;
  test(`what ${library} records is read`, { skip }, async () => {
    const [script, path] = [join(folder, `record_${library}.py`), join(folder, `${library}.npz`)];
    writeFileSync(script, `PATH = ${JSON.stringify(path)}\n${recorders[library]}${use}`);
    const { status, stderr } = spawnSync(interpreter, [script], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const { recorded, labels } = await readProbe(path);
    assert.deepEqual(
      recorded.inputs.map(({ shape }) => shape),
      [[2, 1, 8, 8]],
    );
    assert.deepEqual(
      recorded.outputs.map(({ shape }) => shape),
      [[2, 3]],
    );
    assert.deepEqual(labels?.shape, [2]);
    if (library !== "jax") assert.equal(recorded.activations?.size, 3);
  });
}

test("probe prints the Python", async () => {
  const { status, stdout } = await weightbridge("probe", "--for", "torch");
  assert.equal(status, 0);
  assert.equal(stdout, recorders.torch);
});
