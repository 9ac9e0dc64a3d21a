// A long training run holds its memory: what a step made is given back, and no list of anything grows.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const torch = fileURLToPath(new URL("../../src/torch/index.ts", import.meta.url));

/** Ten thousand steps on 32 items; the resident set after each thousand, in MiB. */
const program = `
import * as torch from ${JSON.stringify(torch)};
torch.manualSeed(1);
const [first, second] = [new torch.nn.Linear(4, 7), new torch.nn.Linear(7, 3)];
const lossFunction = new torch.nn.CrossEntropyLoss();
const optimizer = new torch.optim.SGD([...first.parameters(), ...second.parameters()], { lr: 0.01, momentum: 0.9 });
const [x, y] = [torch.randn([32, 4]), torch.randint(0, 3, [32])];
const sizes = [];
for (let i = 1; i <= 10000; i++) {
  optimizer.zeroGrad();
  lossFunction.call(second.call(torch.tanh(first.call(x))), y).backward();
  optimizer.step();
  if (i % 1000 === 0) {
    globalThis.gc();
    sizes.push(process.memoryUsage().rss / 2 ** 20);
  }
}
console.log(JSON.stringify(sizes));
`;

test("ten thousand training steps hold the resident set flat", () => {
  const options = ["--expose-gc", "--import", "tsx", "--input-type=module", "-e", program];
  const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  const sizes = JSON.parse(stdout) as number[];
  assert.equal(sizes.length, 10);
  // A kilobyte kept at each step would be 7 MiB.
  const growth = sizes.at(-1)! - Math.max(...sizes.slice(0, 3));
  assert.ok(growth < 6, `${sizes.map((size) => size.toFixed(1)).join(" ")} MiB`);
});
