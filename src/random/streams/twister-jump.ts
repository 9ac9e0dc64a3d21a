// Jumping in the stream of MT19937 (Haramoto, Matsumoto, Nishimura, Panneton and L'Ecuyer, INFORMS Journal on Computing
// 20, 2008): the state 2^128 words on is a polynomial in the step, applied to the state by Horner's rule.

import type { TwisterState } from "./twister.ts";

/**
 * x^(2^128) modulo the characteristic polynomial of MT19937: 19937 bits, the coefficient of x^0 first, in base 64.
 */
const jumpPolynomial = `
  YznecsSecLW2myeI5fgjqFk+2CZZIh8EFbv953cXUotW57VI1RIov7mtsOSqSUgLg4uSPs45benTMWGv6PLqCVaEVDN7TIHBg3w6ibwHvf
  5ngr0Bv9xHUeZ9puJ09f6aCU0zuMre0/BY/WFVO3CE2DuAXO9Cj5uzYbffINP+HNZbPl/Pd2FBR+lChI6rz6mOwA5dWI333WAohZssDtb3
  8Pw7u7J94z7KWebJgWnZDofeoHOVUUhSzpQ7aHftpc1zvPy8VmyVO/QU3pEfALQEv4HEOJQxmIUdouBqytWul50YQkaeGZVc54ZUPCVcRU
  PN2My1c9SCgn9EzcrImd8tGUaFvtaJtYhSp2zytH9VGZjrcAUgKD3nAwTMSibJFKF4e/vwlZfo7kLCgMyr6FHnZ4XMMBPvhw4Ulpo7kV5S
  +NMF0uM+jxWhG4nbTCx9qGofOppemyMyi4ftw5ikeHeMpGbASpdV8AgdQoKgyOmA3tZAC8+hTM6SKMcxJ4SuaEFgbe4j3bL4z76HcqzfUZ
  c2pJ3Ii7rZQFhKgoWlp+3bO/WXSbrPHJ0UpMNvxtUFKcfyOa1ozpaOTa61qRPylvOIxbsWYZ1OjWEs0SBEs/Nh++vXLnA78qbcy2aBt3yV
  Myi+akOiA5bQwCBvqpDhFbhJv8ON10kDuUWbyMSkCuOQ62fwEyvzsepcf5SCxMzbrh5ktq9qbVhTtYAyWLVymnf68XSvYDv9rpKJ8gmmT3
  KUNSjxqudhqcF9UoeAToM/aa289jvKyZYXF5VKFkGfdWfTtzvPIM97Z3dcAVt29J/W30cVbg3ZfyQI1xNR6V8olnmt8vknxuIM+/zOQSQP
  gDMASwARFnILePpQGrFyH7eoHLf9Qqv/zrp1VDmLwpF47241w8lBFG0IgNyRdMSWyQ7DtS3kVKLdGjKpEjY6llvuC8PHdVxjIxMU31iPMD
  iP4yaJkpW2cdhUd4le3t08dGHAWwQJUq2ngLu+1ITCXDNdHdlIp2uMQQ4JESmZuzO8/yxGjlAqxAWGxu8UOipg2WwOI/T5xiYx67hJjzW9
  UaTnSXzLkrVHObsQGVtq7TwYpQytyx1Gk3mljNmOlCaVZcvF7BtDGv19yN0LJEBpXawgmH04Vev/4RpscS/7zxOG7fgEOfB315frMhtfqc
  GH7qQ9iWzxNcLUGFGWupR56OIjkPlFRYy7pWgSibRGz+dhOBZNgVYsCw6MaMpfLnA2tUZjuLsR41U3AaZyXNwvFBMO0UfL4EyjMIwIrP4D
  lY/oonlNx3B2k5XAtALg9fggwDMFCDKP/oElDB2rbXePBCi7AbZHSgCWbuG4+HuvYmhCoJ9KYva2sNRKOFTuwFCjVwpngcEdBiYgKCw6mf
  h1tWeWdLkq/I1zODiFqkLEzACkkjqlPlqvz6LPyL1lQogJne6fUk/416SecGyWQryATNRlQtHz5+v17So8svEjRYBCfNS3qQrLp2gFN3PF
  CtkGHooVZq3HBZiMiaPE3q2QeJA2xX8gm8OFCH5CxfhkyMDtBbovegFlw7/SCiHqlfuPA6CcYHJPbI7EY+aEYgURPKgcPHUjtwCH/CpkSC
  yVrBQ+EvHOPJeE7bi4dfDJxeoMWiUK8HxIzd/a4Hd+DHXli5fLcQD+JwhWbzjEKPBJQK/WOmu/3aoRqdEGMC50u7Ve+YmELj24b8NkgSeE
  Ryswgr7m4GEOJiIEVpy1EZwM8uSq7NWc2uJm+CMlx5tnFsRSPFNvgV4jo0ee/9ugVqdiDKOlnOqmYQfe6WcSxfYq7T5miIvyH9BeaWOWdv
  1Or2WQ3/xHvFliyt+cOE5CGyxsFl4zA7uhoXMq3TO+xFjQkObCa3RFBzS0lH+N0wezT4Vg5FG4dMIqPdsH9Z3ZOzLThkwlbF0irL+CMjDd
  tDsCfrJfGia3eYH+NL9h80BYeJ5sDlAW5wY7h2UL7sY152Qo+/zUxeTGARkohOKOhc2j/OVlOoBE9vdQ+EEe9Pk5VetlyfPLh3SAL74SZA
  WuVblcPG+R/tjficKuXsuM0b+B7w7yV2FESjaQRnUhmN6gflnBG1mU0Bc+7bF6bmd5weuVxPa9g6JwNYxkXLIGaoAFizmME+sN7QgR5WoJ
  PU4WdNodKwHerxcDL3KSGADL91yHI9JW14LeFJHJRM6RILRXR9L5TpSKWhSUhSvx+O3/SoyZ6QwM86AB5pxYemW63VGoNo3s5pQ4uUbtcK
  Sthn1Qm0C5FMdGqGLIBT4EKLaIocR6jDp2jbYY3AqXp1t/mTUHaWu8tF3TWU1EIn4IPYlOwOlRb0Zh5qSKVAXUHxWJU1WRYVaQYBlWjV5h
  hTw+HLjGOWwVkSSm1C/8LNS0F/m8yYLPBNcr7Ggle0AyQAXZaCJda3sDfnrsa9jnEB8jMGgBugGFT5YfMrejIcNzmN3CCjXhUKKlhYNXJk
  fSOMfKQSUBPIczzRl/kMUsyM3QClQrXKTMVlbRfYgfuIfZo0j+54N4hKIG24JWlPgtX0bhTEmbvP/I+s05j1klyCqxGyOZ+n4hXD6iiy07
  uv1Q5QYAUY4zZ2qElDFXPiapSO69Ns1cyJTDQSCWpxDyZ5uhptI/iwZcKIrZlxc6CgU3NgfK32N+ZJVyujt7egF2jr5JBWbqGlEePBqToc
  clDMQGcM+WN2SGGH04+tnMMQD3uXUsHmA1l/6HsGjN+NZdZO8jswV9OHFdU3/0AlwmejKQstPsYyXq1aslQ2IBQRYsMJPr+9u8pt8cohll
  hu2HWbHxljIRhOwxDLI1KiOQIBO0xcPQkuNyUVPL/F8JqaAk/I4DLJNuMkYlR17BzFT8uhs4qPI8MGZIqCXgVxCutAWEjXM22nNM7B6QD7
  OIBPGfT4Cn7oWofatuvv3ZQD1Z6W88DYU8DGxgZTGieLA0ijBwvflaY758mm0y7nPtGQVmY43dARdflWIO6bANGBNqtpw+zcLTqoj7eEi+
  /YVSnIWi+Ph5lUH9L5B7anxLigReH4ktJo6VJG1weNi760J/bYHx+82IisVsPqtkSnX9+n2qAgqN6ffSPLZcyMg4f7XFcgorf7k02nnk9z
  M+VSojhnz4yFyzbSbG7f7nZ8qI9rcUe5ktB2/W07NCaoxSuQUQEiK28g05H9OH1F/OEjfbru30wt5JJf9TjlpDnueqQUB2cO6jKV69WbNH
  sKJaBM06MActKrjClVcWM7dKpsGqD5UfhqLfA14Z/2Xo1ozsYLNeY7CcY02n4RkoJcF+1iBcd99NTKR/LXIIMi3JsLxF0YPoByI75GDacy
  kJPaG5EyiWC0KPc9ZyZevKUhoV76CkgFfk7iMA
`;

