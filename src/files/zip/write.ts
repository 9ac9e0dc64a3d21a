// Writing zip archives (PKWARE APPNOTE 6.3) to a sink, member by member. Libraries differ in what their archives'
// headers say; a `ZipStyle` holds those differences, so that what is written is byte for byte what each of them writes.

import { ValueError } from "../../core/errors.ts";
import { BytesSink, type Sink } from "../sink.ts";
import { crc32 } from "./crc32.ts";
import { deflate } from "./deflate.ts";

/** What the headers of one library's archives say. */
export interface ZipStyle {
  /** The system and the version of the program that writes. */
  readonly madeBy: number;
  /** The version that reading needs. */
  readonly needed: number;
  /** Flags of a member with a name in ASCII, and with any other. */
  readonly flags: readonly [ascii: number, other: number];
  /** The day that members are of; nothing of the writing machine goes into the file. */
  readonly date: number;
  /** Permissions of the members. */
  readonly attributes: number;
  /** `always`: sizes stand in zip64 fields before every member; `large`: only where they must. */
  readonly wideSizes: "always" | "large";
  /** True iff sizes and checksum follow a member's data (flag bit 3) instead of standing before them. */
  readonly sizesFollow: boolean;
  /** Data begin at a multiple of it, by an extra field of padding `FB`. */
  readonly alignment: number;
  /** What a zip64 end record says of who made it and who can read it; undefined: only where there must be one. */
  readonly alwaysWideEnd: readonly [madeBy: number, needed: number] | undefined;
}

const zip64Version = 45;
const unix = 3;
/** 1 January 1980, the earliest day that a zip can say. */
const firstDay = 0x21;

/** As Python's zipfile writes for numpy.savez. */
export const numpyStyle: ZipStyle = {
  madeBy: (unix << 8) | zip64Version,
  needed: zip64Version,
  flags: [0, 0x800],
  date: firstDay,
  attributes: 0o600 << 16,
  wideSizes: "always",
  sizesFollow: false,
  alignment: 1,
  alwaysWideEnd: undefined,
};

/** As PyTorch's writer does (caffe2/serialize/inline_container.cc over miniz). */
export const torchStyle: ZipStyle = {
  madeBy: 0,
  needed: 0,
  flags: [0x808, 0x808],
  date: 0,
  attributes: 0,
  wideSizes: "large",
  sizesFollow: true,
  alignment: 64,
  alwaysWideEnd: [(unix << 8) | 30, zip64Version],
};

/** A member that was written. */
interface Written {
  readonly name: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly packed: number;
  readonly start: number;
}

type Field = readonly [width: 2 | 4 | 8, value: number];

const unset = 0xffffffff;
const mostMembers = 0xffff;

/** Little-endian fields, one after another. */
function fields(...parts: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of parts) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

const sizeOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, piece) => sum + piece.byteLength, 0);

/** The zip64 field with those of a member's numbers that are too large for the short form. */
function wideField({ size, packed, start }: Written, withSizes: boolean): Uint8Array {
  const wide: Field[] = [];
  if (withSizes) wide.push([8, size], [8, packed]);
  if (start >= unset) wide.push([8, start]);
  return wide.length === 0 ? new Uint8Array(0) : fields([2, 1], [2, 8 * wide.length], ...wide);
}

const isLarge = ({ size, packed }: Written): boolean => size >= unset || packed >= unset;

/** The field of padding after which the data begin at a multiple of the style's alignment. */
function padding(style: ZipStyle, end: number): Uint8Array {
  if (style.alignment === 1) return new Uint8Array(0);
  const rest = (end + 4) % style.alignment;
  const length = rest === 0 ? 0 : style.alignment - rest;
  const bytes = new Uint8Array(4 + length).fill(0x5a);
  bytes.set(fields([2, 0x4246], [2, length]));
  return bytes;
}

/** An archive that is written to a sink, one member after another. */
export class ZipWriter {
  private readonly sink: Sink;
  private readonly style: ZipStyle;
  private readonly members: Written[] = [];
  private at = 0;

  constructor(sink: Sink, style: ZipStyle = numpyStyle) {
    this.sink = sink;
    this.style = style;
  }

