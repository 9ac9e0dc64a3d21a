// A model and its weights as a file of ONNX, for `weightbridge export`: which axes may have any length is given, or tried, and
// what the file computes is run and compared.

import { exportOnnx, onnxModel } from "../compile/export/index.ts";
import { importOnnx } from "../compile/import/index.ts";
import { RuntimeError } from "../core/errors.ts";
import { callArguments, callModel } from "../export/trace/calling.ts";
import { type AxisGroup, batchGroup, furtherGroups, resized } from "../export/trace/sizes.ts";
import { noGrad, type Tensor } from "../torch/index.ts";
import { UsageError } from "./arguments.ts";
import type { Example } from "./examples.ts";
import type { ReadModel } from "./models.ts";

/** Axes of any length by the input's name, with their names. */
type Dynamic = Record<string, Record<number, string>>;

/** What was written, and what was seen of it. */
export interface OnnxReport {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly dynamic: Dynamic;
  /** How far outputs of the file and of the model are apart at most, in parts of the greatest. */
  readonly difference: number;
}

/** How the file is made. */
export interface OnnxSettings {
  /** Axes as --dynamic has them: `input=0,1`, `input=0:batch`, `none`; without any, those that the model allows are found. */
  readonly dynamic: readonly string[];
  readonly external: boolean;
}

const axisForm = /^(-?\d+)(?::([A-Za-z_]\w*))?$/;

/** The axes that --dynamic names. @throws UsageError */
function givenAxes(texts: readonly string[]): Dynamic {
  const wrong = (text: string): UsageError =>
    new UsageError(`--dynamic takes INPUT=AXIS[:NAME],... or none, got ${JSON.stringify(text)}`);
  if (texts.length === 1 && texts[0] === "none") return {};
  const dynamic: Dynamic = {};
  for (const text of texts) {
    const [input, axes] = [text.slice(0, text.lastIndexOf("=")), text.slice(text.lastIndexOf("=") + 1)];
    if (input === "" || input.length === text.length) throw wrong(text);
    for (const each of axes.split(",")) {
      const found = axisForm.exec(each);
      if (found === null) throw wrong(text);
      dynamic[input] = { ...dynamic[input], [Number(found[1])]: found[2] ?? `${input}_${found[1]}` };
    }
  }
  return dynamic;
}

/** The axes of groups by the inputs' names. Lengths that need not be one have names of their own. */
function axesOf(groups: readonly AxisGroup[], names: readonly string[]): Dynamic {
  const dynamic: Dynamic = {};
  const taken = new Set<string>();
  for (const { name, axes } of groups) {
    const isOne = axes.every(({ length }) => length === axes[0]!.length) && name !== "size";
    const isFree = !taken.has(name);
    for (const { input, axis } of axes) {
      const own = isOne && isFree ? name : `${names[input]}_${axis}`;
      dynamic[names[input]!] = { ...dynamic[names[input]!], [axis]: own };
    }
    taken.add(name);
  }
  return dynamic;
}

/** Writes a model as a file of ONNX. */
class OnnxWriter {
  private readonly target: ReadModel;
  private readonly example: Example;
  /** Names of inputs in the file. */
  private readonly names: readonly string[];

  constructor(target: ReadModel, example: Example) {
    this.target = target;
    this.example = example;
    const { names, inputs } = example;
    const others = inputs.length === 1 ? ["input"] : inputs.map((_, i) => `input_${i}`);
    this.names = names.length === inputs.length ? names : others;
  }

