// weightbridge inspect: what is in a file.

import { tableLines } from "../core/text.ts";
import { type Inspection, inspect as inspectFile, type Json, type TensorInfo } from "../files/inspect.ts";
import { openFile } from "../files/node.ts";
import { type Command, parse, print, printJson, status, UsageError } from "./arguments.ts";
import { numberText, sizeText } from "./text.ts";

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

type Column = readonly [title: string, cell: (tensor: TensorInfo) => string];

const columns: readonly Column[] = [
  ["name", ({ name }) => name],
  ["dtype", ({ dtype, requiresGrad }) => (requiresGrad === true ? `${dtype} (grad)` : dtype)],
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
  const { file, format, tensors, values, metadata, nodes, notes } = inspection;
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  print(`${file}: ${format}, ${tensors.length} tensors, ${sizeText(total)}`);
  if (tensors.length > 0) {
    const known = tensors.some(({ layer }) => layer !== undefined) ? [...modelColumns, ...shown] : shown;
    const rows = tensors.map((tensor) => known.map(([, cell]) => cell(tensor)));
    print();
    for (const line of tableLines([known.map(([title]) => title), ...rows])) print(`  ${line}`);
  }
  pairs(Object.entries(values).map(([path, value]) => [path, valueText(value)]));
  pairs(Object.entries(metadata ?? {}).map(([path, value]) => [path, valueText(value)]));
  const operators = Object.entries(nodes ?? {}).map(([name, count]) =>
    count > 1 ? `${count} ${name}` : name,
  );
  if (operators.length > 0) print(`\n  nodes: ${operators.join(", ")}`);
  for (const note of notes) print(`\nnote: ${note}`);
}

/** A value in a line; a long one, such as a model's configuration, without its end. */
function valueText(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}... (${text.length} characters)`;
}

/** Names and what they stand for, in two columns. */
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
