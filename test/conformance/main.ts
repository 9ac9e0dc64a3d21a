// Runs recorded cases: `npm run conformance -- [--suite NAME,...] [--from DIR] [--device NAME] [--threads N]
// [--poison] [--list-failures] [--coverage] [--json]`; `--list` prints the suites' names.
// `--device` runs them on one device whatever the size of the work, and with threads whatever it is too; `--poison`
// with memory for results that is filled with NaN. `--engine compiled` runs the call of each case of ops, modules and models
// and its gradients as one graph of ONNX Runtime, and training steps (models, random) as compiled steps; at the end it tells what
// could not be compiled, and why. On the native device a line tells how many cases ONNX Runtime does, and
// `--coverage` which operations it does not do (compiled: of which the cases are that could not be); `--json` prints all of it as one object. One line a suite, then the sum. Exit status: 0 when no case fails, 1 when one does, 2 for wrong usage or when there is nothing to run.

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Device } from "../../src/core/run.ts";
import { getNumThreads, setDevice } from "../../src/devices/index.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";
import { setLeastForThreads } from "../../src/kernels/threads.ts";
import { NativeDevice } from "../../src/native/device.ts";
import { Runtime } from "../../src/native/runtime.ts";
import { setNumThreads } from "../../src/torch/threads.ts";
import { referenceFolder } from "../support/reference.ts";
import { compiledCases } from "./compiled.ts";
import { Coverage, coverageLines } from "./coverage.ts";
import { caseEngine, setCaseEngine, setInLibrary } from "./engine.ts";
import { type Miss, type Report, runCases } from "./suite.ts";
import { suites } from "./suites.ts";

interface Options {
  readonly names: readonly string[];
  readonly folder: string;
  readonly isListing: boolean;
  /** Opens the device. */
  readonly device: (() => Device) | undefined;
  readonly isCompiled: boolean;
  readonly threads: number | undefined;
  readonly isPoisoned: boolean;
  readonly listsOperations: boolean;
  readonly isJson: boolean;
  /** The names are printed, and nothing is run. */
  readonly isAsked: boolean;
}

const coverage: Coverage = new Coverage();

/** Cases that passed and for which no graph was made: there was nothing to compute. */
let withoutGraph = 0;

/** What opens each device, by name; its kernels are in use whatever the size of the work. */
const devices: Readonly<Record<string, () => Device>> = {
  reference: () => reference,
  wasm: () => wasmFrom(0),
  native: () =>
    new NativeDevice(reference, new Runtime(getNumThreads()), { least: 0, listener: coverage.listener }),
};

const usage = `usage: npm run conformance -- [--suite ${Object.keys(suites).join(",")}] [--device ${Object.keys(devices).join("|")}] [--engine compiled] [--threads N] [--poison] [--from DIR] [--list-failures] [--coverage] [--json] [--list]`;

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      suite: { type: "string", default: Object.keys(suites).join(",") },
      from: { type: "string", default: referenceFolder },
      device: { type: "string" },
      engine: { type: "string" },
      threads: { type: "string" },
      poison: { type: "boolean", default: false },
      "list-failures": { type: "boolean", default: false },
      coverage: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const names = values.suite.split(",").filter((name) => name !== "");
  const unknown = names.filter((name) => !(name in suites));
  if (unknown.length > 0) throw new TypeError(`no suite ${unknown.join(", ")}`);
  if (!existsSync(values.from)) throw new TypeError(`no folder ${values.from}`);
  const { device } = values;
  if (device !== undefined && !(device in devices)) throw new TypeError(`no device ${device}`);
  const { engine } = values;
  if (engine !== undefined && engine !== "compiled") throw new TypeError(`no engine ${engine}`);
  return {
    names,
    folder: values.from,
    isCompiled: engine !== undefined,
    isListing: values["list-failures"],
    device: device === undefined ? undefined : devices[device],
    threads: values.threads === undefined ? undefined : Number(values.threads),
    isPoisoned: values.poison,
    listsOperations: values.coverage,
    isJson: values.json,
    isAsked: values.list,
  };
}

function list(kind: string, misses: readonly Miss[]): void {
  for (const { name, reason } of misses) console.log(`  ${kind} ${name}: ${reason}`);
}

