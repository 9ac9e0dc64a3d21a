// Ten million random numbers of one seed in float32, beside PyTorch's on one thread where Python is at hand: uniform ones in
// no more time, normal ones in at most twice the time.

import * as torch from "weightbridge/torch";

const COUNT = 10 ** 7;
const ROUNDS = 7;

function median(run) {
  run();
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    run();
    return (performance.now() - start) * 1000;
  });
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1];
}

/** The rows of this group. @param pythonTimes tells PyTorch's times by row, where it is found, after ours were taken */
export function random(pythonTimes) {
  const target = torch.empty(COUNT);
  const rows = [
    ["uniform 10^7", () => target.uniform_(), 1],
    ["normal 10^7", () => target.normal_(), 2],
  ];
  const times = rows.map(([, run]) => median(run));
  const python = pythonTimes();
  return rows.map(([name, , bar], i) => {
    const microseconds = times[i];
    const against = python?.[name]?.torch;
    const ratio = against === undefined ? null : microseconds / against;
    return { name, microseconds, beside: "PyTorch", ratio, bar };
  });
}
