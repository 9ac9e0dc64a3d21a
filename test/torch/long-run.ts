// A run of training, in a process of its own: `node long-run.ts RUN`, with the run as JSON. Prints the resident set after each
// tenth of the steps.

import { setImmediate } from "node:timers/promises";
import * as torch from "../../src/torch/index.ts";

const { sizes, batch, steps, threads, turns } = JSON.parse(process.argv[2]!) as {
  sizes: number[];
  batch: number;
  steps: number;
  threads: number;
  turns: boolean;
};

torch.setNumThreads(threads);
torch.manualSeed(3);
const layers = sizes
  .slice(1)
  .flatMap((size, i) => [new torch.nn.Linear(sizes[i]!, size), new torch.nn.Tanh()]);
const net = new torch.nn.Sequential(...layers.slice(0, -1));
const optimizer = new torch.optim.Adam(net.parameters(), { lr: 1e-4 });
const x = torch.randn([batch, sizes[0]!]);
const y = torch.randint(0, sizes.at(-1)!, [batch]);

const resident: number[] = [];
let loss = 0;
for (let step = 1; step <= steps; step++) {
  optimizer.zeroGrad();
  const value = torch.nn.functional.crossEntropy(net.call(x) as torch.Tensor, y);
  value.backward();
  optimizer.step();
  if (turns) await setImmediate();
  if (step % (steps / 10) !== 0) continue;
  loss = value.item() as number;
  globalThis.gc?.();
  await setImmediate();
  resident.push(Math.round(process.memoryUsage().rss / 2 ** 20));
}
console.log(JSON.stringify({ resident, loss }));
