// Results' memory where the C library is GNU's: a loop that never lets the event loop turn writes to memory that is mapped
// already. Counted are pages that the system maps, which no load of the machine changes.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import { lending, Storage } from "../../src/core/storage.ts";
import { Runtime } from "../../src/native/runtime.ts";

const runtime = new Runtime(1);
after(() => runtime.release());

const { glibcVersionRuntime } = (
  process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
).header;
const skip = glibcVersionRuntime === undefined ? "the C library is not GNU's" : false;

/** Takes memory for a result and writes it, as a kernel does. */
function written(bytes: number): void {
  const storage = Storage.empty(float32, bytes / 4);
  lending.isOn = true;
  storage.view(float32).fill(1 as never);
  lending.isOn = false;
}

for (const mebibytes of [1, 4, 12]) {
  test(`results of ${mebibytes} MiB in one turn of the event loop are written where memory is mapped`, {
    skip,
  }, () => {
    const runs = 600 / mebibytes;
    const mapped = (): number => {
      const before = process.resourceUsage().minorPageFault;
      for (let i = 0; i < runs; i++) written(mebibytes * 2 ** 20);
      return process.resourceUsage().minorPageFault - before;
    };
    mapped();
    const pages = (runs * mebibytes * 2 ** 20) / 4096;
    assert.ok(mapped() < pages / 20, `of ${pages} pages more than a twentieth were mapped`);
  });
}
