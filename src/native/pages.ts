// Large memory without the price of mapping it. A system maps memory as it is first written, 4 KiB a time, and on a virtual
// machine that may take longer than the work itself (measured: 10 to 20 microseconds a page, 4 ms for a result of 1 MiB, a
// product of two matrices of 512 x 512 being 0.7 ms). So on Linux, where the C library is asked to:
//
// - large memory lies in pages of 2 MiB where the system has them (madvise(2), MADV_HUGEPAGE);
// - memory that the garbage collector gave back is kept for the next result rather than unmapped (mallopt(3); by default
//   the C library keeps only twice the largest block that it was given back, and unmaps it alone while it is the first).

import { bounds, preparing } from "../core/memory.ts";
import type { Koffi, NativeFunction } from "./node.ts";

/** `MADV_HUGEPAGE` of <sys/mman.h>. */
const hugePages = 14;
const pageBytes = 4096;

/** Blocks of so many bytes are mapped by themselves; smaller ones are cut from one piece of memory that grows by as much. */
const leastMapped = 2 ** 25;

/** Options of <malloc.h>, and what they are set to. */
const settings: readonly (readonly [option: number, bytes: number])[] = [
  // M_TRIM_THRESHOLD: so much is kept that nobody uses.
  [-1, bounds.mostKept],
  // M_TOP_PAD: so much more is taken from the system whenever it is asked. It is mapped when it is written.
  [-2, leastMapped],
  // M_MMAP_THRESHOLD: what is smaller is cut from what is kept. The largest value there is.
  [-3, leastMapped],
];

let isDone = false;

/** Has all large memory of the process taken so from here on, where the system can be asked. */
export function useLargePages(koffi: Koffi): void {
  if (isDone || process.platform !== "linux") return;
  isDone = true;
  const library = koffi.load(null);
  const find = (name: string, parameters: readonly string[]): NativeFunction | undefined => {
    try {
      return library.func(name, "int", parameters);
    } catch {
      // A C library that has no such function.
      return undefined;
    }
  };
  const set = find("mallopt", ["int", "int"]);
  if (set !== undefined) for (const [option, bytes] of settings) set(option, bytes);
  const advise = find("madvise", ["uintptr_t", "size_t", "int"]);
  if (advise === undefined) return;
  preparing((buffer) => {
    const address = Number(koffi.address(buffer));
    // A large page is used only where nothing was written yet, and what is cut from one piece has a header in what comes
    // next: there, what comes next is asked for as well. Where nothing is, the system says so, and does the rest.
    const isCut = set !== undefined && buffer.byteLength < leastMapped;
    const unit = isCut ? leastMapped : pageBytes;
    const start = Math.floor(address / unit) * unit;
    const end = Math.ceil((address + buffer.byteLength) / unit) * unit;
    advise(start, end - start, hugePages);
  });
}
