// Opens an HDF5 file: walks its groups, reads what each dataset is, its text and its attributes; numbers are read when
// asked for. Links that are names, and other files, are never followed (HDF5 File Format Specification Version 3.0).

import { FormatError } from "../../core/errors.ts";
import type { Contents, NamedLink, OpenContext } from "../format.ts";
import { unpackedAllowed } from "../limits.ts";
import type { Reader } from "../reader.ts";
import { DictValue, NamedValue, type Value } from "../values.ts";
import { readAttributes } from "./attributes.ts";
import { type DatasetContext, isDataset, readDataset } from "./dataset.ts";
import { readDatatype } from "./datatype.ts";
import { Elements } from "./elements.ts";
import { Budget, HdfFile } from "./file.ts";
import { type HdfLink, isGroup, readLinks } from "./links.ts";
import { messageOf, messageTypes, type ObjectHeader, readObjectHeader } from "./object-header.ts";
import { SharedMessages } from "./shared.ts";
import { sharedHeapOf } from "./shared-heap.ts";
import { readSuperblock, superblockOffset } from "./superblock.ts";
import { typeName } from "./type-names.ts";

/** h5py's class of a type that stands in a file by itself. */
const namedTypeClass = "h5py.Datatype";

/** Groups within groups. */
const deepest = 1024;
/** Characters that all paths together may take. */
const mostPathCharacters = 2 ** 26;

/** What an object of the file is, however many links lead to it. */
interface Known {
  readonly header: ObjectHeader;
  /** The value of a dataset or type; undefined for a group. */
  readonly value: Value | undefined;
  readonly attributes: ReadonlyMap<string, Value>;
}

/** A place in a group: when its link was made, where the group shows that, and a value or what a group holds. */
interface Entry {
  readonly order: number;
  readonly path: string;
  readonly held: Value | Entries;
}

class Entries {
  readonly all: Entry[] = [];
}

interface OpenGroup {
  readonly header: ObjectHeader;
  readonly entries: Entries;
  readonly path: string;
  readonly depth: number;
}

/**
 * Opens an HDF5 file. The tree has every dataset under its path (`/layers/dense/vars/0`), however deep.
 * @throws FormatError when it is damaged or hostile
 */
export async function openHdf5(reader: Reader, { options }: OpenContext): Promise<Contents> {
  const at = await superblockOffset(reader);
  if (at === undefined)
    throw new FormatError("this is no HDF5 file: its signature is nowhere", { offset: 0 });
  const superblock = await readSuperblock(reader, at);
  const file = new HdfFile(
    reader,
    superblock,
    new Budget(reader.byteLength, unpackedAllowed(reader.byteLength, options)),
  );
  const shared = new SharedMessages(file, sharedHeapOf(file, superblock.extension));
  return new Walk({ file, elements: new Elements(file), shared }).run(superblock.root);
}

/** A walk over the groups of a file. */
class Walk {
  private readonly context: DatasetContext;
  private readonly attributes = new Map<string, ReadonlyMap<string, Value>>();
  private readonly links = new Map<string, NamedLink>();
  private readonly notes: string[] = [];
  private readonly known = new Map<number, Known>();
  /** The first path of each object. */
  private readonly names = new Map<number, string>();
  private readonly waiting: OpenGroup[] = [];
  private characters = 0;

  constructor(context: DatasetContext) {
    this.context = context;
  }

