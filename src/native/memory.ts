// Memory that the library reads: texts, and arrays of pointers, with their addresses. It lies where it does not move: an
// engine keeps short arrays in its own heap, where addresses change, and longer ones outside.

import type { Pointer } from "./interface.ts";

/** From so many bytes on an array lies outside the engine's heap. */
const leastOutside = 128;

/** Tells the address of memory. */
export type AddressOf = (memory: ArrayBufferView) => Pointer;

/** Texts in memory of their own, and where they are. */
export interface Texts {
  readonly kept: readonly Uint8Array[];
  readonly addresses: BigUint64Array;
  /** The address of the addresses. */
  readonly address: Pointer;
}

/** An array of pointers that does not move. */
export const pointers = (count: number): BigUint64Array =>
  new BigUint64Array(new ArrayBuffer(Math.max(leastOutside, 8 * count)), 0, count);

/** Texts as the library takes them; they last as long as the result. */
export function texts(strings: readonly string[], addressOf: AddressOf): Texts {
  const kept = strings.map((text) => {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const memory = new Uint8Array(new ArrayBuffer(Math.max(leastOutside, bytes.length)));
    memory.set(bytes);
    return memory;
  });
  const addresses = pointers(kept.length);
  kept.forEach((text, i) => {
    addresses[i] = BigInt(addressOf(text));
  });
  return { kept, addresses, address: addressOf(addresses) };
}
