// What it takes until the first tensor prints: the time from Node's own start on, and how much Node and a page load. Against the
// limits that are set; a bar of 1 is the limit.

import { spawnSync } from "node:child_process";
import { timeText } from "./chart.mjs";
import { programs, sizeInNode, weigh } from "./sizes.mjs";

const ROUNDS = 21;
const LIMIT_MICROSECONDS = 60_000;
const LIMIT_KILOBYTES = 120;
/** So many folders of the package are named with what they have of a page. */
const mostParts = 6;

const entry = import.meta.resolve("weightbridge/torch");
const printing = `import * as torch from "${entry}"; console.log(String(torch.tensor([1, 2, 3])));`;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** How long a process of Node's runs, in microseconds. */
function timeOf(parameters) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - start) * 1000;
}

/** Medians of interleaved runs: Node with nothing to do, and Node until the tensor is printed. */
function times() {
  const bare = [];
  const whole = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(timeOf(["-e", ""]));
    whole.push(timeOf(["--input-type=module", "-e", printing]));
  }
  return { bare: median(bare), whole: median(whole) };
}

/** The rows of this group. */
export async function importing() {
  const { bare, whole } = times();
  const time = {
    name: "import of torch until a tensor prints",
    microseconds: whole - bare,
    against: LIMIT_MICROSECONDS,
    beside: `the limit; with Node's start ${timeText(whole)}, of which ${timeText(bare)}`,
    ratio: (whole - bare) / LIMIT_MICROSECONDS,
    bar: 1,
    why: `the limit is a time, whatever the machine: here Node alone takes ${timeText(bare)}`,
  };
  const sizes = Object.entries(programs).map(async ([name, program]) => {
    const { size, parts } = await weigh(program);
    const profile = parts
      .slice(0, mostParts)
      .map(([part, bytes]) => `${part} ${Math.round(bytes / 1000)} kB`);
    return {
      ...sizeRow(name, size),
      why: `of it ${profile.join(", ")}; a page cannot load code in the midst of a call, so that it has from the beginning all that \
a method can come to: weightbridge/torch/core has what fits`,
    };
  });
  const inNode = sizeRow("core and torch until a tensor prints, in Node", sizeInNode());
  return [time, inNode, ...(await Promise.all(sizes))];
}

/** A size beside its limit, in kilobytes. */
function sizeRow(name, bytes) {
  const size = bytes / 1000;
  return {
    name,
    unit: "kB",
    size,
    against: LIMIT_KILOBYTES,
    beside: "the limit",
    ratio: size / LIMIT_KILOBYTES,
    bar: 1,
  };
}
