// One reading of a file in a process of its own: `node files-reading.mjs PATH` prints times in microseconds, the peak of
// memory that the reading added in bytes, and which pages large memory is in.

import { load } from "weightbridge/files";
import { hasLargePages, openFile, readFile } from "weightbridge/files/node";

const path = process.argv[2];
const microseconds = (from) => (performance.now() - from) * 1000;

// Once without its counting: what is compiled and opened for the first time is not the file's.
async function takeOne() {
  const opened = await openFile(path);
  const value = [...opened.tree.values()].at(-1);
  await load(value);
  await opened.close();
  return value.shape;
}
await takeOne();
let from = performance.now();
await takeOne();
const one = microseconds(from);

const before = process.memoryUsage.rss();
from = performance.now();
const { tree } = await readFile(path);
const whole = microseconds(from);
const peak = process.resourceUsage().maxRSS * 1024 - before;
const pages = hasLargePages() || (process.env.GLIBC_TUNABLES ?? "").includes("hugetlb=1") ? "large" : "small";
console.log(JSON.stringify({ whole, one, peak, pages, tensors: tree.size }));
