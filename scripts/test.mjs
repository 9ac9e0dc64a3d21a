// `npm test`: builds, lints, checks types, runs every test and the conformance suites; the last line counts them all.
// `npm test -- files` runs only the test files whose path holds one of the words given.

import { spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const words = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const total = { passed: 0, failed: 0 };
process.chdir(root);

/** Path of a file from the root, with slashes. */
const shown = (path) => relative(root, path).split(sep).join("/");

/** Runs a program to its end; what it printed comes back as one text. */
function execute(program, parameters) {
  const child = spawn(program, parameters, { shell: process.platform === "win32" && program === "npm" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return new Promise((done) => {
    child.on("error", ({ message }) => done({ ok: false, output: `${output}${message}` }));
    child.on("close", (status) => done({ ok: status === 0, output }));
  });
}

/** One step that passes or fails as a whole; its output is shown when it fails. */
async function check(name, program, parameters) {
  const start = performance.now();
  const { ok, output } = await execute(program, parameters);
  total[ok ? "passed" : "failed"]++;
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${seconds(start)})`);
  if (!ok) console.log(indent(output.trim()));
  return ok;
}

const seconds = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;
const indent = (text) => text.replace(/^/gm, "    ");

/** Every test file, or those that the words choose. */
function testFiles() {
  const names = readdirSync("test", { recursive: true }).map((name) => join(root, "test", name));
  return names
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) => words.length === 0 || words.some((word) => shown(name).includes(word)))
    .sort();
}

/** What went wrong in a test: the assertion's own account, without the runner's wrapping. */
function reasonOf(error) {
  const cause = error?.cause ?? error;
  const text = cause instanceof Error || cause?.stack ? (cause.stack ?? String(cause)) : String(cause);
  const lines = text.split("\n").filter((line) => !/^\s+at .*(node:internal|node_modules)/.test(line));
  return lines.slice(0, 40).join("\n");
}

/** True iff the event only says that something inside failed, which is told on its own. */
const isOuter = ({ details }) => details.type === "suite" || details.error?.failureType === "subtestsFailed";

const tsx = ["--import", import.meta.resolve("tsx")];

/** Runs one test file in a process of its own; tells what failed, and how many passed. */
async function runFile(file) {
  const start = performance.now();
  const counts = { passed: 0, failed: 0 };
  const failures = [];
  const stream = run({ files: [file], execArgv: tsx });
  // The file as a whole is told of like a test: as failed when it could not be loaded, as passed when it has none.
  const isFile = ({ name, nesting }) => nesting === 0 && resolve(name) === file;
  stream.on("test:pass", (data) => {
    if (!isFile(data) && data.details.type !== "suite" && data.skip === undefined) counts.passed++;
  });
  stream.on("test:fail", (data) => {
    if (isOuter(data)) return;
    counts.failed++;
    failures.push(`${isFile(data) ? "the file itself" : data.name}\n${indent(reasonOf(data.details.error))}`);
  });
  stream.on("test:stderr", ({ message }) => failures.length < 20 && failures.push(message.trimEnd()));
  for await (const _ of stream);
  if (counts.passed + counts.failed === 0) {
    counts.failed++;
    failures.push("no test ran");
  }
  const verdict = counts.failed === 0 ? "ok    " : "FAILED";
  const { passed, failed } = counts;
  console.log(`${verdict} ${shown(file)}: ${passed} passed, ${failed} failed (${seconds(start)})`);
  if (failures.length > 0) console.log(indent(failures.join("\n")));
  total.passed += counts.passed;
  total.failed += counts.failed;
}

/** Runs test files and suites, as many at once as there are processors. */
async function runTests(work) {
  const start = performance.now();
  const before = total.failed;
  // Node 20 hands its own arguments on to the test files; later versions take `execArgv`.
  process.execArgv.push(...tsx);
  const waiting = work.toReversed();
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  console.log(`${total.failed === before ? "ok    " : "FAILED"} tests (${seconds(start)})`);
}

const conformance = ["--import", "tsx", "test/conformance/main.ts"];

/** The names of the conformance suites, if they are wanted. */
async function suites() {
  if (words.length > 0 && !words.some((word) => "test/conformance".includes(word))) return [];
  const { ok, output } = await execute(process.execPath, [...conformance, "--list"]);
  if (!ok) throw new Error(output);
  return output.trim().split("\n");
}

/** The recorded cases of one conformance suite, in a process of its own: each case counts as a test. */
async function runSuite(name) {
  const start = performance.now();
  const { ok, output } = await execute(process.execPath, [...conformance, "--poison", "--suite", name]);
  const lines = output.trim().split("\n");
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(lines.at(-1) ?? "") ?? [];
  const counted = passed !== undefined && ok === (failed === "0");
  total.passed += Number(passed ?? 0);
  total.failed += counted ? Number(failed) : 1;
  console.log(`${ok && counted ? "ok    " : "FAILED"} test/conformance, ${name} (${seconds(start)})`);
  console.log(indent((counted ? lines.slice(0, -1) : lines).join("\n")));
}

async function main() {
  const files = testFiles();
  const isWhole = words.length === 0;
  if (!(await check("kernels", "npm", ["run", "--silent", "kernels"]))) process.exit(1);
  // These look at the package as it is built.
  if (isWhole || files.some((file) => /^test\/(house|browser|cli)\//.test(shown(file)))) {
    rmSync("dist", { recursive: true, force: true });
    await check("build", "npm", ["run", "--silent", "build"]);
  }
  if (isWhole) {
    await check("lint", "npm", ["run", "--silent", "lint"]);
    await check("types", "npm", ["run", "--silent", "check"]);
  }
  const names = await suites();
  const work = [...names.map((name) => () => runSuite(name)), ...files.map((file) => () => runFile(file))];
  if (work.length > 0) await runTests(work);
  else {
    console.log(`no test file's path holds ${words.join(" or ")}`);
    total.failed++;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();
