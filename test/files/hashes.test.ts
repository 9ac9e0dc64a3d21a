// What `inspect --hash` says of every recorded file of arrays: their names, types, shapes, and the sha256 of their
// elements in row-major order, little-endian, worked out here from the manifest's values.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  bytesReader,
  FormatError,
  type Inspection,
  inspect,
  open,
  type TensorInfo,
} from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";
import { type Form, sha256 } from "./forms.ts";

interface Entry {
  readonly file: string;
  readonly expect: { readonly arrays?: { readonly [name: string]: Form } };
}

const files = referenceFiles();
const manifest = JSON.parse(new TextDecoder().decode(files.get("manifest.json")!)) as Entry[];

/** Bytes of an element whose type has a number of bits in its name. */
function itemSize(dtype: string): number {
  return dtype === "bool" ? 1 : Number(/\d+/.exec(dtype)![0]) / 8;
}

/** The elements of a strided array in row-major order. */
function inOrder(storage: Uint8Array, form: Form): Uint8Array {
  const size = itemSize(form.dtype as string);
  const shape = form.shape as number[];
  const strides = form.strides as number[];
  const pieces: Uint8Array[] = [];
  const walk = (axis: number, at: number): void => {
    if (axis === shape.length) pieces.push(storage.subarray(at * size, (at + 1) * size));
    else for (let index = 0; index < shape[axis]!; index++) walk(axis + 1, at + index * strides[axis]!);
  };
  walk(0, form.offset as number);
  return Buffer.concat(pieces);
}

/** The digest of each array that has numbers or raw bytes, by the name that `inspect` gives it. */
function* digests(name: string, form: Form): Iterable<[name: string, form: Form, digest: string]> {
  if (Array.isArray(form.fields)) {
    for (const [field, inner] of form.fields as [string, Form][]) yield* digests(`${name}/${field}`, inner);
  } else if (typeof form.sha256 === "string") yield [name, form, form.sha256];
  else if (typeof form.data === "string") {
    const bytes = Buffer.from(form.data, "base64");
    yield [name, form, sha256("strides" in form ? inOrder(bytes, form) : bytes)];
  } else if (form.integers !== undefined) {
    for (const [, , digest] of digests(name, form.integers as Form)) yield [name, form, digest];
  }
}

/** What is in a file, or undefined where it is refused: the suite `files` says whether it may be. */
async function inspected(file: string): Promise<Inspection | undefined> {
  try {
    const opened = await open(files.get(file)!, {
      name: file,
      sibling: async (name) => bytesReader(files.get(join(dirname(file), name))!),
    });
    return await inspect(opened, { hash: true });
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

let compared = 0;

for (const { file, expect } of manifest) {
  const expected = Object.entries(expect.arrays ?? {}).flatMap(([name, form]) => [...digests(name, form)]);
  if (expected.length === 0) continue;
  test(`${file}: names, types, shapes and hashes`, async (t) => {
    const inspection = await inspected(file);
    if (inspection === undefined) {
      t.skip("it is refused");
      return;
    }
    const found = new Map<string, TensorInfo>(inspection.tensors.map((tensor) => [tensor.name, tensor]));
    for (const [name, form, digest] of expected) {
      const tensor = found.get(name);
      assert.ok(tensor !== undefined, `no ${JSON.stringify(name)} among ${[...found.keys()].join(", ")}`);
      // Raw bytes to h5py may be of a type that the file names in its own way: Keras's bfloat16.
      const isNamed = form.dtype === "void" && tensor.storedAs === `V${form.width}`;
      assert.equal(isNamed ? "void" : tensor.dtype, form.dtype, name);
      assert.deepEqual(tensor.shape, form.shape, name);
      assert.equal(tensor.sha256, digest, name);
      compared++;
    }
  });
}

test("most of the recorded arrays were compared", () => assert.ok(compared > 2000, `${compared} were`));
