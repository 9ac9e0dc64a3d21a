// Programs bundled for a page, run in Node: kernels that come later take over when they are there, those of a family come
// with its functions, and `weightbridge/torch/core` says which methods it leaves out. It is read from dist/, so
// `npm run build` comes first (`npm test` does it).

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { methodsElsewhere } from "../../src/torch/tensor.ts";
import { Consumer, node } from "./consumer.ts";
import { filesBelow, textOf } from "./sources.ts";

const consumer = new Consumer();
after(() => consumer.remove());

/** What a program prints that was bundled for a page, as JSON. */
async function printed(name: string, program: string): Promise<unknown> {
  const outdir = join(consumer.folder, name);
  await build({
    entryPoints: { program: consumer.write(`${name}.mjs`, program) },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    external: ["node:*"],
    logLevel: "error",
  });
  const { stdout, stderr } = await node([join(outdir, "program.mjs")]);
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

test("work is done before the faster kernels are there, and by them as soon as they are", async () => {
  const found = (await printed(
    "later",
    `import { memory } from "weightbridge";
import * as torch from "weightbridge/torch";
const { functional } = torch.nn;
torch.manualSeed(1);
const [a, b] = [torch.randn(150, 120), torch.randn(120, 130)];
const [images, filters] = [torch.randn(2, 3, 24, 24), torch.randn(8, 3, 3, 3)];
const results = () => [
  a.matmul(b), functional.conv2d(images, filters), functional.maxPool2d(images, 2), torch.linalg.svdvals(a),
  torch.fft.rfft(a).abs(), functional.crossEntropy(a, torch.arange(120).repeat(2).at("0:150")),
  functional.interpolate(images, { scaleFactor: 2 }),
];
const first = results();
const before = memory.stats().kernelBytes;
await torch.kernelsReady();
const second = results();
console.log(JSON.stringify({
  before,
  after: memory.stats().kernelBytes,
  close: first.map((result, i) => torch.allclose(result, second[i], { rtol: 1e-4, atol: 1e-4 })),
}));`,
  )) as { readonly before: number; readonly after: number; readonly close: readonly boolean[] };
  assert.equal(found.before, 0);
  assert.ok(found.after > 0, "the kernels did not come");
  assert.deepEqual(found.close, new Array(7).fill(true));
});

test("the core has functions whole, and methods save those that it names", async () => {
  const found = await printed(
    "core",
    `import { linalg, norm, quantile, tensor } from "weightbridge/torch/core";
const x = tensor([[2, 0.5], [0, 3]]);
const messageOf = (run) => { try { return run(); } catch (error) { return error.message; } };
console.log(JSON.stringify([
  x.add(1).sum().item(), linalg.det(x).item(), norm(x, "nuc").pow(2).mul(4).round().item(), x.norm().pow(2).round().item(),
  quantile(tensor([1, 2, 3.5]), 0.5).item(),
  messageOf(() => x.det()), messageOf(() => x.norm("nuc")),
]));`,
  );
  assert.deepEqual(found, [
    9.5,
    6,
    101,
    13,
    2,
    "tensors have the method det where weightbridge/torch is imported: weightbridge/torch/core leaves it out.",
    "norm: the order nuc needs linear algebra, which weightbridge/torch/core leaves to functions: call norm(x, ...), " +
      "or import weightbridge/torch.",
  ]);
});

const more = filesBelow("src", /\.ts$/).filter((path) => /^src\/torch\//.test(path));

test("nothing of PyTorch's face calls methods that the core leaves out", () => {
  const call = new RegExp(
    `(?<!gamma|ops|linalg|systems|spectra|tensors|torch)\\.(?:${methodsElsewhere.replaceAll(" ", "|")})\\(`,
  );
  const wrong = more.flatMap((path) =>
    textOf(path)
      .split("\n")
      .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && !/["`].*\(/.test(line) && call.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  assert.deepEqual(wrong, []);
});
