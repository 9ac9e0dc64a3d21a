// The recorded files: the good ones hold what their manifest says, the others are refused in one line, promptly,
// without much memory, and without a look at any other file.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FormatError } from "../../src/core/errors.ts";
import { bytesReader, type Opened, type OpenOptions, type Reader, read } from "../../src/files/index.ts";
import { DictValue, type Value } from "../../src/files/values.ts";
import { compare, compareArrays, compareEstimator, sharesOf } from "../files/compare.ts";
import { base64, type Json } from "../files/forms.ts";
import { referenceFiles, referenceFolder } from "../support/reference.ts";
import { type Case, Failure } from "./suite.ts";

type Expect = { readonly [key: string]: Json };

interface Entry {
  readonly file: string;
  readonly about: string;
  readonly format: string;
  readonly expect: Expect;
  readonly needs?: readonly string[];
}

/** What a refusal may cost. */
const mostMilliseconds = 1000;
const mostMemory = 256 * 2 ** 20;

type Files = (path: string) => Uint8Array | undefined;

/** Files of a folder, or of the archive that the project keeps. */
function filesOf(folder: string): Files {
  if (folder === referenceFolder) {
    const packed = referenceFiles();
    return (path) => packed.get(path);
  }
  return (path) => {
    const full = join(folder, "files", path);
    return existsSync(full) ? readFileSync(full) : undefined;
  };
}

/** Compares what a file says by name. safetensors' own writer puts the names in an order of chance. */
function compareUnordered(expected: Json, found: ReadonlyMap<string, Value> | undefined): void {
  assert.ok(found !== undefined, "the file says nothing of the kind");
  const names = Object.keys(expected as object);
  assert.deepEqual([...found.keys()].sort(), [...names].sort());
  const inOrder = new DictValue(names.map((name): [string, Value] => [name, found.get(name)!]));
  compare(expected, inOrder, "what the file says");
}

/** Further facts of the manifest, each held against what was read. */
const facts: Readonly<Record<string, (expected: Json, opened: Opened) => void>> = {
  arrays: (expected, { tree }) => compareArrays(expected as { [key: string]: Json }, tree),
  tree: (expected, { tree }) => compare(expected, tree, ""),
  module: (expected, { tree }) => compare({ ...(expected as object), $kind: "module" } as Json, tree, ""),
  sequence: (expected, { sequence }) => {
    for (const [index, form] of (expected as Json[]).entries()) {
      compare(form, sequence![index]!, String(index));
    }
  },
  byte_order: (expected, { byteOrder }) => assert.equal(byteOrder, expected),
  // A type that NumPy lacks: raw bytes, which are those of the type that they were.
  means: (expected, { tree }) => {
    assert.ok(typeof tree === "object" && tree !== null && "kind" in tree && tree.kind === "void");
    const { data, shape } = expected as { data: string; shape: number[] };
    assert.deepEqual([base64(tree.bytes), [...tree.shape]], [data, shape]);
  },
  metadata: (expected, { metadata }) => compareUnordered(expected, metadata),
  weight_map: (expected, { weightMap }) => compareUnordered(expected, weightMap),
  constants: (expected, { constants }) =>
    compareArrays(expected as { [key: string]: Json }, new DictValue(constants ?? [])),
  sparse: (expected, { sparse }) => {
    const forms = expected as { [name: string]: { [part: string]: Json } };
    assert.deepEqual([...(sparse?.keys() ?? [])].sort(), Object.keys(forms).sort());
    for (const [name, { shape, values, indices }] of Object.entries(forms)) {
      const found = sparse!.get(name)!;
      assert.deepEqual([...found.shape], shape, name);
      compare(values!, found.values, `${name}, values`);
      compare(indices!, found.indices!, `${name}, indices`);
    }
  },
  nodes: (expected, { nodes }) => assert.deepEqual(nodes, expected),
  estimator: (expected, { tree }) => compareEstimator(expected as { [key: string]: Json }, tree),
  other_members: (expected, { otherMembers }) => {
    const members = [...otherMembers!].map(([name, stored]): [string, Uint8Array] => [
      name,
      stored.storage.bytes(),
    ]);
    compare(expected, new DictValue(members), "other members");
  },
  attributes: (expected, { attributes }) => {
    const objects = expected as { [path: string]: { [name: string]: Json } };
    assert.deepEqual([...attributes!.keys()].sort(), Object.keys(objects).sort());
    for (const [path, forms] of Object.entries(objects)) {
      const found = attributes!.get(path)!;
      assert.deepEqual([...found.keys()].sort(), Object.keys(forms).sort(), path);
      for (const [name, form] of Object.entries(forms)) compare(form, found.get(name)!, `${path}, ${name}`);
    }
  },
  layers: (expected, { layers }) => {
    assert.deepEqual(
      layers?.map(({ name, className, weights }) => [name, className, weights]),
      expected,
    );
  },
  links: (expected, { links }) => {
    const found = [...links!].map(([path, link]) => [
      path,
      link.kind === "soft" ? { soft: link.path } : { external: link.file, path: link.path },
    ]);
    assert.deepEqual(Object.fromEntries(found), expected);
  },
};

