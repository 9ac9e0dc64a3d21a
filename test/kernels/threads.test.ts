// Threads for the kernels: parts of a range are computed once each, by whoever is there; nothing that happens to a worker
// makes the caller wait for ever, and none keeps a program from ending.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Kernels } from "../../src/kernels/instance.ts";
import { hardwareThreads } from "../../src/kernels/machine.ts";
import { copyNumbers } from "../../src/kernels/numbers.ts";
import { Pool } from "../../src/kernels/pool.ts";
import { kernels, parallelKernels } from "../../src/kernels/use.ts";
import * as torch from "../../src/torch/index.ts";
import { threadKernels } from "../support/thread-kernels.ts";

const start = 2 ** 16;
let module: WebAssembly.Module;
const pools: Pool[] = [];

before(async () => {
  module = new WebAssembly.Module(await threadKernels());
});
after(() => {
  for (const pool of pools) pool.end();
  torch.setNumThreads(1);
  parallelKernels();
});

/** A pool with memory of its own. */
function makePool(workers: number, patience?: number): { pool: Pool; memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 256, shared: true });
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const pool = new Pool([module], [instance], memory, workers, patience);
  pools.push(pool);
  return { pool, memory };
}

/** Waits, without ever giving the event loop a turn. */
function untilReady(pool: Pool, workers: number): void {
  const end = performance.now() + 60_000;
  while (pool.ready < workers) assert.ok(performance.now() < end, `only ${pool.ready} workers started`);
}

const numbersIn = (memory: WebAssembly.Memory, count: number): Int32Array =>
  new Int32Array(memory.buffer, start, count);

for (const workers of [0, 1, 3]) {
  test(`each number of a range is computed once: ${workers} workers`, () => {
    const { pool, memory } = makePool(workers);
    untilReady(pool, workers);
    for (const [count, grain] of [
      [1, 1],
      [100, 7],
      [4096, 64],
      [1000, 1],
      [50, 60],
      [0, 4],
    ] as const) {
      const numbers = numbersIn(memory, count + 1).fill(0);
      for (let round = 1; round <= 20; round++) pool.run("squares", [start], count, grain);
      assert.deepEqual([...numbers], [...Array.from({ length: count }, (_, i) => 20 * i * i), 0]);
    }
  });
}

test("numbers that have steps are those of a part's first thing, and the kernel is told how many there are", () => {
  const { pool, memory } = makePool(1);
  untilReady(pool, 1);
  for (const [count, grain] of [
    [1, 1],
    [1000, 7],
    [50, 60],
  ] as const) {
    const numbers = numbersIn(memory, count + 1).fill(0);
    for (let round = 0; round < 20; round++) pool.run("add", [start, 3], count, grain, undefined, [4, 1]);
    assert.deepEqual([...numbers], [...Array.from({ length: count }, (_, i) => 20 * (i + 3)), 0]);
  }
});

test("workers take parts, also in a program that never waits", () => {
  const { pool, memory } = makePool(2);
  const numbers = numbersIn(memory, 64);
  pool.run("threads", [start, 10], 64, 1);
  untilReady(pool, 2);
  const seen = new Set<number>();
  const end = performance.now() + 60_000;
  while (seen.size < 3 && performance.now() < end) {
    pool.run("threads", [start, 100_000], 64, 1);
    for (const thread of numbers) seen.add(thread);
  }
  assert.deepEqual([...seen].sort(), [0, 1, 2]);
});

test("a job that starts before its workers do is done by the caller", () => {
  const { pool, memory } = makePool(1);
  pool.run("threads", [start, 10], 64, 1);
  if (pool.ready === 0) assert.deepEqual([...new Set(numbersIn(memory, 64))], [0]);
  pool.end();
  for (let round = 0; round < 100; round++) pool.run("threads", [start, 1000], 64, 1);
});

