// Threads in headless Chromium: workers over shared memory in a page that is isolated from other origins
// (https://web.dev/articles/coop-coep), and one thread, with the same results, in one that is not.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { posix } from "node:path";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";
import { root } from "../house/sources.ts";
import { chromium, openPage, skipBrowser } from "../support/chromium.ts";
import { threadKernels } from "../support/thread-kernels.ts";

const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Serves an empty page, the built package, programs for the page and the kernels. */
async function serve(isIsolated: boolean): Promise<{ address: string; close(): void }> {
  const kernels = await threadKernels();
  const server = createServer(async (request, response) => {
    if (isIsolated) for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
    const path = posix.normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const isScript = /^\/(dist|test\/browser)\/[\w./-]+\.m?js$/.test(path);
    const page = path === "/" ? "<!doctype html><meta charset=utf-8><link rel=icon href=data:,>" : undefined;
    const bytes =
      page ??
      (path === "/kernels.wasm" ? kernels : isScript ? await readFile(root + path).catch(() => null) : null);
    response.statusCode = bytes === null ? 404 : 200;
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(bytes ?? "");
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

/** In the page: the kernels of the package with two threads set, and what they say of numbers. */
const packageKernels = `(async () => {
  const torch = await import("/dist/torch/index.js");
  const { kernels, parallelKernels } = await import("/dist/kernels/use.js");
  torch.setNumThreads(2);
  const made = parallelKernels();
  const at = made.scratch(2 ** 26);
  made.floats.set([1, 2, 3, NaN], at >> 2);
  return {
    isIsolated: crossOriginIsolated,
    isPlain: made === kernels(),
    threads: made.threads,
    finite: [made.exports.isFinite32(at, 3), made.exports.isFinite32(at, 4)],
    sum: torch.tensor([1, 2, 3]).sum().item(),
  };
})()`;

/** In the page: a pool of two workers, which threads took parts, and whether everything was computed once. */
const poolOfTwo = `(async () => {
  const { Pool } = await import("/dist/kernels/pool.js");
  const module = new WebAssembly.Module(await (await fetch("/kernels.wasm")).arrayBuffer());
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 256, shared: true });
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const pool = new Pool([module], [instance], memory, 2);
  const numbers = new Int32Array(memory.buffer, 65536, 1000);
  pool.run("squares", [65536], 1000, 10);
  const readyAtOnce = pool.ready;
  while (pool.ready < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let round = 1; round < 50; round++) pool.run("squares", [65536], 1000, 10);
  const isRight = numbers.every((number, i) => number === 50 * i * i);
  const seen = new Set();
  while (seen.size < 3) {
    pool.run("threads", [65536, 100000], 64, 1);
    for (const thread of numbers.subarray(0, 64)) seen.add(thread);
  }
  let message = "";
  while (message === "") {
    try {
      pool.run("failing", [65536], 64, 1);
    } catch (error) {
      message = String(error);
    }
  }
  pool.end();
  return { readyAtOnce, isRight, seen: [...seen].sort(), message };
})()`;

/** In the page: what the kernels compute on one thread and with two set, and what they do unless all machines are to agree. */
const pageKernels = `(async () => {
  const torch = await import("/dist/torch/index.js");
  const { roundsOnce } = await import("/dist/kernels/modules.js");
  const { kernelValues, fusedProduct } = await import("/test/browser/kernels.mjs");
  const { parallelKernels } = await import("/dist/kernels/use.js");
  const one = kernelValues(torch, 1);
  torch.setNumThreads(2);
  torch.useDeterministicAlgorithms(true);
  const made = parallelKernels();
  while (made.threads > 1 && made.pool.ready < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  return {
    threads: made.threads,
    values: [one, kernelValues(torch, 2)],
    fused: fusedProduct(torch),
    hasFused: roundsOnce(),
  };
})()`;

interface Kernels {
  kernelValues(from: typeof torch, threads: number): Readonly<Record<string, string>>;
}

for (const isIsolated of [true, false]) {
  test(`threads in a page that is ${isIsolated ? "" : "not "}isolated`, {
    skip: skipBrowser,
    timeout: 120_000,
  }, async () => {
    assert.ok(chromium !== undefined, "Chromium is needed: apt-get install chromium");
    const site = await serve(isIsolated);
    const { page, end } = await openPage(chromium, site.address);
    try {
      assert.deepEqual(await page.evaluate(packageKernels), {
        isIsolated,
        isPlain: !isIsolated,
        threads: isIsolated ? 2 : 1,
        finite: [1, 0],
        sum: 6,
      });
      const { kernelValues } = (await import(new URL("./kernels.mjs", import.meta.url).href)) as Kernels;
      const inNode = kernelValues(torch, 1);
      const { hasFused, ...found } = (await page.evaluate(pageKernels)) as { readonly hasFused: boolean };
      assert.deepEqual(found, {
        threads: isIsolated ? 2 : 1,
        values: [inNode, inNode],
        fused: { isWithin: true, isOther: hasFused },
      });
      if (isIsolated) {
        assert.deepEqual(await page.evaluate(poolOfTwo), {
          readyAtOnce: 0,
          isRight: true,
          seen: [0, 1, 2],
          message: "Error: the kernel failing failed in a worker thread",
        });
      }
      assert.deepEqual(page.complaints, []);
    } finally {
      await end();
      site.close();
    }
  });
}
