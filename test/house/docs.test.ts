// The documentation is true: every TypeScript and JavaScript block of README.md and docs/ runs, its types hold, and it
// prints the ```text block that follows it. Where Python with PyTorch is at hand (WEIGHTBRIDGE_PYTHON names one), ```python
// blocks print it too. Lines of ```sh blocks that begin with `npx weightbridge` are run as well, and scripts named by
// `npm run` must be there. Durations may differ; a line `...` stands for any lines.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { whyNoPython } from "../support/written.ts";
import { Consumer, node, type Outcome } from "./consumer.ts";
import { filesBelow, root, textOf } from "./sources.ts";

const inTypeScript = /^(ts|js|typescript|javascript)$/;

interface Block {
  readonly language: string;
  readonly text: string;
  /** "README.md:12", the line of the opening fence. */
  readonly place: string;
  /** Line of the opening fence, and of the closing one. */
  readonly first: number;
  readonly last: number;
}

interface Example extends Block {
  /** The text block right after, if there is one. */
  readonly expected: string | undefined;
}

function blocksOf(path: string): Block[] {
  const lines = textOf(path).split("\n");
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const opening = /^(`{3,})(\w+)?\s*$/.exec(lines[i]!);
    if (opening === null) continue;
    const first = i;
    while (++i < lines.length && lines[i] !== opening[1]);
    assert.ok(i < lines.length, `${path}:${first + 1}: the block is not closed`);
    const text = lines.slice(first + 1, i).join("\n");
    blocks.push({ language: opening[2] ?? "", text, place: `${path}:${first + 1}`, first, last: i });
  }
  return blocks;
}

/** The output shown for a block: in the text block right after it, and Python's after the same program in TypeScript. */
function outputFor(block: Block, followers: readonly Block[], lines: readonly string[]): string | undefined {
  let end = block.last;
  for (const next of followers) {
    if (lines.slice(end + 1, next.first).some((line) => line.trim() !== "")) return undefined;
    if (next.language === "text") return next.text;
    if (block.language !== "python" || !inTypeScript.test(next.language)) return undefined;
    end = next.last;
  }
  return undefined;
}

/** The blocks in a language that can be run, each with the output shown for it. */
function examplesOf(path: string, language: RegExp): Example[] {
  const blocks = blocksOf(path);
  const lines = textOf(path).split("\n");
  return blocks.flatMap((block, i) =>
    language.test(block.language)
      ? [{ ...block, expected: outputFor(block, blocks.slice(i + 1), lines) }]
      : [],
  );
}

/** Lines without trailing space, durations replaced. */
const normal = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd().replace(/\b\d+(\.\d+)? ?(us|ms|s)\b/g, "(time)"));

/** The printed lines, with those that a line `...` stands for replaced by it. */
function matched(actual: readonly string[], expected: readonly string[]): readonly string[] {
  const gap = expected.indexOf("...");
  if (gap < 0) return actual;
  const rest = expected.slice(gap + 1);
  const next = rest.length === 0 ? actual.length : actual.indexOf(rest[0]!, gap);
  if (next < 0) return actual;
  return [...actual.slice(0, gap), "...", ...matched(actual.slice(next), rest)];
}

function assertPrinted({ place, expected }: Example, { status, stdout, stderr }: Outcome): void {
  assert.equal(status, 0, `${place}: ${stderr}`);
  if (expected === undefined) return;
  const wanted = normal(expected);
  assert.deepEqual(matched(normal(stdout), wanted), wanted, place);
}

const pages = ["README.md", ...filesBelow("docs", /\.md$/)].filter((path) => existsSync(join(root, path)));
const programs = pages.flatMap((path) => examplesOf(path, inTypeScript));
const consumer = new Consumer();
after(() => consumer.remove());

const fileName = ({ place }: Block): string => `${place.replace(/[^\w]+/g, "-")}.ts`;

test("the README shows a first program", () => {
  assert.ok(programs.some(({ place }) => place.startsWith("README.md")));
});

test("the programs' types hold", async () => {
  // A block without imports or exports would share its names with the others.
  for (const program of programs) consumer.write(fileName(program), `${program.text}\nexport {};\n`);
  const { status, stdout } = await consumer.checkTypes("nodenext");
  const places = programs.map((program) => `${fileName(program)} is ${program.place}`).join("\n");
  assert.equal(status, 0, `${stdout}\n${places}`);
});

const tsx = import.meta.resolve("tsx");

for (const program of programs) {
  test(`${program.place} runs and prints what it shows`, async () => {
    const path = consumer.write(fileName(program), `${program.text}\nexport {};\n`);
    assertPrinted(program, await node(["--import", tsx, path], root));
  });
}

const interpreter = process.env.WEIGHTBRIDGE_PYTHON ?? "python3";
const skip = whyNoPython(interpreter, ["torch"]) ?? false;

for (const program of pages.flatMap((path) => examplesOf(path, /^python$/))) {
  test(`${program.place} prints the same in Python`, { skip }, () => {
    const { status, stdout, stderr } = spawnSync(interpreter, ["-c", program.text], {
      cwd: consumer.folder,
      encoding: "utf8",
    });
    assertPrinted(program, { status: status ?? 1, stdout, stderr });
  });
}

const scripts = (JSON.parse(textOf("package.json")) as { scripts: Readonly<Record<string, string>> }).scripts;

for (const example of pages.flatMap((path) => examplesOf(path, /^(sh|bash|shell)$/))) {
  const commands = example.text.split("\n").filter((line) => line.startsWith("npx weightbridge"));
  const named = [...example.text.matchAll(/^npm run (?:--silent )?(\S+)/gm)].map((match) => match[1]!);
  test(`${example.place}: the commands are there and print what is shown`, async () => {
    for (const name of named) assert.ok(name in scripts, `${example.place}: no script "${name}"`);
    const outcomes: Outcome[] = [];
    for (const command of commands) {
      const parameters = (command.replace(/\s+#.*$/, "").match(/"[^"]*"|\S+/g) ?? []).slice(2);
      outcomes.push(await node(["dist/cli/main.js", ...parameters.map((text) => text.replaceAll('"', ""))]));
    }
    for (const { status, stderr } of outcomes) assert.equal(status, 0, `${example.place}: ${stderr}`);
    // What a block shows is compared where all of it was run here.
    if (commands.length === 0 || named.length > 0 || example.expected === undefined) return;
    const stdout = outcomes.map((outcome) => outcome.stdout).join("");
    assertPrinted(example, { status: 0, stdout, stderr: "" });
  });
}
