// weightbridge inspect: what is in a file.

import { tableLines } from "../core/text.ts";
import { sizeText } from "../core/words.ts";
import type { FileFacts } from "../files/inspect/facts.ts";
import { type Inspection, inspect as inspectFile, type TensorInfo } from "../files/inspect/inspect.ts";
import type { Json } from "../files/inspect/walk.ts";
import { openFile } from "../files/node.ts";
import { type Command, parse, print, printJson, status, UsageError } from "./arguments.ts";
import { numberText } from "./text.ts";

const help = `weightbridge inspect FILE... [--json] [--hash] [--no-stats]

Lists the tensors of a file that Python saved, and what else is in it. Nothing in
the file is executed.

  FILE        .npy, .npz, .pt, .pth, .safetensors, .keras, .h5, .onnx, or a pickle
  --json      as JSON
  --hash      with the sha256 of each tensor's values (row-major, little-endian)
  --no-stats  without minimum, maximum, mean and NaN count

Exit status: 0, or 2 when a file is refused.`;

const options = {
  json: { type: "boolean", default: false },
  hash: { type: "boolean", default: false },
  "no-stats": { type: "boolean", default: false },
} as const;

/** Characters of a value that are shown. */
const longestValue = 160;

function dtypeText({ dtype, requiresGrad, storedAs }: TensorInfo): string {
  if (dtype === "raw" && storedAs !== undefined) return storedAs;
  return requiresGrad === true ? `${dtype} (grad)` : dtype;
}

type Column = readonly [title: string, cell: (tensor: TensorInfo) => string];

const columns: readonly Column[] = [
  ["name", ({ name }) => name],
  ["dtype", dtypeText],
  ["shape", ({ shape }) => `[${shape.join(", ")}]`],
  ["order", ({ order, strides }) => (order === "strided" ? `strides [${strides.join(", ")}]` : order)],
  ["size", ({ bytes }) => sizeText(bytes)],
];
const modelColumns: readonly Column[] = [
  ["layer", ({ layer }) => layer ?? ""],
  ["weight", ({ weight }) => weight ?? ""],
];
const statistics: readonly Column[] = [
  ["min", ({ min }) => numberText(min)],
  ["max", ({ max }) => numberText(max)],
  ["mean", ({ mean }) => numberText(mean)],
  ["NaN", ({ nan }) => numberText(nan)],
];
const digest: Column = ["sha256", ({ sha256 }) => sha256 ?? ""];

function table(inspection: Inspection, shown: readonly Column[]): void {
  const { file, format, tensors, values, notes } = inspection;
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  print(`${file}: ${format}, ${tensors.length} tensors, ${sizeText(total)}`);
  if (tensors.length > 0) {
    const known = tensors.some(({ layer }) => layer !== undefined) ? [...modelColumns, ...shown] : shown;
    const rows = tensors.map((tensor) => known.map(([, cell]) => cell(tensor)));
    print();
    for (const line of tableLines([known.map(([title]) => title), ...rows])) print(`  ${line}`);
  }
  pairs(jsonRows(values));
  printFacts(inspection);
  for (const note of notes) print(`\nnote: ${note}`);
}

/** What the file tells beside its tensors. */
function printFacts({ metadata, weightMap, attributes, links, nodes }: FileFacts): void {
  pairs(jsonRows(metadata ?? {}));
  pairs(Object.entries(attributes ?? {}).flatMap(([path, each]) => jsonRows(each, `${path} @`)));
  pairs(
    Object.entries(links ?? {}).map(([path, link]) => [
      path,
      link.kind === "soft" ? `-> ${link.path}` : `-> ${link.path} in ${link.file}`,
    ]),
  );
  const files = new Set(Object.values(weightMap ?? {}).flat());
  if (files.size > 0) print(`\n  files: ${[...files].join(", ")}`);
  const operators = Object.entries(nodes ?? {}).map(([name, count]) =>
    count > 1 ? `${count} ${name}` : name,
  );
  if (operators.length > 0) print(`\n  nodes: ${operators.join(", ")}`);
}

function jsonRows(values: { readonly [name: string]: Json }, before = ""): string[][] {
  return Object.entries(values).map(([name, value]) => [before + name, valueText(value)]);
}

/** A value in a line; a long one, such as a model's configuration, without its end. */
function valueText(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}... (${text.length} characters)`;
}

/** Names and what they stand for, in columns. */
function pairs(rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  print();
  for (const line of tableLines(rows)) print(`  ${line}`);
}

export const inspect: Command = {
  help,
  run: async (args) => {
    const { values, positionals } = parse(args, options);
    if (positionals.length === 0) throw new UsageError("expected a file");
    const wanted = { statistics: !values["no-stats"], hash: values.hash };
    const shown = [...columns, ...(wanted.statistics ? statistics : []), ...(wanted.hash ? [digest] : [])];
    const inspections: Inspection[] = [];
    for (const path of positionals) {
      const opened = await openFile(path);
      try {
        inspections.push(await inspectFile(opened, wanted));
      } finally {
        await opened.close();
      }
    }
    if (values.json) printJson(inspections.length === 1 ? inspections[0] : inspections);
    else {
      inspections.forEach((inspection, i) => {
        if (i > 0) print();
        table(inspection, shown);
      });
    }
    return status.ok;
  },
};
