// Where the bytes of a file that is written go, one piece after another: memory, or (node.ts) a path.

import type { Operand } from "../core/elements.ts";
import type { Storage } from "../core/storage.ts";
import { Stored } from "./stored.ts";
import type { RawTensor } from "./values.ts";

/** Takes the bytes of a file in order. A piece may be changed by its owner once `write` has returned or resolved. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void> | void;
}

/** A sink in memory. */
export class BytesSink implements Sink {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  write(bytes: Uint8Array): void {
    this.pieces.push(bytes.slice());
    this.length += bytes.byteLength;
  }

  /** All that was written. */
  bytes(): Uint8Array {
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.pieces) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
    return whole;
  }
}

/** The bytes of what `write` writes. */
export async function bytesWritten(write: (sink: Sink) => Promise<void>): Promise<Uint8Array> {
  const sink = new BytesSink();
  await write(sink);
  return sink.bytes();
}

/** Makes a file of that name: `write` is given where its bytes go. */
export type MakeFile = (name: string, write: (sink: Sink) => Promise<void> | void) => Promise<void>;

/** How arrays are written. */
export interface WriteOptions {
  /** True: the bytes of an array that comes from a file are let go of once it has been written. */
  readonly release?: boolean;
}

/**
 * Has `write` called with an array whose bytes are in memory: those of a file's tensor are read first.
 * @throws FormatError when they are damaged
 */
export async function written<A extends Operand | RawTensor, T>(
  array: A,
  options: WriteOptions,
  write: (array: A) => Promise<T> | T,
): Promise<T> {
  const stored = "stored" in array ? array.stored : undefined;
  return stored instanceof Stored ? writtenStored(stored, options, () => write(array)) : write(array);
}

/** As `written`, for a storage of a file. */
export async function writtenStored<T>(
  stored: Stored,
  options: WriteOptions,
  write: (storage: Storage) => Promise<T> | T,
): Promise<T> {
  const wasLoaded = stored.isLoaded;
  const result = await write(await stored.load());
  if (options.release === true && !wasLoaded) stored.release();
  return result;
}
