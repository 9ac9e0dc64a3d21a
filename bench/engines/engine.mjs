// The process of an engine in JavaScript: `node engine.mjs NAME THREADS`, and then the protocol of bench/engines.mjs.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const [name, threads] = process.argv.slice(2);

/** Where the libraries are looked for. */
const require = createRequire(resolve(process.env.WEIGHTBRIDGE_PEERS ?? ".", "package.json"));
const { open } = await import(`./${name}.mjs`);
/** What the engine is, and what makes a work: a function that runs it once, or none. */
const { about, make } = await open(Number(threads), require);
const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const runs = new Map();

/** Microseconds a run. */
async function timed(run, count) {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return ((performance.now() - start) * 1000) / count;
}

/** Makes a work and runs it once. @returns whether the engine can do it */
async function prepare(id, work) {
  try {
    const run = await make(work);
    if (run === undefined) return false;
    await run();
    runs.set(id, run);
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

tell({ about });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, work, count } = JSON.parse(line);
  if (count !== undefined) tell({ microseconds: await timed(runs.get(id), count) });
  else if (work !== undefined) tell({ ok: await prepare(id, work) });
  else tell({ ok: runs.delete(id) });
}
