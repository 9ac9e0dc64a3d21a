// The bytes of a pickle that is written: opcodes of protocol 2 by their names in CPython's Lib/pickletools.py, and their
// arguments.

const opcodes = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  BUILD: 0x62,
  GLOBAL: 0x63,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  NEWOBJ: 0x81,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
} as const;

/** A growing run of bytes. */
export class PickleBytes {
  private buffer: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  private view: DataView = new DataView(this.buffer.buffer);
  private length = 0;

  private grow(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.buffer.byteLength) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.buffer.byteLength));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  opcode(name: keyof typeof opcodes): this {
    return this.byte(opcodes[name]);
  }

  byte(value: number): this {
    const at = this.grow(1);
    this.buffer[at] = value;
    return this;
  }

  uint16(value: number): this {
    const at = this.grow(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  uint32(value: number): this {
    const at = this.grow(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  /** Big-endian, as BINFLOAT has it. */
  float64(value: number): this {
    const at = this.grow(8);
    this.view.setFloat64(at, value, false);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.grow(bytes.byteLength);
    this.buffer.set(bytes, at);
    return this;
  }

  /** LONG1: two's complement, as short as it can be. @returns false when it is longer than the opcode can say */
  long(value: bigint): boolean {
    const digits: number[] = [];
    let rest = value;
    for (;;) {
      const digit = Number(rest & 0xffn);
      digits.push(digit);
      if (digits.length > 255) return false;
      rest >>= 8n;
      if ((rest === 0n && digit < 0x80) || (rest === -1n && digit >= 0x80)) break;
    }
    this.opcode("LONG1").byte(digits.length).raw(Uint8Array.from(digits));
    return true;
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** UTF-8 as Python's pickle has it: a lone surrogate is three bytes of its own. */
export function pickleText(text: string): Uint8Array {
  const encoder = new TextEncoder();
  if (!/\p{Surrogate}/u.test(text)) return encoder.encode(text);
  const out = new PickleBytes();
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    if (code < 0xd800 || code > 0xdfff) out.raw(encoder.encode(letter));
    else out.raw(Uint8Array.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)));
  }
  return out.bytes();
}
