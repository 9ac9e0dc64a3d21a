// Engines as processes of their own that speak one protocol, a line of JSON each way: `{ id, work }` makes a work ready
// (the answer says whether the engine has it), `{ id, count }` runs it so often and answers with microseconds a run.
// WEIGHTBRIDGE_PEERS names a folder whose node_modules hold the libraries for JavaScript, WEIGHTBRIDGE_PYTHON an interpreter.

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { placeOn } from "./processors.mjs";
import { interpreter } from "./python.mjs";
import { ours } from "./works.mjs";

const folder = join(dirname(fileURLToPath(import.meta.url)), "engines");
const inJavaScript = (name) => [process.execPath, [join(folder, "engine.mjs"), name]];
const inPython = (name) => [interpreter, [join(folder, "engine.py"), name]];

/** How each is started, by the name that it is shown under. */
const programs = {
  [ours]: inJavaScript("ours"),
  PyTorch: inPython("torch"),
  NumPy: inPython("numpy"),
  "tfjs-wasm": inJavaScript("tfjs"),
  "numpy-ts": inJavaScript("numpy-ts"),
  "jax-js": inJavaScript("jax-js"),
  "ONNX Runtime": inJavaScript("onnxruntime"),
  "exported graph": inJavaScript("exported"),
};

/** Names of those that a row is measured on if it names none, ours first. */
export const engineNames = Object.keys(programs).filter((name) => name !== "exported graph");

/** A process that runs works. */
class Engine {
  #process;
  #answers;
  /** What it is and in which version; undefined where it is not installed. */
  about;

  constructor(name, threads) {
    const [program, parameters] = programs[name];
    const count = `${threads}`;
    this.#process = spawn(program, [...parameters, count], {
      stdio: ["pipe", "pipe", process.env.WEIGHTBRIDGE_BENCH_ERRORS === undefined ? "ignore" : "inherit"],
      env: { ...process.env, OMP_NUM_THREADS: count, MKL_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count },
    });
    this.#process.on("error", () => {});
    this.#process.stdin.on("error", () => {});
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async #answer() {
    const { value, done } = await this.#answers.next();
    return done ? undefined : JSON.parse(value);
  }

  /** Waits until it is there. @returns false where it is not installed */
  async start() {
    this.about = (await this.#answer())?.about;
    return this.about !== undefined;
  }

  /** The answer to a line; undefined when the process ended instead. */
  ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#answer();
  }

  /** Has work on one thread done on one processor from now on. */
  placeOn(processor) {
    placeOn(processor, this.#process.pid);
  }

  end() {
    this.#process.kill();
  }
}

/** Engines by name and number of threads, started when they are first asked for. */
export class Engines {
  #started = new Map();
  /** What each is, by name: those that are installed. */
  about = {};
  /** Names of those that were asked for and are not installed. */
  missing = new Set();

  /** The engine; undefined where it is not installed. */
  async get(name, threads) {
    const key = `${name} ${threads}`;
    if (!this.#started.has(key)) {
      const engine = new Engine(name, threads);
      this.#started.set(key, (await engine.start()) ? engine : undefined);
      if (engine.about === undefined) this.missing.add(name);
      else this.about[name] = engine.about;
    }
    return this.#started.get(key);
  }

  end() {
    for (const engine of this.#started.values()) engine?.end();
  }
}