  async write(path: string, { dynamic: texts, external }: OnnxSettings): Promise<OnnxReport> {
    const { model } = this.target;
    model.eval();
    const groups = texts.length > 0 ? [] : this.freeGroups();
    const dynamic = texts.length > 0 ? givenAxes(texts) : axesOf(groups, this.names);
    await exportOnnx(model, this.args, path, { dynamic, external, names: { inputs: this.names } });
    const imported = await importOnnx(path);
    const samples = [
      this.example.inputs,
      ...(groups.length > 0 ? [resized(this.example.inputs, groups, 1)] : []),
    ];
    const differences = samples.map((inputs) => {
      const result = noGrad(() => imported.forward(...inputs));
      const found = imported.outputs.map(({ name }, _, { length }) =>
        length === 1 ? (result as Tensor) : (result as Record<string, Tensor>)[name]!,
      );
      return difference(found, this.outputs(inputs));
    });
    return {
      inputs: this.names,
      outputs: imported.outputs.map(({ name }) => name),
      dynamic,
      difference: Math.max(...differences),
    };
  }

  private get args(): readonly unknown[] {
    return callArguments(this.target.model, this.example.inputs, this.example.names);
  }

  private outputs(inputs: readonly Tensor[]): Tensor[] {
    return noGrad(() => callModel(this.target.model, inputs, this.example.names));
  }

  /** Axes that may have any length: the batch's, and further ones, one after another; each is tried. */
  private freeGroups(): readonly AxisGroup[] {
    const { inputs } = this.example;
    const batch = batchGroup(inputs);
    let free: readonly AxisGroup[] = [];
    for (const group of [...(batch === undefined ? [] : [batch]), ...furtherGroups(inputs)]) {
      if (this.allows([...free, group])) free = [...free, group];
    }
    return free;
  }

  /** True iff the model takes other lengths, and one graph does for all. */
  private allows(groups: readonly AxisGroup[]): boolean {
    try {
      this.outputs(resized(this.example.inputs, groups, 1));
      onnxModel(this.target.model, this.args, {
        dynamic: axesOf(groups, this.names),
        names: { inputs: this.names },
      });
      return true;
    } catch {
      // What speaks against it is the model's own: whatever it is, the axis keeps the example's length.
      return false;
    }
  }
}

/** The greatest difference of outputs, in parts of the greatest number. @throws RuntimeError where they cannot be compared */
function difference(found: readonly Tensor[], wanted: readonly Tensor[]): number {
  const differences = wanted.map((want, i) => {
    const shapes = [found[i]?.shape, want.shape].map((shape) => `[${shape?.join(", ")}]`);
    if (shapes[0] !== shapes[1])
      throw new RuntimeError(
        `the file's output ${i} has the shape ${shapes[0]}, and the model's ${shapes[1]}`,
      );
    if (want.layout.size === 0) return 0;
    const [a, b] = [found[i]!.double(), want.double()];
    const most = Number(a.sub(b).abs().max().item());
    const scale = Number(b.abs().max().item());
    if (!Number.isFinite(most) && Number.isFinite(scale))
      throw new RuntimeError(`the file's output ${i} is not finite, and the model's is`);
    return scale === 0 || !Number.isFinite(scale) ? most : most / scale;
  });
  return Math.max(0, ...differences);
}

/**
 * Writes a model with its weights as a file of ONNX, runs the file on the example and, where axes were found to have any
 * length, on inputs of other sizes, and compares with the model.
 * @throws as `exportOnnx` does; UsageError for axes that are not written so
 */
export function writeOnnx(
  target: ReadModel,
  example: Example,
  path: string,
  settings: OnnxSettings,
): Promise<OnnxReport> {
  return new OnnxWriter(target, example).write(path, settings);
}

/** What a report says, as lines. */
export function onnxLines({ inputs, outputs, dynamic, difference: most }: OnnxReport): string[] {
  const free = [...new Set(Object.values(dynamic).flatMap((axes) => Object.values(axes)))].join(", ");
  return [
    `takes     ${inputs.join(", ")}`,
    `gives     ${outputs.join(", ")}`,
    ...(free === "" ? [] : [`any       ${free}`]),
    `compared  what the file computes was run here: outputs differ by ${most.toExponential(0)} of the greatest at most`,
  ];
}