  async run(root: number): Promise<Contents> {
    const { header } = await this.object(root, "/");
    if (!isGroup(header)) throw new FormatError("what the superblock names as the root is no group");
    const entries = new Entries();
    this.waiting.push({ header, entries, path: "", depth: 0 });
    const entered = new Set<number>();
    for (let group = this.waiting.pop(); group !== undefined; group = this.waiting.pop()) {
      if (entered.has(group.header.address)) continue;
      entered.add(group.header.address);
      await this.enter(group);
    }
    this.context.elements.nameReferences(this.names);
    const tree = new DictValue();
    const attributes = new Map<string, ReadonlyMap<string, Value>>();
    for (const { path, held } of inOrder(entries)) {
      if (!(held instanceof Entries)) tree.set(path, held);
      const found = this.attributes.get(path);
      if (found !== undefined) attributes.set(path, found);
    }
    const { notes, links } = this;
    if (links.size > 0) notes.push(`${links.size} soft or external links are not followed`);
    return { format: "hdf5", tree, notes, attributes, links };
  }

  private async enter({ header, entries, path, depth }: OpenGroup): Promise<void> {
    const links = await placed(path === "" ? "/" : path, () => readLinks(this.context.file, header));
    const groups: OpenGroup[] = [];
    const names = new Set<string>();
    for (const link of links) {
      const inner = `${path}/${link.name}`;
      this.characters += inner.length;
      if (this.characters > mostPathCharacters)
        throw new FormatError("the names of its objects are too long");
      if (names.has(link.name))
        throw new FormatError("two links of a group have this name", { tensor: inner });
      names.add(link.name);
      if (link.kind !== "hard") {
        this.links.set(inner, namedLink(link));
        continue;
      }
      const { value, header: found } = await this.object(link.address, inner);
      const held = value ?? new Entries();
      entries.all.push({ order: link.order, path: inner, held });
      if (held instanceof Entries) {
        if (depth >= deepest) throw new FormatError(`groups are nested more than ${deepest} levels deep`);
        groups.push({ header: found, entries: held, path: inner, depth: depth + 1 });
      }
    }
    // The last in comes first out.
    for (const group of groups.reverse()) this.waiting.push(group);
  }

  /** What the object at an address is. Its attributes stand under each of its paths, a group's under the first. */
  private async object(address: number, path: string): Promise<Known> {
    let known = this.known.get(address);
    const isNew = known === undefined;
    if (known === undefined) {
      known = await placed(path, () => this.read(address, path));
      this.known.set(address, known);
      this.names.set(address, path);
    }
    if (known.attributes.size > 0 && (isNew || known.value !== undefined)) {
      this.attributes.set(path, known.attributes);
    }
    return known;
  }

  private async read(address: number, path: string): Promise<Known> {
    const { context } = this;
    const header = await readObjectHeader(context.file, address);
    const attributes = await readAttributes(context, header, (note) => this.notes.push(`${path}: ${note}`));
    if (isDataset(header)) {
      return { header, attributes, value: await readDataset(context, header, { path, attributes }) };
    }
    if (isGroup(header)) return { header, attributes, value: undefined };
    const type = messageOf(header, messageTypes.datatype);
    if (type === undefined) throw new FormatError("an object is neither a group, a dataset nor a type");
    const name = typeName(readDatatype(type.body.fresh()));
    return { header, attributes, value: new NamedValue(namedTypeClass, name) };
  }
}

/** A group and everything in it, in the order in which it was made, where that is known. */
function* inOrder(root: Entries): Iterable<Entry> {
  const waiting: Entry[] = [{ order: 0, path: "/", held: root }];
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    yield entry;
    if (!(entry.held instanceof Entries)) continue;
    // The last in comes first out.
    const inside = entry.held.all.sort((a, b) => a.order - b.order).reverse();
    for (const inner of inside) waiting.push(inner);
  }
}

function namedLink(link: HdfLink & NamedLink): NamedLink {
  const { kind, path } = link;
  return kind === "soft" ? { kind, path } : { kind, file: link.file, path };
}

/** Runs `read`; a refusal says the path of the object. */
async function placed<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, { ...error.place, tensor: error.place.tensor ?? shortened(path) });
  }
}

/** A path that may be of any length, for a message. */
function shortened(path: string): string {
  return path.length <= 120 ? path : `${path.slice(0, 60)}...${path.slice(-57)}`;
}
