// What Node loads of the built package: a program's first tensor comes with the eager parts alone, the rest at its first
// use, and each once. It is read from dist/, so `npm run build` comes first (`npm test` does it).

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { Consumer, node } from "./consumer.ts";

const consumer = new Consumer();
after(() => consumer.remove());

/** Prints the parts that are loaded, by name. */
const showing = `import { createRequire } from "node:module";
const { cache } = createRequire(import.meta.url);
const show = () => console.log(Object.keys(cache).map((path) => /chunks.(.*)\\.cjs$/.exec(path)[1]).sort().join(" "));
`;

async function printed(program: string): Promise<string[]> {
  const { status, stdout, stderr } = await node(["--input-type=module", "--eval", program], consumer.folder);
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split("\n");
}

const eager = "part-core part-torch";

test("a tensor is made and printed by the eager parts alone", async () => {
  const lines = await printed(`${showing}import * as torch from "weightbridge/torch";
show();
console.log(String(torch.tensor([[1.5, 2], [3, 4]])));
show();`);
  assert.deepEqual(lines, [eager, "tensor([[1.5000, 2.0000],", "        [3.0000, 4.0000]])", eager]);
});

test("a part is loaded when something in it is first used", async () => {
  const lines = await printed(`${showing}import * as torch from "weightbridge/torch";
const { nn } = torch;
Object.keys(nn);
show();
new nn.ReLU();
show();`);
  assert.equal(lines[0], eager);
  assert.ok(lines[1]!.split(" ").includes("part-nn"), lines[1]);
  assert.ok(!lines[1]!.split(" ").includes("part-linalg"), lines[1]);
});

test("every part can be the first that is loaded", async () => {
  const lines = await printed(`import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
const folder = join(dirname(fileURLToPath(import.meta.resolve("weightbridge/torch"))), "../chunks");
const require = createRequire(join(folder, "part-core.cjs"));
const names = readdirSync(folder).filter((name) => name.endsWith(".cjs") && name !== "cli-main.cjs");
for (const name of names) {
  for (const path of Object.keys(require.cache)) delete require.cache[path];
  const values = Object.values(require(join(folder, name)));
  if (values.includes(undefined)) console.log(name);
}
console.log(names.length > 30);`);
  assert.deepEqual(lines, ["true"]);
});

test("entries for Node export what the modules do", async () => {
  const lines = await printed(`import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
const root = join(dirname(fileURLToPath(import.meta.resolve("weightbridge"))), "../..");
const targets = Object.values(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports);
const kindsIn = async (path) =>
  Object.entries(await import(pathToFileURL(join(root, path)).href)).map(([name, value]) => name + " " + typeof value).join();
const nodes = targets.flatMap(({ node }) => node ?? []);
for (const node of nodes) if (await kindsIn(node) !== await kindsIn(node.replace("node/", ""))) console.log(node);
console.log(nodes.length > 8);`);
  assert.deepEqual(lines, ["true"]);
});

test("entries share what they load", async () => {
  const lines = await printed(`import { numpy, torch } from "weightbridge";
import * as np from "weightbridge/numpy";
import { nn, Tensor, tensor } from "weightbridge/torch";
const array = np.arange(3);
console.log(array instanceof numpy.ndarray, torch.fromNumpy(array) instanceof Tensor, torch.nn.Linear === nn.Linear);
console.log(tensor([1, 2]).numpy() instanceof np.ndarray, new nn.Linear(1, 1).weight instanceof Tensor);`);
  assert.deepEqual(lines, ["true true true", "true true"]);
});

test("an error in a part that was just loaded is the real one", async () => {
  const lines = await printed(`import * as torch from "weightbridge/torch";
try { torch.linalg.inv(torch.ones([2, 3])); } catch (error) { console.log(error.name, error.message); }
try { torch.load("nothing.pt").catch((error) => console.log(error instanceof Error)); } catch { console.log("thrown"); }`);
  assert.match(lines[0]!, /^RuntimeError linalg\.inv: A must be batches of square matrices/);
  assert.equal(lines[1], "true");
});

test("a program bundled for Node needs nothing beside it", async () => {
  const entry = consumer.write(
    "server.mjs",
    'import * as torch from "weightbridge/torch";\nconsole.log(String(torch.nn.functional.relu(torch.tensor([-1, 2]))));\n',
  );
  const outfile = join(consumer.folder, "elsewhere", "server.mjs");
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const { stdout, stderr } = await node([outfile]);
  assert.equal(stdout, "tensor([0, 2])\n", stderr);
});
