// Small models of Keras for tests: weights, names of groups, configurations, archives.

import { float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout, product } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { type AttributeValue, BytesSink, type Opened } from "../../src/files/index.ts";
import { ZipWriter } from "../../src/files/zip/write.ts";

/** Zeros, float32. */
export function zeros(...shape: number[]): Operand {
  return {
    storage: new Storage(new Float32Array(product(shape))),
    layout: Layout.contiguous(float32, shape),
  };
}

const utf8 = new TextEncoder();
/** Attributes by path and name. */
export type Attributes = ReadonlyMap<string, ReadonlyMap<string, AttributeValue>>;

/** Attributes of a file of weights: the users' names of groups. */
export function named(names: { readonly [group: string]: string }): Attributes {
  return new Map(Object.entries(names).map(([group, name]) => [`/${group}/vars`, new Map([["name", name]])]));
}

/** The layers of an opened file, weights by name. */
export function layersOf({
  layers,
}: Opened): [name: string, className: string | undefined, weights: string[]][] {
  return layers!.map(({ name, className, weights }) => [name, className, weights.map(([weight]) => weight)]);
}

/** A zip archive. */
export async function archiveOf(
  members: readonly (readonly [name: string, content: Uint8Array | string])[],
  compressed = false,
): Promise<Uint8Array> {
  const sink = new BytesSink();
  const zip = new ZipWriter(sink);
  for (const [name, content] of members) {
    await zip.add(name, [typeof content === "string" ? utf8.encode(content) : content], compressed);
  }
  await zip.finish();
  return sink.bytes();
}

/** The configuration of a Dense. */
export const dense = (name: string, more: object = {}): object => ({
  module: "keras.layers",
  class_name: "Dense",
  config: { name, units: 2, ...more },
});
/** The configuration of a Sequential. */
export const sequential = (name: string, ...layers: object[]): object => ({
  module: "keras",
  class_name: "Sequential",
  config: { name, layers },
});
/** What a metadata.json says. */
export const about: string = JSON.stringify({ keras_version: "3.15.1", date_saved: "2025-01-01@00:00:00" });

/** A `.keras` of a configuration, weights and further members. */
export async function modelOf(
  config: object | string,
  weights: Uint8Array,
  others: readonly (readonly [string, string])[] = [],
): Promise<Uint8Array> {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  return archiveOf([
    ["metadata.json", about],
    ["config.json", text],
    ["model.weights.h5", weights],
    ...others,
  ]);
}
