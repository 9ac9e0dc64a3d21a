// One reading of a file in a process of its own: `node files-reading.mjs PATH` prints times in microseconds, the peak of
// memory that the reading added in bytes, and which pages large memory is in.

import { load } from "weightbridge/files";
import { hasLargePages, openFile, readFile } from "weightbridge/files/node";

/** One tensor is taken so often; the median counts. */
const OPENINGS = 15;

const path = process.argv[2];
const microseconds = (from) => (performance.now() - from) * 1000;

async function takeOne() {
  const opened = await openFile(path);
  const value = [...opened.tree.values()].at(-1);
  await load(value);
  await opened.close();
  return value.shape;
}
const openings = [];
for (let i = 0; i < OPENINGS; i++) {
  const from = performance.now();
  await takeOne();
  openings.push(microseconds(from));
}
const one = openings.toSorted((a, b) => a - b)[OPENINGS >> 1];

const before = process.memoryUsage.rss();
const from = performance.now();
const { tree } = await readFile(path);
const whole = microseconds(from);
const peak = process.resourceUsage().maxRSS * 1024 - before;
const pages = hasLargePages() || (process.env.GLIBC_TUNABLES ?? "").includes("hugetlb=1") ? "large" : "small";
console.log(JSON.stringify({ whole, one, peak, pages, tensors: tree.size }));
