// Compiled models in headless Chromium: onnxruntime-web gives what the package gives uncompiled, on WebAssembly (with threads where
// the page is isolated from other origins, and without) and on WebGPU, which SwiftShader computes here.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { posix } from "node:path";
import { test } from "node:test";
import { root } from "../house/sources.ts";
import { chromium, openPage, skipBrowser } from "../support/chromium.ts";
import { entries } from "./site.ts";

const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const runtime = "/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs";
const imports = { ...Object.fromEntries(entries), "onnxruntime-web": runtime };
const html = `<!doctype html><meta charset=utf-8><link rel=icon href=data:,>
<script type=importmap>${JSON.stringify({ imports })}</script>`;

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const served = /^\/(dist|test\/browser|examples\/page|node_modules\/onnxruntime-web\/dist)\/[\w./-]+$/;

/** Serves an empty page, the built package, onnxruntime-web, the program and its file. */
async function serve(isIsolated: boolean): Promise<{ address: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    if (isIsolated) for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
    const path = posix.normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    asked.push(path);
    const file = served.test(path) ? await readFile(root + path).catch(() => undefined) : undefined;
    const body = path === "/" ? html : file;
    response.statusCode = body === undefined ? 404 : 200;
    response.setHeader(
      "content-type",
      types[posix.extname(path)] ?? (path === "/" ? "text/html" : "application/octet-stream"),
    );
    response.end(body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked, close };
}

/** In the page: distances on a device, and how many threads onnxruntime-web has. */
const inPage = (options: object): string => `(async () => {
  const torch = await import("weightbridge/torch");
  torch.setNumThreads(2);
  const onnxruntime = await import("onnxruntime-web");
  const { distances } = await import("/test/browser/compiled.mjs");
  const file = new URL("/examples/page/digits.safetensors", location.href).href;
  const found = await distances(file, ${JSON.stringify(options)});
  return { found, threads: onnxruntime.env.wasm.numThreads };
})()`;

/** In the page: what is said where no device is named. */
const withoutDevice = `(async () => {
  const { compile } = await import("weightbridge/compile");
  const { nn } = await import("weightbridge/torch");
  try {
    compile(new nn.ReLU());
  } catch (error) {
    return String(error);
  }
})()`;

/** Rounding of float32 in sums of at most 588 products, as part of the largest value. */
const rounding = 1e-5;

interface Found {
  readonly found: readonly number[];
  readonly threads: number;
}

for (const [device, isIsolated] of [
  ["wasm", true],
  ["wasm", false],
  ["webgpu", false],
] as const) {
  const place = `a page that is ${isIsolated ? "" : "not "}isolated`;
  test(`compiled models answer on ${device} in ${place}`, {
    skip: skipBrowser,
    timeout: 120_000,
  }, async () => {
    assert.ok(chromium !== undefined, "Chromium is needed: apt-get install chromium");
    const site = await serve(isIsolated);
    const { page, end } = await openPage(chromium, site.address, device === "webgpu");
    try {
      const { found, threads } = (await page.evaluate(inPage({ device }))) as Found;
      assert.equal(found.length, 3);
      for (const distance of found) assert.ok(distance <= rounding, `${found.join(", ")} of the largest`);
      assert.equal(threads, isIsolated ? 2 : 1);
      assert.match(
        String(await page.evaluate(withoutDevice)),
        /^RuntimeError: a page has no device "native"/,
      );
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(
        site.asked.filter((path) => /\/native\//.test(path)),
        [],
      );
    } finally {
      await end();
      site.close();
    }
  });
}
