// Whole files of parameters, 512 MB each, read by the built package and by Python's own libraries, each reading in a
// process of its own with the file in the page cache: what a program pays that begins by loading its model. The bars: at
// most 1.2 times Python's time, a peak of memory of at most 1.15 times the data (beyond the process itself), and under
// 10 milliseconds to open a file and take one tensor, by a program that has done so before. Node asks for large pages
// where koffi is installed, or where GLIBC_TUNABLES=glibc.malloc.hugetlb=1 is set, and the rows say which it was.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { interpreter } from "./python.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const ROUNDS = 5;
const SPEED_BAR = 1.2;
const MEMORY_BAR = 1.15;
const ONE_TENSOR_MILLISECONDS = 10;
const endings = ["npz", "pt", "safetensors"];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** What a program printed, as JSON. */
function told(program, parameters) {
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Interleaved rounds of one file: ours, and Python's. */
function rounds(path) {
  const ours = [];
  const python = [];
  for (let round = 0; round < ROUNDS; round++) {
    python.push(told(interpreter, [join(here, "files_peer.py"), "read", path]));
    ours.push(told(process.execPath, [join(here, "files-reading.mjs"), path]));
  }
  const of = (runs, name) => median(runs.map((run) => run[name]));
  return {
    whole: of(ours, "whole"),
    python: of(python, "whole"),
    one: of(ours, "one"),
    peak: of(ours, "peak"),
    pages: ours[0].pages,
  };
}

function rowsOf(path, ending) {
  const { size } = statSync(path);
  const { whole, python, one, peak, pages } = rounds(path);
  const row = (name, ours, against, beside, bar) => ({
    name: `${ending}: ${name}`,
    microseconds: ours,
    against,
    beside,
    ratio: ours / against,
    bar,
  });
  return [
    row(`read whole (${pages} pages)`, whole, python, "Python", SPEED_BAR),
    row("peak of memory, bytes", peak, size, "file", MEMORY_BAR),
    row("open, take a small tensor", one, ONE_TENSOR_MILLISECONDS * 1000, "bar", 1),
  ];
}

/** The rows of this group; none, with a word why, where Python has not the libraries. */
export function files() {
  const folder = mkdtempSync(join(tmpdir(), "weightbridge-bench-"));
  try {
    const made = spawnSync(interpreter, [join(here, "files_peer.py"), "make", folder], { encoding: "utf8" });
    if (made.status !== 0 || !existsSync(join(folder, "model.npz"))) {
      console.error("files: no Python with NumPy, PyTorch and safetensors (WEIGHTBRIDGE_PYTHON names one)");
      return [];
    }
    return endings.flatMap((ending) => rowsOf(join(folder, `model.${ending}`), ending));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
