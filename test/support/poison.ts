// Memory for results, of any size, is used again as soon as it can be, and filled with NaN (whole numbers: all bits set) before
// it is handed out: what an operation does not write of its results, and what is read after it was given back, is then seen.
// Imported by the conformance runner for `--poison`, and by `node --import ./test/support/poison.ts` before anything else.

import { bounds, fillBefore } from "../../src/core/memory.ts";

bounds.leastUnwritten = 0;
bounds.leastReused = 0;
// Each storage that waits for the garbage collector costs more than what is computed here.
bounds.mostWaiting = 2 ** 20;
// Every byte of it: as bits of a floating type they are NaN.
fillBefore(0xff);
