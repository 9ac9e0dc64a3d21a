// Writing PyTorch's zip format as torch.save of PyTorch 2.13 does: data.pkl, a record data/N for each storage, and what
// stands around them. torch/serialization.py `_save`, caffe2/serialize/inline_container.cc.

import { ValueError } from "../../core/errors.ts";
import { writePickle } from "../pickle/write.ts";
import { bytesWritten, type Sink, type WriteOptions, writtenStored } from "../sink.ts";
import type { Writable } from "../writable.ts";
import { torchStyle, ZipWriter } from "../zip/write.ts";
import { type PlacedStorage, Places } from "./places.ts";
import { TorchReduction } from "./reduce.ts";

/** How a file of torch.save is written. */
export interface TorchWriteOptions extends WriteOptions {
  /** The folder of the records in the archive; PyTorch takes the file's name without its ending. Default `archive`. */
  readonly folder?: string;
  /**
   * True: of a tensor no more is written than its own elements, row-major, instead of its whole storage with all that
   * lies beside them. Tensors that overlap are then apart in the file; those that are one and the same stay so.
   */
  readonly compact?: boolean;
  /**
   * False: what only `torch.load(f, weights_only=False)` takes may stand in the value: NumPy's arrays and scalars as
   * such, whole modules, frozenset, range, slice. Default true: arrays become tensors, the rest is refused.
   */
  readonly weightsOnly?: boolean;
}

const formatVersion = "1";
const archiveVersion = "3\n";

/** A name of a folder that PyTorch's own would have: of a path its last part, without the ending. */
export function folderOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = name.lastIndexOf(".");
  const stem = dot === -1 ? name : name.slice(0, dot);
  return isFolder(stem) ? stem : "archive";
}

/** True iff PyTorch's writer takes the name. */
function isFolder(name: string): boolean {
  return (
    name !== "" && [...name].every((letter) => letter < "\x7f" && letter >= " " && !"/\\".includes(letter))
  );
}

/**
 * Writes a value as torch.save does: a file that `torch.load` with `weights_only=True` loads. Tensors keep their strides,
 * and those of one storage share it. The storages of an opened file are read one by one, when their turn comes.
 * @throws TypeError naming the place in the value, for what such a file cannot hold; FormatError when bytes of a file's
 *   tensor are damaged
 */
export async function writeTorchTo(
  sink: Sink,
  value: Writable,
  options: TorchWriteOptions = {},
): Promise<void> {
  const { folder = "archive" } = options;
  if (!isFolder(folder)) {
    throw new ValueError(`the folder ${JSON.stringify(folder)} is no name in ASCII letters without a slash`);
  }
  const { pickle, storages } = await pickled(value, options);
  const records = new Records(sink, folder);
  await records.add("data.pkl", pickle);
  await records.text(".format_version", formatVersion);
  await records.text(".storage_alignment", String(torchStyle.alignment));
  await records.text("byteorder", "little");
  let key = 0;
  for (const { stored, bytesOf } of storages) {
    const name = `data/${key++}`;
    await writtenStored(stored, options, (storage) => records.add(name, bytesOf(storage)));
  }
  await records.text("version", archiveVersion);
  await records.finish();
}

/** The bytes of a file of torch.save; see `writeTorchTo`. */
export async function writeTorch(value: Writable, options: TorchWriteOptions = {}): Promise<Uint8Array> {
  return bytesWritten((sink) => writeTorchTo(sink, value, options));
}

/** The pickle and the storages it refers to, in the order of their keys. */
async function pickled(
  value: Writable,
  options: TorchWriteOptions,
): Promise<{ pickle: Uint8Array; storages: readonly PlacedStorage[] }> {
  const mixed = new Set<object>();
  for (;;) {
    const places = new Places(options.compact ?? false, mixed);
    const { reduce, unread } = new TorchReduction(options, places);
    const pickle = writePickle(value, { weightsOnly: options.weightsOnly ?? true, reduce });
    if (!places.foundMixed && unread.size === 0) return { pickle, storages: places.storages };
    // That a storage is seen as several types is known once all has been seen.
    for (const stored of unread) await stored.load();
  }
}

/** The archive's records, with the id that PyTorch makes of their names and contents. */
class Records {
  private readonly writer: ZipWriter;
  private readonly folder: string;
  private names = 0xcbf29ce484222325n;
  private sums = 0n;

  constructor(sink: Sink, folder: string) {
    this.writer = new ZipWriter(sink, torchStyle);
    this.folder = folder;
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    const crc = await this.writer.add(`${this.folder}/${name}`, [bytes]);
    this.sums = combined(this.sums, BigInt(crc));
    // PyTorch hashes names with its platform's std::hash, in an order of its own; FNV-1a is the same everywhere.
    for (const byte of new TextEncoder().encode(`${name}\0`)) {
      this.names = BigInt.asUintN(64, (this.names ^ BigInt(byte)) * 0x100000001b3n);
    }
  }

  text(name: string, text: string): Promise<void> {
    return this.add(name, new TextEncoder().encode(text));
  }

  async finish(): Promise<void> {
    const digits = [this.names, this.sums].map((value) => String(value).padStart(20, "0"));
    await this.text(".data/serialization_id", digits.join(""));
    await this.writer.finish();
  }
}

/** `at::hash_combine` of ATen/core, which is boost's. */
function combined(seed: bigint, value: bigint): bigint {
  const mixed = value + 0x9e3779b9n + BigInt.asUintN(64, seed << 6n) + (seed >> 2n);
  return seed ^ BigInt.asUintN(64, mixed);
}
