// A dataset of HDF5: its type, shape and layout, its numbers as a storage that is read when asked for, and everything
// else as values (HDF5 File Format Specification Version 3.0, section IV.A.2).

import { FormatError } from "../../core/errors.ts";
import { contiguousStrides, type Shape } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { countOf } from "../numpy/types.ts";
import { fillFrom } from "../reader.ts";
import { Stored } from "../stored.ts";
import { type ArrayLike, NamedValue, type Value } from "../values.ts";
import { emptyClass } from "./attribute.ts";
import { readChunks } from "./chunks.ts";
import { readDataspace } from "./dataspace.ts";
import { type HdfType, readDatatype } from "./datatype.ts";
import { type Elements, numberArray } from "./elements.ts";
import type { HdfFile } from "./file.ts";
import { type Filter, readFilters } from "./filter-pipeline.ts";
import { unreadFilter } from "./filters.ts";
import { type HdfLayout, readFillValue, readLayout, readOldFillValue } from "./layout.ts";
import { type NumberForm, namedForm, numberForm, turn } from "./numbers.ts";
import { messageOf, messageTypes, type ObjectHeader } from "./object-header.ts";
import type { SharedMessages } from "./shared.ts";
import { shortTypeName, typeName, unreadType } from "./type-names.ts";

/** What a dataset is read with. */
export interface DatasetContext {
  readonly file: HdfFile;
  readonly elements: Elements;
  readonly shared: SharedMessages;
}

/** What the file says of a dataset beside what it is. */
export interface DatasetFacts {
  /** Its name, for messages. */
  readonly path: string;
  readonly attributes: ReadonlyMap<string, Value>;
}

/** A dataset with elements, before they are read. */
interface Dataset {
  readonly type: HdfType;
  readonly shape: Shape;
  readonly maximum: readonly (number | undefined)[];
  readonly layout: HdfLayout;
  readonly filters: readonly Filter[];
  readonly fill: Uint8Array | undefined;
  /** Bytes of its elements. */
  readonly byteLength: number;
}

/** True iff an object header is one of a dataset. */
export function isDataset(header: ObjectHeader): boolean {
  return messageOf(header, messageTypes.layout) !== undefined;
}

/**
 * Reads what a dataset is; of its elements those that are no numbers.
 * @throws FormatError when it is damaged
 */
export async function readDataset(
  context: DatasetContext,
  header: ObjectHeader,
  facts: DatasetFacts,
): Promise<Value> {
  const body = async (type: number): Promise<ReturnType<typeof bodyOf>> => bodyOf(context, header, type);
  const typeBody = await body(messageTypes.datatype);
  const spaceBody = await body(messageTypes.dataspace);
  const layoutBody = await body(messageTypes.layout);
  if (typeBody === undefined || spaceBody === undefined || layoutBody === undefined) {
    throw new FormatError("a dataset has no type, shape or layout: it is damaged");
  }
  const type = readDatatype(typeBody);
  const { shape, maximum } = readDataspace(spaceBody);
  if (shape === null) return new NamedValue(emptyClass, shortTypeName(type));
  const fillBody = await body(messageTypes.fillValue);
  const oldFillBody = fillBody === undefined ? await body(messageTypes.oldFillValue) : undefined;
  const filterBody = await body(messageTypes.filters);
  const layout = readLayout(layoutBody);
  const dataset: Dataset = {
    type,
    shape,
    maximum,
    layout,
    filters: filterBody === undefined ? [] : readFilters(filterBody),
    fill:
      fillBody !== undefined
        ? readFillValue(fillBody)
        : oldFillBody !== undefined
          ? readOldFillValue(oldFillBody)
          : undefined,
    byteLength: countOf(shape, type.size) * type.size,
  };
  checkDataset(dataset, context.file);
  const isOutside = messageOf(header, messageTypes.externalFiles) !== undefined;
  return datasetValue(
    context,
    dataset,
    facts,
    isOutside ? "its elements are in another file" : unread(dataset),
  );
}

async function bodyOf(
  { shared }: DatasetContext,
  header: ObjectHeader,
  type: number,
): Promise<Awaited<ReturnType<SharedMessages["body"]>> | undefined> {
  const message = messageOf(header, type);
  if (message === undefined) return undefined;
  return message.shared ? shared.body(type, message.body.fresh()) : message.body.fresh();
}

/** Checks what can be known before elements are read. */
function checkDataset({ type, shape, layout, fill, byteLength }: Dataset, file: HdfFile): void {
  if (fill !== undefined && fill.byteLength !== type.size) {
    throw new FormatError(`a fill value of ${fill.byteLength} bytes is none of ${type.size}: it is damaged`);
  }
  if (layout.kind === "chunked") {
    const { chunk, elementSize } = layout;
    if (chunk.length !== shape.length || elementSize !== type.size) {
      throw new FormatError(
        `chunks of (${chunk.join(", ")}) elements of ${elementSize} bytes are none of a dataset of shape (${shape.join(
          ", ",
        )}) and ${type.size} bytes: it is damaged`,
      );
    }
    countOf(chunk, elementSize);
    return;
  }
  const size =
    layout.kind === "compact"
      ? layout.bytes.byteLength
      : layout.kind === "contiguous"
        ? layout.size
        : undefined;
  if (
    size !== undefined &&
    size < byteLength &&
    !(layout.kind === "contiguous" && layout.address === undefined)
  ) {
    throw new FormatError(
      `the shape (${shape.join(", ")}) takes ${byteLength} bytes, and the dataset has ${size}: it is damaged`,
    );
  }
  if (layout.kind === "contiguous" && layout.address !== undefined) {
    file.offsetOf(layout.address, byteLength, "the dataset");
  }
}

