// New memory in large pages, for Node on Linux. The kernel clears memory page by page as it is first touched, which for
// large files costs more than reading them; of large pages there are 512 times fewer. They are had by asking for them
// (madvise, MADV_HUGEPAGE), and asking takes a call of the C library: by koffi, an optional peer. Without it memory is
// as the language gives it. Setting GLIBC_TUNABLES=glibc.malloc.hugetlb=1 for the process does the same without koffi.

import { createRequire } from "node:module";

/** Of the large pages of x86-64, and of arm64 with pages of 4 KiB. */
const hugePage = 2 ** 21;
const smallPages = 2 * hugePage;
const MADV_HUGEPAGE = 14;

/** What is used of koffi, versions 2 and 3. */
interface Koffi {
  load(path: string): { func(prototype: string): (...args: readonly unknown[]) => unknown };
  address(pointer: unknown): bigint;
}

interface Memory {
  addressOf(bytes: Uint8Array): bigint;
  advise(bytes: Uint8Array, length: number): void;
}

let memory: Memory | null | undefined;

function libraryOf(): Memory | null {
  if (process.platform !== "linux") return null;
  try {
    const koffi = createRequire(import.meta.url)("koffi") as Koffi;
    const library = koffi.load("libc.so.6");
    const memset = library.func("void *memset(void *bytes, int value, size_t length)");
    const madvise = library.func("int madvise(void *address, size_t length, int advice)");
    return {
      // What is set is nothing: the pointer comes back.
      addressOf: (bytes) => koffi.address(memset(bytes, 0, 0)),
      advise: (bytes, length) => void madvise(bytes, length, MADV_HUGEPAGE),
    };
  } catch {
    // Neither koffi nor a C library of that name is needed.
    return null;
  }
}

/** True iff large memory is asked for in large pages. */
export function hasLargePages(): boolean {
  memory ??= libraryOf();
  return memory !== null;
}

/** New memory, all zeros, in large pages where it is large and they can be had. */
export function newMemory(byteLength: number): Uint8Array<ArrayBuffer> {
  if (byteLength < smallPages || !hasLargePages()) return new Uint8Array(byteLength);
  // Room to begin where a page does; what is not touched takes no memory.
  const buffer = new ArrayBuffer(byteLength + hugePage);
  const rest = Number(memory!.addressOf(new Uint8Array(buffer)) % BigInt(hugePage));
  const bytes = new Uint8Array(buffer, rest === 0 ? 0 : hugePage - rest, byteLength);
  memory!.advise(bytes, byteLength - (byteLength % hugePage));
  return bytes;
}
