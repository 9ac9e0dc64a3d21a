// The program as it is built and called: what it prints, where, and its exit status.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { referenceFile } from "../support/reference.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "dist", "node", "cli", "main.js");
const digits = (name: string): string => join(root, "examples", "digits", name);
const folder = mkdtempSync(join(tmpdir(), "weightbridge-"));

function call(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: "utf8", cwd: root });
}

/** A file of the reference values, on disk. */
function onDisk(path: string): string {
  const target = join(folder, path.replaceAll("/", "-"));
  writeFileSync(target, referenceFile(path));
  return target;
}

test("help names the commands", () => {
  const { status, stdout, stderr } = call("--help");
  assert.equal(status, 0);
  for (const name of [
    "inspect",
    "convert",
    "diff",
    "extract",
    "port",
    "verify",
    "probe",
    "engines",
    "claims",
  ]) {
    assert.match(stdout, new RegExp(`weightbridge ${name}`));
    assert.match(call(name, "--help").stdout, new RegExp(`^weightbridge ${name} `));
  }
  assert.equal(stderr, "");
});

test("a wrong call is told in one line and ends with 2", () => {
  for (const args of [
    ["nothing"],
    ["inspect"],
    ["inspect", "--nothing"],
    ["port"],
    ["verify", "x"],
    ["probe"],
    ["probe", "--for", "toString"],
    ["diff", "x"],
    ["extract"],
  ]) {
    const { status, stdout, stderr } = call(...args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^weightbridge: [^\n]+\n$/, args.join(" "));
  }
});

test("engines tells what operations run on, and what is missing for others", () => {
  const { status, stdout } = call("engines");
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^TypeScript {4}in use {3}1 thread .*\nWebAssembly {3}in use .*\nONNX Runtime {2}there .*1\.30\.0.*\n +execution providers: .*CPU\n/,
  );
  const engines = JSON.parse(call("engines", "--json").stdout) as readonly {
    name: string;
    state: string;
    providers?: readonly string[];
  }[];
  assert.deepEqual(
    engines.map(({ name, state }) => `${name}: ${state}`),
    ["TypeScript: in use", "WebAssembly: in use", "ONNX Runtime: there"],
  );
  assert.equal(engines[2]!.providers?.at(-1), "CPU");
  const environment = { ...process.env, WEIGHTBRIDGE_ONNXRUNTIME: join(folder, "none.so") };
  const options = { encoding: "utf8", cwd: root, env: environment } as const;
  const without = spawnSync(process.execPath, [program, "engines"], options).stdout;
  assert.match(
    without,
    /ONNX Runtime {2}missing .*there is no ONNX Runtime library at .*none\.so\n +npm install --ignore-scripts/,
  );
});

test("inspect lists tensors", () => {
  const { status, stdout } = call("inspect", digits("weights.npz"));
  assert.equal(status, 0);
  assert.match(stdout, /8 tensors, 16\.9 kB/);
  assert.match(stdout, /conv2d_1\/kernel +float32 +\[3, 3, 8, 12\] +C +3\.46 kB/);
});

test("inspect --json --hash", () => {
  const { status, stdout } = call("inspect", onDisk("files/npy/float64.npy"), "--json", "--hash");
  assert.equal(status, 0);
  const { file, format, tensors, values, notes } = JSON.parse(stdout);
  assert.match(file, /float64\.npy$/);
  assert.equal(format, "npy");
  assert.deepEqual(values, {});
  assert.deepEqual(notes, []);
  assert.equal(tensors.length, 1);
  const [{ name, dtype, shape, strides, offset, sha256 }] = tensors;
  assert.deepEqual(
    { name, dtype, shape, strides, offset },
    {
      name: "value",
      dtype: "float64",
      shape: [2, 3, 2],
      strides: [6, 2, 1],
      offset: 0,
    },
  );
  assert.match(sha256, /^[0-9a-f]{64}$/);
});

test("a refused file is one line on standard error and ends with 2", () => {
  const refused: readonly [string, RegExp][] = [
    [join(folder, "missing.npz"), /there is no such file/],
    [folder, /folder/],
    [onDisk("files/hostile/npy/lfs_pointer.npy"), /Git LFS/],
    [onDisk("files/hostile/npy/html.npy"), /web page/],
    [onDisk("files/hostile/npy/truncated_127.npy"), /./],
  ];
  for (const [path, words] of refused) {
    const { status, stdout, stderr } = call("inspect", path, "--json");
    assert.equal(status, 2, path);
    assert.equal(stdout, "");
    assert.match(stderr, /^weightbridge: [^\n]+\n$/, path);
    assert.match(stderr, words);
  }
});

test("claims prints nineteen verdicts", () => {
  const { status, stdout } = call("claims");
  assert.equal(status, 0);
  assert.equal(stdout.match(/^(true|false) /gm)?.length, 19);
  assert.equal(JSON.parse(call("claims", "--json").stdout).length, 19);
});

test("a reader that goes away before the end is no error", async () => {
  const child = spawn(process.execPath, [program, "claims"], { cwd: root });
  child.stdout.destroy();
  let complaint = "";
  child.stderr.on("data", (part: Buffer) => {
    complaint += part.toString();
  });
  const [status] = (await once(child, "close")) as [number | null];
  assert.equal(complaint, "");
  assert.equal(status, 0);
});
