// The order in which file formats keep names.

/** The order of names as their UTF-8 bytes, which is that of their code points. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [first, second] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (first !== second) return codePointRank(first) - codePointRank(second);
  }
  return a.length - b.length;
}

/** Units of surrogate pairs, which stand for what is beyond U+FFFF, go behind all others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