/** Keys of the manifest that say how to judge, or what Python does, and nothing of the contents. */
const remarks: ReadonlySet<string> = new Set(["safe_only", "or_refuse", "or_load", "shares", "note"]);

function check(expect: Expect, opened: Opened): void {
  for (const [key, expected] of Object.entries(expect)) {
    if (remarks.has(key)) continue;
    const fact = facts[key];
    if (fact === undefined) throw new Failure(`nothing looks at what the manifest says of ${key}`);
    fact(expected, opened);
  }
  if (["arrays", "tree", "module"].some((key) => key in expect)) {
    assert.deepEqual(sharesOf(opened.tree), expect.shares ?? []);
  }
}

/** The reader of a file that lies in the folder; `asked` gets the names of others that are asked for. */
function optionsFor(files: Files, path: string, asked: string[]): OpenOptions {
  const sibling = async (name: string): Promise<Reader> => {
    asked.push(join(dirname(path), name));
    const bytes = files(join(dirname(path), name));
    if (bytes === undefined) throw new FormatError(`there is no file ${JSON.stringify(name)} beside it`);
    return bytesReader(bytes, join(dirname(path), name));
  };
  return { name: path, sibling };
}

async function outcome(
  bytes: Uint8Array,
  options: OpenOptions,
): Promise<{ result: Opened | FormatError; milliseconds: number; memory: number }> {
  const before = process.resourceUsage().maxRSS;
  const start = performance.now();
  const result = await read(bytes, options).catch((error: unknown) => {
    if (error instanceof FormatError) return error;
    throw error;
  });
  const milliseconds = performance.now() - start;
  return { result, milliseconds, memory: 1024 * (process.resourceUsage().maxRSS - before) };
}

function checkRefusal(error: FormatError, { file, expect }: Entry): void {
  assert.doesNotMatch(error.message, /\n/);
  assert.ok(error.message.startsWith(file), error.message);
  assert.ok(error.message.length < 400, error.message);
  if (expect.refuse === undefined && expect.or_refuse === undefined) {
    throw new Failure(`refused: ${error.message}`);
  }
}

async function run(entry: Entry, files: Files): Promise<void> {
  const asked: string[] = [];
  const options = optionsFor(files, entry.file, asked);
  const { result, milliseconds, memory } = await outcome(files(entry.file)!, options);
  assert.ok(!existsSync(join(tmpdir(), "payload-was-run")), "what the file holds was run");
  const folder = dirname(entry.file);
  for (const path of asked) assert.ok(path.startsWith(folder), `it looked at ${path}`);
  if (entry.expect.refuse !== undefined) {
    assert.ok(milliseconds < mostMilliseconds, `it took ${Math.round(milliseconds)} ms`);
    assert.ok(memory < mostMemory, `it took ${memory} bytes`);
  }
  if (result instanceof FormatError) checkRefusal(result, entry);
  else if (entry.expect.refuse === undefined) check(entry.expect, result);
  else {
    const orLoad = entry.expect.or_load as Expect | undefined;
    if (orLoad === undefined) throw new Failure("it was read, and should have been refused");
    check(orLoad, result);
  }
}

/** The cases of the manifest, one a file. */
export function* fileCases(folder: string): Iterable<Case> {
  const files = filesOf(folder);
  const manifest = files("manifest.json");
  if (manifest === undefined) return;
  for (const entry of JSON.parse(new TextDecoder().decode(manifest)) as Entry[]) {
    yield { name: entry.file, group: entry.format, run: () => run(entry, files) };
  }
}
