// The example page in headless Chromium: a drawn digit is read, by every engine alike, and the page says how long each took.

import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../examples/draw/serve.mjs";
import { chromium, openPage, skipBrowser } from "../support/chromium.ts";

/** Strokes of digits in a square of 360. */
const drawn: readonly (readonly [digit: number, strokes: readonly (readonly [number, number])[][]])[] = [
  [
    0,
    [
      Array.from({ length: 33 }, (_, i): [number, number] => {
        const angle = (i / 32) * 2 * Math.PI;
        return [180 + 75 * Math.sin(angle), 180 - 130 * Math.cos(angle)];
      }),
    ],
  ],
  [
    1,
    [
      [
        [140, 110],
        [190, 60],
        [190, 310],
      ],
    ],
  ],
  [
    7,
    [
      [
        [100, 70],
        [250, 70],
        [160, 310],
      ],
      [
        [130, 190],
        [245, 190],
      ],
    ],
  ],
];

interface Found {
  readonly best: number;
  readonly times: Readonly<Record<string, number>>;
  readonly apart: number;
}

for (const hasWebgpu of [false, true]) {
  test(`the page reads digits ${hasWebgpu ? "on WebGPU too" : "on WebAssembly"}`, {
    skip: skipBrowser,
    timeout: 240_000,
  }, async () => {
    assert.ok(chromium !== undefined, "Chromium is needed: apt-get install chromium");
    const site = await serve();
    const { page, end } = await openPage(chromium, site.address, hasWebgpu);
    try {
      await page.evaluate("import('/examples/draw/main.mjs').then(() => 0)");
      // Without a graphics processor WebGPU takes half a minute for a digit: the last one stands for the others.
      for (const [digit, strokes] of hasWebgpu ? drawn.slice(-1) : drawn) {
        const found = (await page.evaluate(`show(${JSON.stringify(strokes)})`)) as Found;
        assert.equal(found.best, digit);
        assert.ok(found.apart < 1e-4, `engines are ${found.apart} apart`);
        assert.deepEqual(
          Object.keys(found.times),
          ["one operation at a time", "compiled, wasm", "compiled, webgpu"].slice(0, hasWebgpu ? 3 : 2),
        );
        assert.ok(Object.values(found.times).every((time) => time > 0));
      }
      const shown = "document.querySelector('#digits .best .name').textContent";
      assert.equal(await page.evaluate(shown), "7");
      // Chromium says this itself where the page asks whether there is WebGPU.
      const complaints = page.complaints.filter((text) => hasWebgpu || text !== "No available adapters.");
      assert.deepEqual(complaints, []);
    } finally {
      await end();
      site.close();
    }
  });
}
