// One reading of a file in a process of its own: `node files-reading.mjs PATH` prints times in microseconds, the peak of
// memory that the reading added in bytes, and which pages large memory is in.

import { load } from "weightbridge/files";
import { hasLargePages, openFile, readFile } from "weightbridge/files/node";

/** One tensor is taken so often; the median counts. */
const OPENINGS = 31;

const path = process.argv[2];
const microseconds = (from) => (performance.now() - from) * 1000;

/** How long it takes to open the file and take one tensor out, in microseconds. */
async function takeOne() {
  const from = performance.now();
  const opened = await openFile(path);
  await load([...opened.tree.values()].at(-1));
  const taken = microseconds(from);
  await opened.close();
  return taken;
}
const openings = [];
for (let i = 0; i < OPENINGS; i++) openings.push(await takeOne());
const one = openings.toSorted((a, b) => a - b)[OPENINGS >> 1];

const before = process.memoryUsage.rss();
const from = performance.now();
const { tree } = await readFile(path);
const whole = microseconds(from);
const peak = process.resourceUsage().maxRSS * 1024 - before;
const pages = hasLargePages() || (process.env.GLIBC_TUNABLES ?? "").includes("hugetlb=1") ? "large" : "small";
console.log(JSON.stringify({ whole, one, peak, pages, tensors: tree.size }));