/** Why the elements of a dataset are not read, where they are not. */
function unread({ type, layout, filters }: Dataset): string | undefined {
  if (layout.kind === "virtual")
    return "it is virtual: its elements are in other datasets, which are not followed";
  const filter = layout.kind === "chunked" ? unreadFilter(filters) : undefined;
  if (filter !== undefined) return `its chunks went through the filter ${filter}, which is not undone here`;
  const other = unreadType(type);
  return other === undefined ? undefined : `its elements are of HDF5's type ${other}, which is not read`;
}

async function datasetValue(
  context: DatasetContext,
  dataset: Dataset,
  { path, attributes }: DatasetFacts,
  refusal: string | undefined,
): Promise<Value> {
  const { type, shape, byteLength } = dataset;
  const place = { file: context.file.reader.name, tensor: path, offset: offsetOf(context.file, dataset) };
  if (refusal !== undefined) {
    const refuse = async (): Promise<Storage> => {
      throw new FormatError(refusal);
    };
    return rawValue(type, shape, Stored.made(byteLength, refuse, place));
  }
  const bytes = elementBytes(context.file, dataset);
  const outer = outerType(type, shape);
  const form = numberForm(outer.type) ?? namedForm(outer.type, attributes.get("dtype"));
  if (form === undefined) return context.elements.array(type, shape, await bytes());
  return numbers(form, outer.shape, byteLength, bytes, { place, source: sourceOf(context.file, dataset) });
}

/** The elements of an array type are more axes of the dataset. */
function outerType(type: HdfType, shape: Shape): { type: HdfType; shape: Shape } {
  return type.kind === "array" ? outerType(type.base, [...shape, ...type.dimensions]) : { type, shape };
}

function numbers(
  form: NumberForm,
  shape: Shape,
  byteLength: number,
  bytes: () => Promise<Uint8Array>,
  { place, source }: Pick<Stored, "place" | "source">,
): ArrayLike {
  const { convert, dtype } = form;
  if (convert === undefined) {
    const stored = Stored.made(byteLength, async () => new Storage(await bytes()), place, source);
    stored.whenLoaded((storage) => turn(form, storage.bytes()));
    return numberArray(form, shape, stored);
  }
  const size = countOf(shape, dtype.itemSize) * dtype.itemSize;
  return numberArray(
    form,
    shape,
    Stored.made(size, async () => convert(await bytes()), place, source),
  );
}

/** An array whose elements are not read, by the name of their type. */
function rawValue(type: HdfType, shape: Shape, stored: Stored): ArrayLike {
  return {
    kind: "raw",
    dtype: typeName(type),
    itemSize: type.size,
    stored,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    facts: { origin: "numpy" },
  };
}

/** The part of the file that holds the elements, where it is one. */
function sourceOf(file: HdfFile, { layout, byteLength }: Dataset): Stored["source"] {
  if (layout.kind !== "contiguous" || layout.address === undefined) return undefined;
  const start = file.place.base + layout.address;
  return { reader: file.reader, start, end: start + byteLength };
}

function offsetOf(file: HdfFile, { layout }: Dataset): number | undefined {
  if (layout.kind !== "contiguous" && layout.kind !== "chunked") return undefined;
  return layout.address === undefined ? undefined : file.place.base + layout.address;
}

/** Reads the elements of a dataset as they are in the file, into memory of their own. */
function elementBytes(file: HdfFile, dataset: Dataset): () => Promise<Uint8Array> {
  const { layout, byteLength, fill, filters, shape, maximum } = dataset;
  let isReckoned = false;
  return async () => {
    // Read once more after it was let go of, it is the same memory.
    if (!isReckoned) file.budget.spendData(byteLength);
    isReckoned = true;
    const target = new Uint8Array(byteLength);
    if (layout.kind === "compact") target.set(layout.bytes.subarray(0, byteLength));
    else if (layout.kind === "contiguous" && layout.address !== undefined) {
      await fillFrom(file.reader, file.place.base + layout.address, target);
    } else {
      if (fill?.some((byte) => byte !== 0) === true) repeat(fill, target);
      if (layout.kind === "chunked" && byteLength > 0) {
        await readChunks({ file, layout, filters, shape, maximum }, target);
      }
    }
    return target;
  };
}

/** Fills bytes with one element over and over. */
function repeat(element: Uint8Array, target: Uint8Array): void {
  if (target.byteLength === 0) return;
  target.set(element);
  for (let filled = element.byteLength; filled < target.byteLength; filled *= 2) {
    target.copyWithin(filled, 0, Math.min(filled, target.byteLength - filled));
  }
}
