// Which processor a process runs on. Those of one machine are not equally fast where others use it too: the same product took
// 715 us on one of two and 950 us on the other, for seconds on end, and where the system puts a process is where it stays.

import { spawnSync } from "node:child_process";

const taskset = (...options) => spawnSync("taskset", options.map(String), { encoding: "utf8" });

/** The numbers in a list such as "0-2,5". */
const numbersIn = (list) =>
  list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });

/** The processors that this process may run on; none where they cannot be told or chosen. */
export function processors() {
  const { status, stdout } = taskset("--cpu-list", "--pid", process.pid);
  return status === 0 ? numbersIn(stdout.slice(stdout.lastIndexOf(":") + 1).trim()) : [];
}

/** Has the first thread of a process run on one processor; others that it has started stay free. */
export function placeOn(processor, pid) {
  taskset("--cpu-list", "--pid", processor, pid);
}
