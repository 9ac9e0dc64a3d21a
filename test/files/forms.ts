// Arrays in the form of the manifest of reference files (its README has it).

import { createHash } from "node:crypto";
import { contentBytes } from "../../src/files/content.ts";
import type { ArrayFacts, ArrayLike, ArrayValue } from "../../src/files/values.ts";

/** JSON of the manifest. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Form = { [key: string]: Json };

const inline = 2048;

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function body(bytes: Uint8Array): Form {
  return bytes.byteLength <= inline ? { data: base64(bytes) } : { order: "C", sha256: sha256(bytes) };
}

export function number(value: number): Json {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? value : value > 0 ? "Infinity" : "-Infinity";
}

/** A strided leaf as the manifest writes it. */
function stridedForm(
  leaf: {
    storage: { bytes(): Uint8Array };
    shape: readonly number[];
    strides: readonly number[];
    offset: number;
  },
  itemSize: number,
  content: () => Uint8Array,
  contiguous: boolean,
): Form {
  const bytes = leaf.storage.bytes();
  const size = leaf.shape.reduce((product, length) => product * length, 1);
  if (contiguous && leaf.offset === 0 && bytes.byteLength === size * itemSize) return body(bytes);
  const place = { strides: [...leaf.strides], offset: leaf.offset };
  if (bytes.byteLength <= inline) return { ...place, data: base64(bytes) };
  return {
    ...place,
    storage_elements: bytes.byteLength / itemSize,
    order: "C",
    sha256: sha256(content()),
  };
}

function facts(known: ArrayFacts): Form {
  return {
    ...(known.parameter === true ? { parameter: true } : {}),
    ...(known.requiresGrad === true ? { requires_grad: true } : {}),
    ...(known.conjugated === true ? { conj: true } : {}),
    ...(known.negated === true ? { neg: true } : {}),
  };
}

/** An array as the manifest writes it; nested values (objects, attributes) are left out. */
export function arrayForm(leaf: ArrayLike): Form {
  const shape = "shape" in leaf ? [...leaf.shape] : [];
  switch (leaf.kind) {
    case "array": {
      const { layout, storage } = leaf;
      const form = { dtype: layout.dtype.name, shape, ...facts(leaf.facts) };
      if (leaf.facts.origin === "numpy") {
        const order = layout.rank > 1 && layout.isFortranContiguous && !layout.isContiguous;
        return { ...form, ...body(contentBytes(leaf)), ...(order ? { file_order: "F" } : {}) };
      }
      const { strides, offset } = layout;
      return {
        ...form,
        ...stridedForm(
          { storage, shape, strides, offset },
          layout.dtype.itemSize,
          () => contentBytes(leaf),
          layout.isContiguous,
        ),
      };
    }
    case "raw":
      return {
        dtype: leaf.dtype,
        shape,
        ...facts(leaf.facts),
        ...stridedForm(
          { ...leaf, storage: leaf.stored.storage },
          leaf.itemSize,
          () => new Uint8Array(0),
          true,
        ),
      };
    case "text":
      return {
        dtype: "str",
        ...(leaf.width === undefined ? {} : { width: leaf.width }),
        shape,
        values: [...leaf.values],
        ...order(leaf),
      };
    case "bytes":
      return {
        dtype: "bytes",
        width: leaf.width,
        shape,
        values_base64: leaf.values.map(base64),
        ...order(leaf),
      };
    case "void":
      return { dtype: "void", width: leaf.width, shape, ...body(leaf.bytes), ...order(leaf) };
    case "date":
      return { ...arrayForm(leaf.counts), dtype: leaf.dtype };
    case "quantized":
      return {
        dtype: leaf.dtype,
        shape,
        scheme: leaf.scheme,
        ...(leaf.scale === undefined ? {} : { scale: leaf.scale, zero_point: leaf.zeroPoint! }),
        ...(leaf.axis === undefined
          ? {}
          : { axis: leaf.axis, scales: arrayForm(leaf.scales!), zero_points: arrayForm(leaf.zeroPoints!) }),
        integers: arrayForm(leaf.integers),
        ...facts(leaf.facts),
      };
    case "sparse":
      return {
        dtype: leaf.dtype.name,
        shape,
        layout: leaf.sparseLayout,
        ...(leaf.coalesced === undefined ? {} : { coalesced: leaf.coalesced }),
        ...(leaf.indices === undefined ? {} : { indices: ownForm(leaf.indices) }),
        ...(leaf.compressedIndices === undefined
          ? {}
          : { compressed_indices: ownForm(leaf.compressedIndices) }),
        ...(leaf.plainIndices === undefined ? {} : { plain_indices: ownForm(leaf.plainIndices) }),
        values: ownForm(leaf.values),
      };
    case "nested":
      return { dtype: leaf.dtype.name, kind: "nested", parts: leaf.parts.map(ownForm) };
    case "meta":
      return {
        dtype: leaf.dtype,
        shape,
        device: "meta",
        strides: [...leaf.strides],
        offset: 0,
        ...facts(leaf.facts),
      };
    default:
      throw new Error(`${leaf.kind} is compared field by field`);
  }
}

/** A part that the manifest holds as a contiguous clone. */
function ownForm(array: ArrayValue): Form {
  return { dtype: array.layout.dtype.name, shape: [...array.shape], ...body(contentBytes(array)) };
}

export function order(leaf: { order: "C" | "F" }): Form {
  return leaf.order === "F" ? { file_order: "F" } : {};
}
