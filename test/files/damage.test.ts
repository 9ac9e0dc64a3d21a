// Damage: small files cut at every byte, and changed at random (seeded). What comes of it is a value or a FormatError.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { inspect, read } from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";

const files = referenceFiles();
const small = [
  "npy/fortran_2d.npy",
  "npy/struct_nested.npy",
  "npy/object_layers.npy",
  "npz/streamed_deflated.npz",
  "npz/zip64.npz",
  "pt/zip_deflated.pt",
  "pt/zip_torch_2_1.pt",
  "pt/sparse_csr.pt",
  "pt/legacy_views.pt",
  "pt/module_linear.pt",
  "pt/quantized_channel.pt",
  "pt/numpy_arrays.pth",
  "pt/script_tiny.pt",
  "pickle/plain_protocol0.pkl",
  "joblib/array.joblib",
  "joblib/zlib.joblib",
  "safetensors/mixed_alignment.safetensors",
  "safetensors/metadata.safetensors",
];
/** Ends with bytes that mean nothing: without them it is whole. */
const padded = ["pt/tar_0_1_9.pt"];

/** @returns whether it was read */
async function survives(bytes: Uint8Array): Promise<boolean> {
  try {
    await inspect(await read(bytes), { statistics: true, hash: true });
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

for (const name of [...small, ...padded]) {
  const whole = Uint8Array.from(files.get(name)!);

  test(`${name} cut short anywhere is refused`, { skip: padded.includes(name) }, async () => {
    assert.equal(await survives(whole), true);
    for (let length = 0; length < whole.byteLength; length++) {
      assert.equal(await survives(whole.subarray(0, length)), false, `cut after ${length} bytes`);
    }
  });

  test(`${name} changed at random is read or refused`, async () => {
    let state = 20_250_101;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let refused = 0;
    for (let run = 0; run < 300; run++) {
      const bytes = whole.slice();
      for (let change = random(3); change >= 0; change--) {
        const at = random(bytes.byteLength);
        if (random(2) === 0) bytes[at] = random(256);
        else bytes.copyWithin(at, random(bytes.byteLength), random(bytes.byteLength));
      }
      if (!(await survives(bytes))) refused++;
    }
    assert.ok(refused > 30, `only ${refused} of 300 were refused`);
  });
}