const WORDS = 624;
const SHIFT = 397;
const DEGREE = 19936;

let coefficients: Uint8Array | undefined;

/** The polynomial's bytes; read once. */
function polynomial(): Uint8Array {
  coefficients ??= Uint8Array.from(atob(jumpPolynomial.replace(/\s/g, "")), (byte) => byte.charCodeAt(0));
  return coefficients;
}

/**
 * The state behind 2^128 words. As NumPy has it, the words count from `position` on whether they were given out or not,
 * and the position moves on by the polynomial's degree.
 */
export function jumped({ key, position }: TwisterState): TwisterState {
  const bits = polynomial();
  const isSet = (power: number): boolean => ((bits[power >>> 3]! >>> (power & 7)) & 1) === 1;
  const start = position >= WORDS ? 0 : position;
  const words = new Uint32Array(WORDS);
  let at = start;
  let power = DEGREE;
  while (!isSet(power)) power--;
  words.set(key);
  at = step(words, at);
  for (power--; power >= 0; power--) {
    if (isSet(power)) add(words, at, key, start);
    if (power > 0) at = step(words, at);
  }
  return { key: words, position: at };
}

/** Replaces the word at `at` by the one that follows 624 later; gives the next place. */
function step(words: Uint32Array, at: number): number {
  const next = at + 1 < WORDS ? at + 1 : 0;
  const mixed = (words[at]! & 0x80000000) | (words[next]! & 0x7fffffff);
  const source = at + SHIFT < WORDS ? at + SHIFT : at + SHIFT - WORDS;
  words[at] = words[source]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
  return next;
}

/** Adds, bit by bit modulo 2, a state whose words begin at `from` to one whose words begin at `at`. */
function add(words: Uint32Array, at: number, other: Uint32Array, from: number): void {
  let to = at;
  let source = from;
  for (let i = 0; i < WORDS; i++) {
    words[to]! ^= other[source]!;
    if (++to === WORDS) to = 0;
    if (++source === WORDS) source = 0;
  }
}
