// Nothing but multiplications and additions of four numbers at once, in registers: the least time that a work with so many of
// them takes in WebAssembly on this processor, whatever else it does.

import asc from "assemblyscript/asc";

/** As many sums as a processor needs that begins two multiplications and two additions a cycle, and as have registers. */
const sums = Array.from({ length: 12 }, (_, i) => `s${i}`);

const source = `
export function run(rounds: i32): f32 {
  const x = f32x4.splat(0.5);
  ${sums.map((sum) => `let ${sum} = x;`).join("\n")}
  for (let i = 0; i < rounds; i++) {
    ${sums.map((sum) => `${sum} = f32x4.add(f32x4.mul(${sum}, x), x);`).join("\n")}
  }
  return f32x4.extract_lane(${sums.reduce((all, sum) => `f32x4.add(${all}, ${sum})`)}, 0);
}`;

/** A function that does so many multiplications of vectors, and an addition after each. */
export async function multiplications(count) {
  let binary;
  await asc.main(["limit.ts", "--outFile=limit.wasm", "--enable=simd", "--runtime=stub", "-O3"], {
    readFile: (name) => (name === "limit.ts" ? source : null),
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) binary = contents;
    },
    listFiles: () => [],
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary));
  const rounds = Math.ceil(count / sums.length);
  return () => exports.run(rounds);
}
