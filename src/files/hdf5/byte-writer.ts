// Little-endian fields one after another, for the parts of an HDF5 file that are put together in memory.

/** An address that leads nowhere, all bits set. */
export const noAddress: bigint = 0xffff_ffff_ffff_ffffn;

/** `size`, or the next multiple of `step` above it. */
export function roundUp(size: number, step: number): number {
  return Math.ceil(size / step) * step;
}

/** Bytes that grow at their end. */
export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private end = 0;

  constructor(room = 64) {
    this.buffer = new Uint8Array(room);
    this.view = new DataView(this.buffer.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.end;
  }

  /** One byte. */
  u8(value: number): this {
    const at = this.take(1);
    this.view.setUint8(at, value);
    return this;
  }

  /** Two bytes. */
  u16(value: number): this {
    const at = this.take(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  /** Four bytes. */
  u32(value: number): this {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  /** Eight bytes. */
  u64(value: number | bigint): this {
    const at = this.take(8);
    this.view.setBigUint64(at, BigInt(value), true);
    return this;
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array): this {
    const at = this.take(bytes.byteLength);
    this.buffer.set(bytes, at);
    return this;
  }

  /** Zeros. */
  zeros(count: number): this {
    this.take(count);
    return this;
  }

  /** Zeros up to a multiple of `step` bytes. */
  pad(step: number): this {
    return this.zeros(roundUp(this.end, step) - this.end);
  }

  /** What was written: a view of memory that is this writer's no longer. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.end);
  }

  private take(count: number): number {
    const start = this.end;
    this.end += count;
    // Room doubles, so that what is written is copied a bounded number of times.
    if (this.end > this.buffer.byteLength) {
      const larger = new Uint8Array(Math.max(this.end, 2 * this.buffer.byteLength));
      larger.set(this.buffer.subarray(0, start));
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return start;
  }
}