async function runSuite(name: string, { folder, isListing, isJson }: Options): Promise<Report> {
  let graphs = caseEngine().graphs?.();
  const report = await runCases(suites[name]!(folder), (isPassed) => {
    coverage.endCase();
    const made = caseEngine().graphs?.();
    if (isPassed && made !== undefined && made === graphs) withoutGraph++;
    graphs = made;
  });
  const { passed, failed, notCovered } = report;
  const notCompiled = Object.entries(report.notCompiled);
  if (passed + failed.length + notCovered.length + notCompiled.length === 0)
    console.error(`no cases of ${name} in ${folder}`);
  if (isJson) return report;
  if (isListing) {
    list("failed", failed);
    list("not covered", notCovered);
    for (const [kind, misses] of notCompiled) list(kind, misses);
  }
  for (const [what, count] of Object.entries(report.counts)) console.log(`  ${what}: ${count}`);
  const others = notCompiled.map(([kind, misses]) => `, ${misses.length} ${kind}`).join("");
  console.log(
    `${name}: ${passed} passed, ${failed.length} failed, ${notCovered.length} not covered${others}`,
  );
  return report;
}

/**
 * Why cases could not be compiled: a line for each reason, those of most cases first; then how many passed.
 * @param listsOperations with how many cases of each operation, or module, there are for the reason
 */
function printNotCompiled(reports: readonly Report[], listsOperations: boolean): void {
  const reasons = new Map<string, string[]>();
  for (const [kind, misses] of reports.flatMap(({ notCompiled }) => Object.entries(notCompiled))) {
    for (const { about, group } of misses) {
      const reason = `${kind}: ${about}`;
      const found = reasons.get(reason);
      if (found === undefined) reasons.set(reason, [group]);
      else found.push(group);
    }
  }
  for (const [reason, found] of [...reasons].sort(([, a], [, b]) => b.length - a.length)) {
    const counts = new Map<string, number>();
    for (const group of found) counts.set(group, (counts.get(group) ?? 0) + 1);
    const sorted = [...counts].sort(([, a], [, b]) => b - a);
    const listed = sorted.map(([group, count]) => `${group} ${count}`).join(", ");
    console.log(`  ${found.length} ${reason}${listsOperations ? ` (${listed})` : ""}`);
  }
  const passed = reports.reduce((sum, each) => sum + each.passed, 0);
  const failed = reports.reduce((sum, each) => sum + each.failed.length, 0);
  const others = [...reasons.values()].reduce((sum, { length }) => sum + length, 0);
  const compiled = passed - withoutGraph;
  const all = compiled + failed + others;
  console.log(
    `compiled: ${((100 * compiled) / Math.max(1, all)).toFixed(1)}% of the ${all} cases that compute something; ` +
      `${withoutGraph} needed no graph and do not count`,
  );
}

/** Prints what became of all suites, and where their kernels ran. */
function printSum(
  { device, isCompiled, isJson, listsOperations }: Options,
  suites: Readonly<Record<string, Report>>,
  line: string,
): void {
  const isNative = device === devices.native;
  const report = coverage.report();
  if (isJson) {
    console.log(JSON.stringify(isNative ? { suites, coverage: report } : { suites }));
    return;
  }
  if (isCompiled) printNotCompiled(Object.values(suites), listsOperations);
  if (isNative) for (const text of coverageLines(report, listsOperations)) console.log(text);
  console.log(line);
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    return 2;
  }
  if (options.isAsked) {
    for (const name of options.names) console.log(name);
    return 0;
  }
  if (options.threads !== undefined) setNumThreads(options.threads);
  if (options.device !== undefined) {
    setDevice(options.device());
    setLeastForThreads(0);
  }
  if (options.isCompiled) setCaseEngine(compiledCases());
  if (options.isCompiled || options.device === devices.native) setInLibrary();
  if (options.isPoisoned) await import("../support/poison.ts");
  const reports: Record<string, Report> = {};
  for (const name of options.names) reports[name] = await runSuite(name, options);
  const passed = Object.values(reports).reduce((sum, report) => sum + report.passed, 0);
  const failed = Object.values(reports).reduce((sum, report) => sum + report.failed.length, 0);
  printSum(options, reports, `${passed} passed, ${failed} failed`);
  if (failed > 0) return 1;
  return passed > 0 ? 0 : 2;
}

process.exitCode = await main();
