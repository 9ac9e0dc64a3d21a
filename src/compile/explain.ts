// explain: what a compiled module is to ONNX Runtime, which nodes it made of ours, and where the time goes.

import { RuntimeError } from "../core/errors.ts";
import { getNumThreads } from "../devices/index.ts";
import { bytesReader } from "../files/reader.ts";
import type { ProfileEvent } from "../native/session.ts";
import { holdRuntime } from "../native/shared.ts";
import { decode, type ModelProto } from "../onnx/index.ts";
import type { Module } from "../torch/nn/module.ts";
import type { Engine, Graph } from "./engines/engine.ts";
import { nativeGraph, optionsOf } from "./engines/native.ts";
import { ownersIn } from "./explain-owners.ts";
import { explanationText } from "./explain-text.ts";
import { CompiledCalls, traceModule } from "./module.ts";
import { moduleName, type ProgressOptions, Watch } from "./progress.ts";

/** How a module is explained. */
export interface ExplainOptions extends ProgressOptions {
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

/** A module that takes time. */
export interface TimedModule extends TimedPart {
  /** The name of its class. */
  readonly type: string;
}

/** What a compiled module is. */
export interface Explanation {
  /** How many operations of each name the module runs uncompiled, views aside. */
  readonly operations: ReadonlyMap<string, number>;
  /** How many nodes of each operator the module was lowered to. */
  readonly lowered: ReadonlyMap<string, number>;
  /** How many there are once ONNX Runtime has fused and folded them. */
  readonly optimized: ReadonlyMap<string, number>;
  /** How many of those run on each execution provider. */
  readonly providers: ReadonlyMap<string, number>;
  /** Milliseconds of all nodes of one run. */
  readonly milliseconds: number;
  readonly operators: readonly TimedPart[];
  readonly modules: readonly TimedModule[];
  /** Tables for people. */
  toString(): string;
}

function counted(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

const operatorsOf = ({ graph }: ModelProto): Map<string, number> =>
  counted((graph?.node ?? []).map(({ opType = "" }) => opType));

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

/** What was seen of a session. */
interface Seen {
  readonly graph: Graph;
  readonly profile: () => ProfileEvent[];
}

/**
 * Tells what a module is when it is compiled: its operations, its nodes before and after ONNX Runtime's own rewriting, what they
 * run on, and where the time goes, by operator and by module. On the device "native".
 * @throws as `compile` does
 */
export async function explain(
  module: Module,
  args: readonly unknown[],
  { threads, frozen = false, runs = 10, ...progress }: ExplainOptions = {},
): Promise<Explanation> {
  const hold = holdRuntime(threads, getNumThreads);
  const { runtime } = hold;
  let seen: Seen | undefined;
  const engine: Engine = {
    name: "native",
    takesConstants: true,
    ready: (graph) => {
      const session = runtime.session(graph.model, { ...optionsOf(graph), profiling: true });
      const isNode = ({ category, name }: ProfileEvent): boolean =>
        category === "Node" && name.endsWith("_kernel_time");
      seen = { graph, profile: () => session.profile().filter(isNode) };
      return nativeGraph(runtime, { session, release: () => session.release() }, graph);
    },
    release: () => hold.release(),
  };
  const calls = new CompiledCalls(module, engine, frozen, {}, new Watch(moduleName(module), progress));
  try {
    for (let run = 0; run < runs + 1; run++) calls.call(args);
    if (seen === undefined) throw new RuntimeError("nothing ran");
    const { graph, profile } = seen;
    const events = profile();
    // The first run is not counted: memory is taken in it.
    const kept = events.slice(Math.round(events.length / (runs + 1)));
    const bytes = runtime.optimized(graph.model, optionsOf(graph));
    const optimized = operatorsOf(await decode(bytesReader(bytes), "ModelProto"));
    const operations = counted(traceModule(module, args).trace.entries.map(({ name }) => name));
    const counts = { operations, lowered: operatorsOf(graph.model), optimized };
    return explanation(counts, modulesOf(module, graph.model, kept, runs), kept, runs);
  } finally {
    calls.release();
    engine.release();
  }
}

/** What each module takes. Nodes that ONNX Runtime has put there itself may be of none. */
function modulesOf(
  module: Module,
  model: ModelProto,
  events: readonly ProfileEvent[],
  runs: number,
): TimedModule[] {
  const owner = ownersIn(model);
  const types = new Map([...module.namedModules()].map(([path, each]) => [path, moduleName(each)]));
  const parts = events.map(
    ({ name, operator = "", duration }) => [owner(name, operator) ?? "(no module)", duration] as const,
  );
  return timed(parts, runs).map((part) => ({ ...part, type: types.get(part.name) ?? "" }));
}

function explanation(
  counts: Pick<Explanation, "operations" | "lowered" | "optimized">,
  modules: readonly TimedModule[],
  events: readonly ProfileEvent[],
  runs: number,
): Explanation {
  const operators = timed(
    events.map(({ operator = "", duration }) => [operator, duration]),
    runs,
  );
  const once = events.slice(0, events.length / runs);
  const providers = counted(once.map(({ provider = "" }) => provider.replace(/ExecutionProvider$/, "")));
  const milliseconds = operators.reduce((sum, each) => sum + each.milliseconds, 0);
  const told = { ...counts, providers, milliseconds, operators, modules };
  const text = explanationText(told);
  return { ...told, toString: () => text };
}
