// A small module of kernels that tell who computed what, for tests of threads.

import asc from "assemblyscript/asc";

const source = `
export function squares(start: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i++) store<i32>(start + (<usize>i << 2), load<i32>(start + (<usize>i << 2)) + i * i);
}
export function add(start: usize, summand: i32, count: i32, thread: i32): void {
  for (let i = 0; i < count; i++) {
    const at = start + (<usize>i << 2);
    store<i32>(at, load<i32>(at) + summand + i);
  }
}
export function threads(start: usize, turns: i32, from: i32, to: i32, thread: i32): void {
  for (let i = from; i < to; i++) {
    let sum: f64 = 0;
    for (let k = 0; k < turns; k++) sum += Math.sqrt(<f64>(i + k));
    store<i32>(start + (<usize>i << 2), sum < 0 ? -1 : thread);
  }
}
export function failing(start: usize, from: i32, to: i32, thread: i32): void {
  if (thread > 0) unreachable();
  threads(start, 10000, from, to, thread);
}
export function failingHere(start: usize, from: i32, to: i32, thread: i32): void {
  if (thread === 0) unreachable();
  threads(start, 10000, from, to, thread);
}
export function endless(start: usize, from: i32, to: i32, thread: i32): void {
  while (thread > 0) store<i32>(start + (<usize>from << 2), from);
  threads(start, 10000, from, to, thread);
}
export function scratchStart(): usize {
  return (__heap_base + 63) & ~63;
}
`;

/** The module's bytes: it imports shared memory of at most 256 pages. */
export async function threadKernels(): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const options = ["--runtime=stub", "--importMemory", "--sharedMemory", "--maximumMemory=256"];
  const { error, stderr } = await asc.main(
    ["kernels.ts", "--outFile=kernels.wasm", "--use=abort=", "--enable=threads", ...options],
    {
      readFile: (name) => (name === "kernels.ts" ? source : null),
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) binary = contents as Uint8Array<ArrayBuffer>;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) throw new Error(`${error?.message}\n${stderr.toString()}`);
  return binary;
}
