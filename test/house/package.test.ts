// The package as it would be published: the files in it, its entries and their types, and the command, and what is left
// of it in a program that was bundled. It is read from dist/, so `npm run build` comes first (`npm test` does it).

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { Consumer, node } from "./consumer.ts";
import { filesBelow, root, textOf } from "./sources.ts";

/** The files of an entry. */
interface Target {
  readonly types: string;
  readonly node: string;
  /** Not of what is for Node alone. */
  readonly default?: string;
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | Target>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly version: string;
  readonly dependencies?: object;
  readonly optionalDependencies?: object;
}

const manifest = JSON.parse(textOf("package.json")) as Manifest;
const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === "string" ? [] : [{ name: name.replace(/^\./, "weightbridge"), target }],
);
const consumer = new Consumer();
after(() => consumer.remove());

test("the packed files are the built sources and the texts, and nothing else", () => {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32",
  });
  const [{ files }] = JSON.parse(output) as [{ files: readonly { path: string }[] }];
  const packed = files.map(({ path }) => path);
  const modules = filesBelow("src", /\.ts$/).flatMap((path) => {
    const name = path.replace(/^src\//, "dist/").replace(/\.ts$/, "");
    return [`${name}.d.ts`, `${name}.js`];
  });
  const bundles = [...entries.map(({ target }) => target.node), ...Object.values(manifest.bin)];
  const chunks = packed.filter((path) => /^dist\/node\/chunks\/[\w-]+\.cjs$/.test(path));
  const forNode = bundles.map((path) => path.replace(/^\.\//, ""));
  const built = [...modules, ...forNode, ...chunks.flatMap((path) => [path, `${path}.map`])];
  const intended = ["CHANGELOG.md", "LICENSE", "README.md", "package.json", ...built];
  const tooMany = packed.filter((path) => !intended.includes(path));
  const missing = intended.filter((path) => !packed.includes(path));
  assert.deepEqual({ tooMany, missing }, { tooMany: [], missing: [] });
});

test("nothing is installed with the package, and nothing runs when it is", () => {
  assert.deepEqual([manifest.dependencies ?? {}, manifest.optionalDependencies ?? {}], [{}, {}]);
  const hooks = ["preinstall", "install", "postinstall", "prepare"].filter(
    (name) => name in manifest.scripts,
  );
  assert.deepEqual(hooks, []);
});

test("every entry has its code and its types", () => {
  assert.ok(entries.length >= 4);
  for (const { name, target } of entries) {
    for (const path of [target.types, target.node, target.default ?? target.node]) {
      assert.ok(existsSync(join(root, path)), `${name}: ${path} is not there`);
    }
  }
});

test("every entry can be imported by name in plain Node, from inside and from outside", async () => {
  for (const folder of [root, consumer.folder]) {
    const lines = entries.map(
      ({ name }, i) =>
        `import * as entry${i} from "${name}"; console.log("${name}", Object.keys(entry${i}).length > 0);`,
    );
    const { status, stdout, stderr } = await node(
      ["--input-type=module", "--eval", lines.join("\n")],
      folder,
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      stdout.trim().split("\n"),
      entries.map(({ name }) => `${name} true`),
    );
  }
});

test("TypeScript finds the types of every entry", async () => {
  const lines = entries.map(
    ({ name }, i) => `import * as entry${i} from "${name}";\nexport const type${i}: object = entry${i};`,
  );
  const faces = [
    'import * as np from "weightbridge/numpy";',
    'import * as torch from "weightbridge/torch";',
    "export const tensor: torch.Tensor = torch.fromNumpy(np.zeros([2, 3]));",
    "// @ts-expect-error: a tensor is no number, unless the types were lost on the way",
    "export const wrong: number = tensor;",
  ];
  consumer.write("entries.ts", `${[...lines, ...faces].join("\n")}\n`);
  for (const resolution of ["nodenext", "bundler"] as const) {
    const { status, stdout, stderr } = await consumer.checkTypes(resolution);
    assert.equal(status, 0, `${resolution}: ${stdout}${stderr}`);
  }
});

test("the command says what it can do", async () => {
  for (const [name, path] of Object.entries(manifest.bin)) {
    assert.ok(textOf(path).startsWith("#!/usr/bin/env node\n"), `${path} has no first line for the shell`);
    const { status, stdout, stderr } = await node([path, "--help"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`\\b${name}\\b`));
    assert.match(stdout, /\binspect\b/);
  }
});

test("classes keep their names where the code is minified", async () => {
  const program = `import * as models from "weightbridge/models";
import * as np from "weightbridge/numpy";
import * as torch from "weightbridge/torch";
const wrong = [];
const isClass = (value) => typeof value === "function" && /^class\\b/.test(value);
const check = (namespace) => {
  for (const [name, value] of Object.entries(namespace)) if (isClass(value) && value.name !== name) wrong.push(name);
};
const spaces = [models, np, torch, torch.nn, torch.optim, torch.optim.lrScheduler, torch.utils.data];
spaces.forEach(check);
console.log(wrong.join(" "));
console.log(String(new torch.nn.Sequential(new torch.nn.Embedding(2, 3))));`;
  const { stdout, stderr } = await node(["--input-type=module", "--eval", program]);
  assert.equal(stdout, "ndarray\nSequential(\n  (0): Embedding(2, 3)\n)\n", stderr);
});

test("a bundled program has the methods of tensors, and not the layers that it does not name", async () => {
  const folder = consumer.folder;
  const bundled = async (text: string): Promise<{ printed: string; size: number }> => {
    const entry = consumer.write("program.mjs", text);
    const outfile = join(folder, "bundled.mjs");
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      minify: true,
      format: "esm",
      external: ["node:*"],
    });
    const { stdout, stderr } = await node([outfile]);
    return { printed: stdout + stderr, size: statSync(outfile).size };
  };
  const importing = 'import * as torch from "weightbridge/torch";\n';
  const tensor = await bundled(`${importing}console.log(String(torch.tensor([1, 2]).add(1)));`);
  const whole = await bundled(`${importing}console.log(Object.keys(torch).includes("nn"));`);
  assert.equal(tensor.printed, "tensor([2, 3])\n");
  assert.equal(whole.printed, "true\n");
  assert.ok(tensor.size < 0.75 * whole.size, `${tensor.size} of ${whole.size} bytes are left`);
});

test("the change log knows the version", () => {
  assert.ok(textOf("CHANGELOG.md").includes(`## [${manifest.version}]`));
});
