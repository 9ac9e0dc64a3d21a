// What a native library is for, as its first bytes tell: the formats ELF (the specification of System V's interface), Mach-O
// (Apple's loader.h, fat.h, machine.h) and PE (Microsoft's PE format).

/** What a native library is for. */
export interface NativeFormat {
  readonly platform: string;
  readonly processors: readonly string[];
  /** How many bytes such a file has at least. Of one that is cut short, Linux loads what is there, and the program ends. */
  readonly leastBytes: number;
}

/** How many bytes of a file `nativeFormat` looks at. */
export const formatBytes = 1024;

/** Processors by their numbers in the files, by Node's names: of ELF (`e_machine`), Mach-O (`cputype`), PE (`Machine`). */
const elfProcessors: Readonly<Record<number, string>> = {
  3: "ia32",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x64",
  183: "arm64",
  243: "riscv64",
  258: "loong64",
};
const machProcessors: Readonly<Record<number, string>> = { 16777223: "x64", 16777228: "arm64" };
const peProcessors: Readonly<Record<number, string>> = { 332: "ia32", 34404: "x64", 43620: "arm64" };

const processorOf = (names: Readonly<Record<number, string>>, number: number): string =>
  names[number] ?? `a processor of number ${number}`;

/**
 * What platform and processor a library is for, as its first bytes tell.
 * @param bytes so many of them, `formatBytes`
 * @returns undefined for a file that is none
 */
export function nativeFormat(bytes: DataView): NativeFormat | undefined {
  const magic = bytes.getUint32(0);
  if (magic === 0x7f454c46) {
    const isLittle = bytes.getUint8(5) === 1;
    // An ELF file of Android and of others says the same as one of Linux.
    const platform =
      process.platform === "win32" || process.platform === "darwin" ? "linux" : process.platform;
    const processors = [processorOf(elfProcessors, bytes.getUint16(18, isLittle))];
    return { platform, processors, leastBytes: endOfSegments(bytes) };
  }
  if (magic === 0xcffaedfe) {
    return {
      platform: "darwin",
      processors: [processorOf(machProcessors, bytes.getUint32(4, true))],
      leastBytes: 0,
    };
  }
  if (magic === 0xcafebabe && bytes.getUint32(4) <= 8) {
    const processors = Array.from({ length: bytes.getUint32(4) }, (_, i) =>
      processorOf(machProcessors, bytes.getUint32(8 + 20 * i)),
    );
    return { platform: "darwin", processors, leastBytes: 0 };
  }
  const start = bytes.getUint32(60, true);
  if (bytes.getUint16(0) === 0x4d5a && start <= formatBytes - 6 && bytes.getUint32(start) === 0x50450000) {
    const processors = [processorOf(peProcessors, bytes.getUint16(start + 4, true))];
    return { platform: "win32", processors, leastBytes: 0 };
  }
  return undefined;
}

/** Where the last of an ELF file's segments ends (`Elf64_Ehdr`, `Elf64_Phdr`); 0 where the first bytes do not tell. */
function endOfSegments(bytes: DataView): number {
  const isWide = bytes.getUint8(4) === 2;
  if (!isWide) return 0;
  const isLittle = bytes.getUint8(5) === 1;
  const start = Number(bytes.getBigUint64(32, isLittle));
  const [length, count] = [bytes.getUint16(54, isLittle), bytes.getUint16(56, isLittle)];
  let end = start + length * count;
  for (let at = start, i = 0; i < count && at + 40 <= bytes.byteLength; i++, at += length) {
    const [from, size] = [bytes.getBigUint64(at + 8, isLittle), bytes.getBigUint64(at + 32, isLittle)];
    end = Math.max(end, Number(from + size));
  }
  return end;
}

/** True iff a library can be loaded into this process, as far as its first bytes tell. */
export const isHere = ({ platform, processors }: NativeFormat): boolean =>
  platform === process.platform && processors.includes(process.arch);
