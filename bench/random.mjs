// Ten million random numbers of one seed in float32, beside PyTorch's on one thread where Python is at hand: uniform ones in
// no more time, normal ones in at most twice the time. Without Python the bar stands on PyTorch's time per number.

import * as torch from "weightbridge/torch";
import { measurePython } from "./python.mjs";

const COUNT = 10 ** 7;
const ROUNDS = 7;

/** What PyTorch took on the machine that this was written on, in microseconds. */
const recorded = { "uniform 10^7": 108_000, "normal 10^7": 30_500 };

function median(run) {
  run();
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    run();
    return (performance.now() - start) * 1000;
  });
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1];
}

/** The rows of this group: `microseconds` and `against` are times, `ratio` must not pass `bar`. */
export function random() {
  const target = torch.empty(COUNT);
  const python = measurePython(["random"]);
  const rows = [
    ["uniform 10^7", () => target.uniform_(), 1],
    ["normal 10^7", () => target.normal_(), 2],
  ];
  return rows.map(([name, run, bar]) => {
    const microseconds = median(run);
    const against = python?.[name]?.torch ?? recorded[name];
    return { name, microseconds, against, beside: "PyTorch", ratio: microseconds / against, bar };
  });
}
