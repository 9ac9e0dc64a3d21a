// What many calls leave behind: nothing. Each program runs in a process of its own, which counts the library's objects and its
// own memory, and ends by itself.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const address = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

/** What programs share: a count of the library's objects, and how much memory is in use when the collector has run. */
const beginning = `
  import * as torch from ${address("torch/index.ts")};
  import { compile, compileStep } from ${address("compile/index.ts")};
  import { NativeDevice } from ${address("native/device.ts")};
  import { Runtime } from ${address("native/runtime.ts")};
  import { holdRuntime } from ${address("native/shared.ts")};
  import { reference } from ${address("devices/reference/index.ts")};
  import { setDevice } from ${address("devices/index.ts")};
  const { nn, optim } = torch;
  const used = async () => {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    return [rss, heapUsed + arrayBuffers];
  };
  const grown = async (live, warm, count, call) => {
    for (let i = 0; i < warm; i++) call(i);
    const objects = JSON.stringify(live);
    const before = await used();
    for (let i = 0; i < count; i++) call(i);
    const after = await used();
    const [resident, own] = after.map((each, i) => (each - before[i]) / 2 ** 20);
    return { resident, own, isSame: JSON.stringify(live) === objects };
  };
  const hold = holdRuntime(1, () => 1);
  const { live } = hold.runtime;`;

interface Told {
  /** MiB more in the process's memory, and on the heap with array buffers. */
  readonly resident: number;
  readonly own: number;
  /** True iff there are as many objects of the library's as before. */
  readonly isSame: boolean;
  /** How many are left when all was released. */
  readonly left?: Readonly<Record<string, number>>;
}

/** Runs a program, which has to end by itself. */
function told(program: string): Told {
  const options = ["--expose-gc", "--import", "tsx", "--input-type=module", "-e", beginning + program];
  const { stdout, stderr, status } = spawnSync(process.execPath, options, {
    encoding: "utf8",
    timeout: 120_000,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Told;
}

function assertFlat({ resident, own, isSame, left = {} }: Told, count: string): void {
  assert.ok(isSame, `${count} leave objects of the library behind`);
  assert.ok(own < 2, `${own} MiB more on the heap after ${count}`);
  assert.ok(resident < 24, `${resident} MiB more after ${count}`);
  for (const [what, number] of Object.entries(left)) assert.equal(number, 0, what);
}

test("10,000 compiled steps, of two forms, leave memory as it is, and the program ends", () => {
  const program = `
    const net = new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 2));
    const optimizer = new optim.Adam(net.parameters(), { lr: 1e-3, betas: [0.8, 0.9] });
    const step = compileStep((x) => {
      optimizer.zeroGrad();
      const loss = net.call(x).square().mean();
      loss.backward();
      optimizer.step();
      return loss;
    });
    // Where a factor of the optimizer has become 1, its steps have another form.
    const all = await grown(live, 500, 10_000, (i) => step(torch.randn([i % 4 === 3 ? 5 : 3, 4])).item());
    step.release();
    console.log(JSON.stringify({ ...all, left: { ...live } }));
    hold.release();`;
  assertFlat(told(program), "10,000 steps");
});

test("10,000 calls of a compiled module, of more forms than are kept, leave memory as it is", () => {
  const program = `
    const net = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
    const calls = [compile(net), compile(net, { frozen: true }), compile(net, { dynamic: { input: [0] } })];
    const rows = [1, 2, 3].map((count) => torch.ones([count, 4]));
    const call = (i) => {
      const compiled = calls[i % 3];
      // Now and then there is a form that was forgotten, or a weight that has changed.
      if (i % 400 === 0) torch.noGrad(() => net.at(0).bias.add_(1e-3));
      const x = i % 200 === 199 ? torch.ones([4 + (i / 200) % 12 | 0, 4]) : rows[i % rows.length];
      return compiled(x);
    };
    const all = await grown({}, 3000, 10_000, call);
    for (const each of calls) each.release();
    console.log(JSON.stringify({ ...all, left: { ...live } }));
    hold.release();`;
  assertFlat(told(program), "10,000 calls");
});

test("100,000 operations one by one leave memory as it is, and the program ends", () => {
  const program = `
    const device = new NativeDevice(reference, hold.runtime, { least: 0 });
    setDevice(device);
    const a = torch.randn([6, 8]);
    const work = [
      () => a.matmul(a.t()),
      () => a.add(1),
      () => a.softmax(-1),
      () => a.sum(0),
    ];
    const all = await grown(live, 20_000, 100_000, (i) => work[i % work.length]());
    device.release();
    console.log(JSON.stringify({ ...all, left: { ...live } }));
    hold.release();`;
  assertFlat(told(program), "100,000 calls");
});

test("a program that compiles and releases nothing ends by itself", () => {
  const program = `
    const net = new nn.Linear(4, 2);
    const optimizer = new optim.SGD(net.parameters(), { lr: 0.1 });
    const step = compileStep((x) => {
      optimizer.zeroGrad();
      const loss = net.call(x).square().mean();
      loss.backward();
      optimizer.step();
      return loss;
    });
    for (let i = 0; i < 4; i++) step(torch.ones([2, 4]));
    const compiled = compile(net);
    compiled(torch.ones([1, 4]));
    console.log(JSON.stringify({ resident: 0, own: 0, isSame: step.counts.compiled === 3 && live.sessions >= 2 }));`;
  assertFlat(told(program), "4 steps");
});
