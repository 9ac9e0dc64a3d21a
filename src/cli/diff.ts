// weightbridge diff: where the tensors of two files differ.

import { tableLines } from "../core/text.ts";
import { countText, namesText, shapeText, smallText } from "../core/words.ts";
import { openFile } from "../files/node.ts";
import type { Opened } from "../files/open.ts";
import type { ArrayLike } from "../files/values.ts";
import { type Command, parse, print, printJson, status, UsageError } from "./arguments.ts";
import { compareTensors, type TensorDifference, type Tolerance } from "./difference.ts";
import { chosen, renamed, tensorsIn } from "./names.ts";
import { Progress, wantsProgress } from "./progress.ts";

const help = `weightbridge diff A B [--rename FROM=TO]... [--only PATTERN]... [--rtol R] [--atol A]
                   [--json] [--quiet] [--progress]

Compares the tensors of two files, of whatever kinds, name by name: shapes, types,
and every number. One pair at a time is in memory.

  A, B       files that weightbridge inspect opens, or their http addresses
  --rename   for A: names that begin with FROM begin with TO; or, with *, names that
             FROM fits become TO, the texts of its * in order
  --only     tensors whose names fit a pattern alone; * stands for any text
  --rtol, --atol   numbers may differ: |a - b| <= atol + rtol |b|; types may then
             differ too. Without them all must be equal. NaN equals NaN
  --json     everything that was found, as JSON
  --quiet    prints nothing: the exit status tells
  --progress draws a bar though standard error is no terminal

Differences are given in units in the last place (ulp: how many numbers of the type
lie between), absolutely, and relative to B.

Exit status: 0 the same, 1 they differ, 2 a file is refused.`;

const options = {
  rename: { type: "string", multiple: true, default: [] as string[] },
  only: { type: "string", multiple: true, default: [] as string[] },
  rtol: { type: "string" },
  atol: { type: "string" },
  json: { type: "boolean", default: false },
  quiet: { type: "boolean", default: false },
  progress: { type: "boolean", default: false },
} as const;

/** What was found. */
interface Findings {
  readonly files: readonly [string, string];
  readonly onlyInFirst: readonly string[];
  readonly onlyInSecond: readonly string[];
  readonly same: number;
  readonly different: readonly TensorDifference[];
}

function toleranceOf(rtol: string | undefined, atol: string | undefined): Tolerance | undefined {
  if (rtol === undefined && atol === undefined) return undefined;
  const read = (name: string, text = "0"): number => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= 0))
      throw new UsageError(`--${name} must be a number of 0 or more, got ${text}`);
    return value;
  };
  return { rtol: read("rtol", rtol), atol: read("atol", atol) };
}

type Tensors = Map<string, ArrayLike>;

/** The tensors of a file by name. */
function byName(opened: Opened, rules: readonly string[]): Tensors {
  return new Map(renamed(tensorsIn(opened).tensors, rules));
}

/** Those that --only chooses; a pattern may fit names of one file alone. */
function chosenOf(all: readonly [Tensors, Tensors], patterns: readonly string[]): [Tensors, Tensors] {
  const names = new Map([...all[0], ...all[1]]);
  const wanted = new Set(chosen([...names], patterns).map(([name]) => name));
  const kept = (tensors: Tensors): Tensors => new Map([...tensors].filter(([name]) => wanted.has(name)));
  return [kept(all[0]), kept(all[1])];
}

async function compare(
  files: readonly [string, string],
  [first, second]: readonly [Tensors, Tensors],
  tolerance: Tolerance | undefined,
  progress: Progress,
): Promise<Findings> {
  const different: TensorDifference[] = [];
  const shared = [...first.keys()].filter((name) => second.has(name));
  for (const [index, name] of shared.entries()) {
    progress.update(index, shared.length);
    const found = await compareTensors(name, first.get(name)!, second.get(name)!, tolerance);
    if (found !== undefined) different.push(found);
  }
  progress.finish();
  return {
    files,
    onlyInFirst: [...first.keys()].filter((name) => !second.has(name)),
    onlyInSecond: [...second.keys()].filter((name) => !first.has(name)),
    same: shared.length - different.length,
    different,
  };
}

/** Two things, or one where they are the same. */
const both = (a: string, b: string): string => (a === b ? a : `${a} | ${b}`);

function row({ name, dtypes, shapes, what, numbers }: TensorDifference): string[] {
  const elements = numbers === undefined ? what.join(", ") : `${numbers.elements} of ${numbers.size}`;
  return [
    name,
    both(...dtypes),
    both(shapeText(shapes[0]), shapeText(shapes[1])),
    elements,
    smallText(numbers?.ulp),
    smallText(numbers?.absolute),
    smallText(numbers?.relative),
  ];
}

function printFindings({ files, onlyInFirst, onlyInSecond, same, different }: Findings): void {
  if (different.length > 0) {
    const titles = ["name", "dtype", "shape", "differ", "ulp", "absolute", "relative"];
    for (const line of tableLines([titles, ...different.map(row)])) print(`  ${line}`);
    print();
  }
  if (onlyInFirst.length > 0) print(`only in ${files[0]}: ${namesText(onlyInFirst)}`);
  if (onlyInSecond.length > 0) print(`only in ${files[1]}: ${namesText(onlyInSecond)}`);
  const parts = [
    `${countText(same, "tensor")} the same`,
    `${different.length} different`,
    `${onlyInFirst.length + onlyInSecond.length} in one file alone`,
  ];
  print(parts.join(", "));
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, options);
  const [a, b] = positionals;
  if (a === undefined || b === undefined || positionals.length > 2) throw new UsageError("expected A and B");
  const tolerance = toleranceOf(values.rtol, values.atol);
  const progress = new Progress("comparing", wantsProgress(values));
  const first = await openFile(a);
  try {
    const second = await openFile(b);
    try {
      const tensors = chosenOf([byName(first, values.rename), byName(second, [])], values.only);
      const findings = await compare([a, b], tensors, tolerance, progress);
      if (values.json) printJson(findings);
      else if (!values.quiet) printFindings(findings);
      const { different, onlyInFirst, onlyInSecond } = findings;
      const isSame = different.length + onlyInFirst.length + onlyInSecond.length === 0;
      return isSame ? status.ok : status.failed;
    } finally {
      progress.finish();
      await second.close();
    }
  } finally {
    await first.close();
  }
}

export const diff: Command = { help, run };
