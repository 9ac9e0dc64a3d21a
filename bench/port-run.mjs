// One run of the bench `port`, in a process of its own: `node bench/port-run.mjs make|read|port FILE`. Prints milliseconds as JSON.
// `read` reads a file of parameters whole; `port` reads it, examines it against a model and fills the model with it.

import { spawnSync } from "node:child_process";
import { openFile, readFile, saveSafetensors } from "weightbridge/files/node";
import { applyPlan, examine, loadSource, planOf } from "weightbridge/port";
import * as torch from "weightbridge/torch";

/** 30 layers of 2048 by 2048: 503 MB of single precision. */
const LAYERS = 30;
const WIDTH = 2048;

const build = () =>
  new torch.nn.Sequential(
    ...Array.from({ length: LAYERS }, () => torch.nn.utils.skipInit(torch.nn.Linear, WIDTH, WIDTH)),
  );

const runs = {
  make: async (path, model) => {
    torch.manualSeed(1);
    torch.noGrad(() => {
      for (const parameter of model.parameters()) parameter.normal_(0, 0.02);
    });
    await saveSafetensors(path, model.stateDict());
  },
  read: async (path) => {
    await readFile(path);
  },
  port: async (path, model) => {
    const file = await openFile(path);
    const source = await loadSource(file, LAYERS);
    await file.close();
    const examination = examine(model, source);
    const arrays = new Map(source.arrays.map(({ name, array }) => [name, array]));
    applyPlan(model, planOf(examination), arrays, { assign: true });
  },
};

const [what, path, isWarmed] = process.argv.slice(2);
// Memory that lay idle a virtual machine has given back to its host, and then to have it again takes as long as the run
// itself: a process before this one takes as much and leaves it.
if (isWarmed !== undefined) spawnSync(process.execPath, [process.argv[1], "read", path]);
const model = build();
const start = performance.now();
await runs[what](path, model);
console.log(JSON.stringify({ milliseconds: performance.now() - start }));
