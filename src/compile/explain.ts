// explain: what a compiled module is to ONNX Runtime, which nodes it made of ours, and where the time goes.

import { RuntimeError } from "../core/errors.ts";
import { getNumThreads } from "../devices/index.ts";
import { bytesReader } from "../files/reader.ts";
import { holdRuntime } from "../native/shared.ts";
import { decode, type ModelProto } from "../onnx/index.ts";
import type { Module } from "../torch/nn/module.ts";
import type { Engine, Graph } from "./engines/engine.ts";
import { nativeGraph } from "./engines/native.ts";
import { CompiledCalls } from "./module.ts";

/** How a module is explained. */
export interface ExplainOptions {
  /** How many threads the work is divided among; default: `torch.getNumThreads()`. */
  readonly threads?: number;
  /** As `compile` has it. */
  readonly frozen?: boolean;
  /** How often it runs while it is timed, after one run that does not count; default: 10. */
  readonly runs?: number;
}

/** What takes time. */
export interface TimedPart {
  /** An operator, or the path of a module. */
  readonly name: string;
  /** Milliseconds of one run. */
  readonly milliseconds: number;
  /** Of all nodes' time. */
  readonly share: number;
}

/** What a compiled module is. */
export interface Explanation {
  /** How many nodes of each operator the module was lowered to. */
  readonly lowered: ReadonlyMap<string, number>;
  /** How many there are once ONNX Runtime has fused and folded them. */
  readonly optimized: ReadonlyMap<string, number>;
  readonly operators: readonly TimedPart[];
  readonly modules: readonly TimedPart[];
  /** A table for people. */
  toString(): string;
}

function counted(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

const operatorsOf = ({ graph }: ModelProto): Map<string, number> =>
  counted((graph?.node ?? []).map(({ opType = "" }) => opType));

/** The path of the module in a node's name: "/layer1/0/conv1/Conv_12/fused" is of "layer1.0.conv1". */
function pathOf(name: string): string {
  const parts = name.split("/").slice(1);
  const node = parts.findIndex((part) => /^[A-Z]\w*_\d+/.test(part));
  const path = parts.slice(0, node < 0 ? -1 : node).join(".");
  return path === "" ? "(no module)" : path;
}

function timed(parts: readonly (readonly [name: string, microseconds: number])[], runs: number): TimedPart[] {
  const sums = new Map<string, number>();
  for (const [name, time] of parts) sums.set(name, (sums.get(name) ?? 0) + time);
  const total = [...sums.values()].reduce((a, b) => a + b, 0);
  return [...sums]
    .map(([name, time]) => ({
      name,
      milliseconds: time / 1000 / runs,
      share: total === 0 ? 0 : time / total,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

const countLine = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${count} ${name}`).join(", ");

function table(title: string, parts: readonly TimedPart[]): string[] {
  const most = 12;
  const width = Math.max(...parts.slice(0, most).map(({ name }) => name.length), title.length);
  const lines = parts.slice(0, most).map(({ name, milliseconds, share }) => {
    const percent = `${(100 * share).toFixed(1)} %`;
    return `  ${name.padEnd(width)}  ${milliseconds.toFixed(3).padStart(9)} ms  ${percent.padStart(7)}`;
  });
  const rest = parts.slice(most).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  if (rest > 0) lines.push(`  ${"others".padEnd(width)}  ${rest.toFixed(3).padStart(9)} ms`);
  return [title, ...lines];
}

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

/**
 * Tells what a module is when it is compiled: its nodes before and after ONNX Runtime's own rewriting, and where the time
 * goes, by operator and by module. On the device "native".
 * @throws as `compile` does
 */
export async function explain(
  module: Module,
  args: readonly unknown[],
  { threads, frozen = false, runs = 10 }: ExplainOptions = {},
): Promise<Explanation> {
  const hold = holdRuntime(threads, getNumThreads);
  const { runtime } = hold;
  let seen:
    | {
        readonly graph: Graph;
        readonly profile: () => readonly [name: string, operator: string, time: number][];
      }
    | undefined;
  const engine: Engine = {
    name: "native",
    takesConstants: true,
    ready: (graph) => {
      const session = runtime.session(graph.model, { initializers: graph.constants, profiling: true });
      const profile = (): [string, string, number][] =>
        session
          .profile()
          .filter(({ category, name }) => category === "Node" && name.endsWith("_kernel_time"))
          .map(({ name, operator = "", duration }) => [name, operator, duration]);
      seen = { graph, profile };
      return nativeGraph(runtime, { session, release: () => session.release() }, graph);
    },
    release: () => hold.release(),
  };
  const calls = new CompiledCalls(module, engine, frozen);
  try {
    for (let run = 0; run < runs + 1; run++) calls.call(args);
    if (seen === undefined) throw new RuntimeError("nothing ran");
    const { graph, profile } = seen;
    const events = profile();
    // The first run is not counted: memory is taken in it.
    const kept = events.slice(Math.round(events.length / (runs + 1)));
    const bytes = runtime.optimized(graph.model, { initializers: graph.constants });
    const optimized = await decode(bytesReader(bytes), "ModelProto");
    return explanation(operatorsOf(graph.model), operatorsOf(optimized), kept, runs);
  } finally {
    calls.release();
    engine.release();
  }
}

function explanation(
  lowered: ReadonlyMap<string, number>,
  optimized: ReadonlyMap<string, number>,
  events: readonly (readonly [name: string, operator: string, time: number])[],
  runs: number,
): Explanation {
  const operators = timed(
    events.map(([, operator, time]) => [operator, time]),
    runs,
  );
  const modules = timed(
    events.map(([name, , time]) => [pathOf(name), time]),
    runs,
  );
  const text = (): string =>
    [
      `lowered to ${sum(lowered)} nodes: ${countLine(lowered)}`,
      `ONNX Runtime runs ${sum(optimized)}: ${countLine(optimized)}`,
      ...table("time by operator", operators),
      ...table("time by module", modules),
    ].join("\n");
  return { lowered, optimized, operators, modules, toString: text };
}