/** Runs a kernel until it throws. */
function thrown(pool: Pool, name: string): unknown {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    try {
      pool.run(name, [start], 64, 1);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

test("a kernel that fails in a worker fails for the caller, and the workers go on", () => {
  const { pool, memory } = makePool(1);
  untilReady(pool, 1);
  assert.match(String(thrown(pool, "failing")), /^Error: the kernel failing failed in a worker thread$/);
  assert.ok(thrown(pool, "failingHere") instanceof WebAssembly.RuntimeError);
  const numbers = numbersIn(memory, 64).fill(0);
  pool.run("squares", [start], 64, 1);
  assert.equal(numbers[63], 63 * 63);
  assert.equal(pool.ready, 1);
  assert.throws(() => pool.run("squares", new Array<number>(33).fill(0), 64, 1), /at most 32 numbers/);
});

test("a worker that never finishes is given up, and the caller goes on alone", () => {
  const { pool, memory } = makePool(1, 300);
  untilReady(pool, 1);
  assert.match(String(thrown(pool, "endless")), /^Error: a worker thread ended in the middle of its part/);
  assert.equal(pool.ready, 0);
  const numbers = numbersIn(memory, 64).fill(0);
  pool.run("squares", [start], 64, 1);
  assert.equal(numbers[63], 63 * 63);
});

test("memory grows under the workers", () => {
  const { pool, memory } = makePool(1);
  untilReady(pool, 1);
  pool.run("squares", [start], 64, 1);
  const { byteLength } = memory.buffer;
  memory.grow(100);
  const numbers = new Int32Array(memory.buffer, byteLength, 2 ** 20);
  for (let round = 0; round < 3; round++) pool.run("squares", [byteLength], 2 ** 20, 2 ** 14);
  for (const i of [0, 5, 2 ** 15]) assert.equal(numbers[i], Math.imul(3, Math.imul(i, i)));
});

const programs: Readonly<Record<string, string>> = {
  "its workers sleep": "await new Promise((resolve) => setTimeout(resolve, 300));",
  "its workers look for work": 'pool.run("squares", [65536], 64, 1);',
  "it exits": 'pool.run("squares", [65536], 64, 1); process.exit(0);',
  "its workers are starting": "",
};

for (const [when, text] of Object.entries(programs)) {
  test(`a program ends by itself when ${when}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "weightbridge-threads-"));
    try {
      writeFileSync(join(folder, "kernels.wasm"), await threadKernels());
      writeFileSync(join(folder, "program.mjs"), program(text, when !== "its workers are starting"));
      const { status, stdout, stderr, error } = spawnSync(
        process.execPath,
        ["--import", import.meta.resolve("tsx"), join(folder, "program.mjs")],
        { encoding: "utf8", timeout: 60_000 },
      );
      assert.deepEqual([status, stdout, stderr, error], [0, "done\n", "", undefined]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

const program = (text: string, isReady: boolean): string => `
import { readFileSync, writeSync } from "node:fs";
import { Pool } from ${JSON.stringify(import.meta.resolve("../../src/kernels/pool.ts"))};
const module = new WebAssembly.Module(readFileSync(new URL("kernels.wasm", import.meta.url)));
const memory = new WebAssembly.Memory({ initial: 64, maximum: 256, shared: true });
const pool = new Pool([module], [new WebAssembly.Instance(module, { env: { memory } })], memory, 2);
while (${isReady} && pool.ready < 2);
writeSync(1, "done\\n");
${text}
`;

test("the number of threads is PyTorch's setting", () => {
  torch.setNumThreads(3);
  assert.equal(torch.getNumThreads(), 3);
  const refusals: readonly [unknown, RegExp][] = [
    [0, /^RuntimeError: set_num_threads expects a positive integer$/],
    [-2, /^RuntimeError: set_num_threads expects a positive integer$/],
    [1.5, /^RuntimeError: set_num_threads expects an int, but got float$/],
    ["2", /^RuntimeError: set_num_threads expects an int, but got str$/],
    [true, /^RuntimeError: set_num_threads expects an int, but got bool$/],
    [null, /^RuntimeError: set_num_threads expects an int, but got NoneType$/],
    [2 ** 31, /^ValueError: Overflow when unpacking long$/],
  ];
  for (const [count, message] of refusals) {
    assert.throws(
      () => torch.setNumThreads(count as number),
      (error) => message.test(String(error)),
    );
  }
  assert.equal(torch.getNumThreads(), 3);
});

test("by default there are as many threads as the machine has, up to eight", () => {
  const text =
    `import { getNumThreads } from ${JSON.stringify(import.meta.resolve("../../src/torch/index.ts"))};` +
    "console.log(getNumThreads());";
  const { stdout } = spawnSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", text],
    { encoding: "utf8" },
  );
  assert.equal(stdout.trim(), String(Math.min(8, hardwareThreads())));
});

test("kernels for several threads are over shared memory, and give what the others do", () => {
  torch.setNumThreads(1);
  assert.equal(parallelKernels(), kernels());
  const plain = kernels()!;
  assert.ok(plain.bytes.buffer instanceof ArrayBuffer);
  torch.setNumThreads(2);
  const shared = parallelKernels()!;
  assert.ok(shared.bytes.buffer instanceof SharedArrayBuffer);
  assert.equal(parallelKernels(), shared);
  assert.deepEqual([plain.threads, shared.threads], [1, 2]);
  for (const made of [plain, shared]) {
    const at = made.scratch(2 ** 26);
    assert.ok(made.bytes.byteLength >= at + 2 ** 26);
    made.floats.set([1, 2, 3, Number.NaN], at >> 2);
    assert.equal(made.exports.isFinite32(at, 3), 1);
    assert.equal(made.exports.isFinite32(at, 4), 0);
  }
  torch.setNumThreads(3);
  assert.notEqual(parallelKernels(), shared);
});

test("memory that is long far too large is given back", () => {
  torch.setNumThreads(1);
  const made = kernels()!;
  made.scratch(2 ** 28);
  for (let call = 0; call < 900; call++) kernels()!.scratch(2 ** 12);
  assert.equal(kernels(), made);
  made.scratch(2 ** 28);
  for (let call = 0; call < 1100; call++) kernels()!.scratch(2 ** 12);
  assert.notEqual(kernels(), made);
  assert.ok(kernels()!.bytes.byteLength < 2 ** 28);
  assert.ok(kernels() instanceof Kernels);
});

test("numbers are copied wherever they lie", () => {
  const length = 21;
  for (const isShared of [false, true]) {
    const buffer = isShared ? new SharedArrayBuffer(1024) : new ArrayBuffer(1024);
    for (const offset of [0, 4, 8, 12]) {
      const source = new Float32Array(new ArrayBuffer(256), offset, length).map((_, i) => i + offset);
      const middle = new Float32Array(buffer, 64 + offset + 4, length);
      const target = new Float32Array(new ArrayBuffer(256), 8, length);
      copyNumbers<Float32Array>(middle, source);
      copyNumbers<Float32Array>(target, middle);
      assert.deepEqual([...target], [...source]);
      middle.fill(0);
    }
  }
});