  private async write(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > 0) await this.sink.write(bytes);
    this.at += bytes.byteLength;
  }

  /**
   * Writes a member, stored or deflated.
   * @param pieces its bytes, in parts; they are not kept
   * @returns the CRC-32 of its bytes
   * @throws ValueError when the name is longer than a zip can say
   */
  async add(name: string, pieces: readonly Uint8Array[], compressed = false): Promise<number> {
    const encoded = new TextEncoder().encode(name);
    if (encoded.byteLength > 0xffff) throw new ValueError("a member's name is longer than 65,535 bytes");
    const { style } = this;
    const data = compressed ? await deflate(pieces) : pieces;
    const member: Written = {
      name: encoded,
      flags: style.flags[encoded.byteLength === name.length ? 0 : 1],
      method: compressed ? 8 : 0,
      crc: pieces.reduce((sum, piece) => crc32(piece, sum), 0),
      size: sizeOf(pieces),
      packed: sizeOf(data),
      start: this.at,
    };
    this.members.push(member);
    await this.write(this.localHeader(member));
    for (const piece of data) await this.write(piece);
    if (style.sizesFollow) await this.write(this.descriptor(member));
    return member.crc;
  }

  private localHeader(member: Written): Uint8Array {
    const { needed, date, sizesFollow, wideSizes } = this.style;
    const { name, flags, method, crc, size, packed, start } = member;
    const isWide = wideSizes === "always" || isLarge(member);
    const wide =
      wideSizes === "always" ? wideField({ ...member, start: 0 }, true) : wideField(member, isWide);
    const pad = padding(this.style, start + 30 + name.byteLength + wide.byteLength);
    const sums = sizesFollow ? [0, 0, 0] : [crc, isWide ? unset : packed, isWide ? unset : size];
    const fixed = fields(
      [4, 0x04034b50],
      [2, needed],
      [2, flags],
      [2, method],
      [2, 0],
      [2, date],
      ...sums.map((sum): Field => [4, sum]),
      [2, name.byteLength],
      [2, wide.byteLength + pad.byteLength],
    );
    return joined([fixed, name, wide, pad]);
  }

  private descriptor(member: Written): Uint8Array {
    const width = isLarge(member) || member.start >= unset ? 8 : 4;
    return fields([4, 0x08074b50], [4, member.crc], [width, member.packed], [width, member.size]);
  }

  private directoryEntry(member: Written): Uint8Array {
    const { madeBy, needed, date, attributes } = this.style;
    const { name, flags, method, crc, size, packed, start } = member;
    const isWide = isLarge(member);
    const extra = wideField(member, isWide);
    const fixed = fields(
      [4, 0x02014b50],
      [2, madeBy],
      [2, needed],
      [2, flags],
      [2, method],
      [2, 0],
      [2, date],
      [4, crc],
      [4, isWide ? unset : packed],
      [4, isWide ? unset : size],
      [2, name.byteLength],
      [2, extra.byteLength],
      [2, 0],
      [4, 0],
      [4, attributes],
      [4, Math.min(start, unset)],
    );
    return joined([fixed, name, extra]);
  }

  /** Writes the directory; the archive is then whole. */
  async finish(): Promise<void> {
    const start = this.at;
    for (const member of this.members) await this.write(this.directoryEntry(member));
    const count = this.members.length;
    const size = this.at - start;
    const mustBeWide = count >= mostMembers || size >= unset || start >= unset;
    const wide = this.style.alwaysWideEnd ?? (mustBeWide ? [zip64Version, zip64Version] : undefined);
    if (wide !== undefined) {
      const [madeBy, needed] = wide as [number, number];
      const end = this.at;
      await this.write(fields([4, 0x06064b50], [8, 44], [2, madeBy], [2, needed], [4, 0], [4, 0]));
      await this.write(fields([8, count], [8, count], [8, size], [8, start]));
      await this.write(fields([4, 0x07064b50], [4, 0], [8, end], [4, 1]));
    }
    const short = Math.min(count, mostMembers);
    await this.write(fields([4, 0x06054b50], [2, 0], [2, 0], [2, short], [2, short]));
    await this.write(fields([4, Math.min(size, unset)], [4, Math.min(start, unset)], [2, 0]));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const sink = new BytesSink();
  for (const part of parts) sink.write(part);
  return sink.bytes();
}
