// A plan: which array becomes which parameter, and by which steps. Nothing is written before the whole plan is valid.

import { PythonError } from "../core/errors.ts";
import type { nn, Tensor } from "../torch/index.ts";
import { fromNumpy, noGrad } from "../torch/index.ts";
import { type Convention, conventions, kerasConvention, torchConvention } from "./conventions.ts";
import { arrangeNamed, arrangePositional, type Pairing, type PlanEntry, splitPath } from "./match.ts";
import { type Arrangement, type NamedArray, type ParameterSource, sourceOf } from "./source.ts";
import { type FlattenedInputs, flattenedInputs, type Target, targetsOf } from "./target.ts";
import { applyTransforms, transformedShape } from "./transform.ts";

/** How parameters are matched. */
export interface PlanOptions {
  /** Whose layout the arrays are in. Default: found out from names and shapes. */
  readonly layout?: "torch" | "keras" | "sklearn";
  /** An example input or its shape: with it the order of elements behind a Flatten is known. */
  readonly input?: Tensor | readonly number[];
  /** Whether arrays that no parameter takes are an error. Default true. */
  readonly strict?: boolean;
}

/** How a model's parameters are filled. */
export interface Plan {
  readonly convention: Convention;
  readonly arrangement: Arrangement;
  readonly entries: readonly PlanEntry[];
  /** Names of arrays that nothing takes. */
  readonly unused: readonly string[];
  /** What one should know: values that will be rounded, layouts that fit as well. */
  readonly notes: readonly string[];
}

/** Arrays that do not fit a model: every mismatch, and what would fit. */
export class PortError extends PythonError {
  readonly problems: readonly string[];

  constructor(model: string, problems: readonly string[]) {
    super("PortError", `the arrays do not fit ${model}, and nothing was loaded:\n  ${problems.join("\n  ")}`);
    this.problems = problems;
  }
}

/**
 * Plans how arrays become a model's parameters.
 * @throws PortError with every mismatch, when not all parameters can be filled
 */
export function planParameters(model: nn.Module, source: ParameterSource, options: PlanOptions = {}): Plan {
  const targets = targetsOf(model);
  const layers = new Set(targets.map((target) => target.module)).size;
  const { arrays, arrangement } = sourceOf(source, layers);
  const flattened = options.input === undefined ? new Map() : flattenedInputs(model, options.input);
  const wanted =
    options.layout === undefined ? undefined : conventions.find(({ name }) => name === options.layout);
  const arrange = (convention: Convention): Pairing =>
    arrangement === "named"
      ? arrangeNamed(targets, arrays, convention, flattened)
      : arrangePositional(targets, arrays, arrangement, convention, flattened);
  const convention = wanted ?? detectConvention(arrays, arrangement, arrange);
  const pairing = arrange(convention);
  const problems = [...pairing.problems, ...mismatches(pairing)];
  if (options.strict !== false && pairing.unused.length > 0 && pairing.problems.length === 0) {
    problems.push(`no parameter takes ${pairing.unused.map((name) => `"${name}"`).join(", ")}`);
  }
  if (problems.length > 0) throw new PortError(model.constructor.name, problems);
  const notes = [...notesOf(pairing.entries, convention, flattened)];
  if (wanted === undefined && arrangement !== "named") notes.push(...otherLayouts(convention, arrange));
  return { convention, arrangement, entries: pairing.entries, unused: pairing.unused, notes };
}

/** Names tell another library's layout; where they say nothing the shapes may. */
function detectConvention(
  arrays: readonly NamedArray[],
  arrangement: Arrangement,
  arrange: (convention: Convention) => Pairing,
): Convention {
  if (arrangement === "named") {
    return conventions.find((convention) => isNamedAs(convention, arrays)) ?? torchConvention;
  }
  return conventions.find((each) => each.isNamedOnly !== true && fits(arrange(each))) ?? torchConvention;
}

/** True iff an array has a name that PyTorch does not give. */
function isNamedAs({ roles, split = splitPath }: Convention, arrays: readonly NamedArray[]): boolean {
  const names = new Set(Object.values(roles).flat());
  names.delete("bias");
  return arrays.some(({ name }) => names.has(split(name)[1]));
}

function fits(pairing: Pairing): boolean {
  return pairing.problems.length === 0 && mismatches(pairing).length === 0;
}

function otherLayouts(chosen: Convention, arrange: (convention: Convention) => Pairing): string[] {
  return conventions
    .filter((other) => other !== chosen && other.isNamedOnly !== true)
    .filter((other) => {
      const pairing = arrange(other);
      return pairing.entries.some(({ conversion }) => conversion.steps.length > 0) && fits(pairing);
    })
    .map(
      (other) =>
        `the shapes fit ${other.title}'s layout as well: say layout "${other.name}" if they come from there`,
    );
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** What does not fit, for each entry. */
function mismatches({ entries }: Pairing): string[] {
  return entries.flatMap((entry) => {
    const { target, source, steps } = entry;
    const wanted = target.tensor.shape;
    const type = source.array.dtype;
    if (type.isComplex && !target.tensor.dtype.isComplex) {
      return [
        `${target.name}: "${source.name}" is ${type.name}, the parameter is ${target.tensor.dtype.name}`,
      ];
    }
    let given: readonly number[];
    try {
      given = transformedShape(source.array.shape, steps);
    } catch {
      given = source.array.shape;
    }
    if (same(given, wanted)) return [];
    const hint = shapeHint(source.array.shape, wanted);
    const by =
      entry.conversion.steps.length > 0 ? ` (expected ${shapeText(entry.conversion.sourceShape)} there)` : "";
    return [
      `${target.name}: expected ${shapeText(wanted)}, got ${shapeText(source.array.shape)} from "${source.name}"${by}${hint}`,
    ];
  });
}

/** What a shape that does not fit may be. */
function shapeHint(given: readonly number[], wanted: readonly number[]): string {
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  if (given.length === 2 && same([...given].reverse(), wanted))
    return "; this is the transpose: saved [in, out]?";
  const kernel = [...wanted.slice(2), wanted[1]!, wanted[0]!];
  if (wanted.length > 2 && same(given, kernel))
    return '; this is a kernel with its channels last: say layout "keras"';
  if (wanted.length > 2 && same(given, [wanted[0]!, ...wanted.slice(2), wanted[1]!])) {
    return "; this is [out, ...spatial, in], as MLX has it: transpose it first";
  }
  if (size(given) === size(wanted)) return "; it has as many elements, in another shape";
  return "";
}

function* notesOf(
  entries: readonly PlanEntry[],
  convention: Convention,
  flattened: FlattenedInputs,
): Iterable<string> {
  const rounded = entries.filter(({ source, target }) => source.array.itemsize > target.tensor.itemsize);
  if (rounded.length > 0) {
    const { source, target } = rounded[0]!;
    yield `${source.array.dtype.name} values are rounded to ${target.tensor.dtype.name} in ${rounded.length} of ${entries.length} parameters`;
  }
  const hasFlatten = entries.some(({ target }) => hasFlattenBefore(target, entries));
  if (convention === kerasConvention && flattened.size === 0 && hasFlatten) {
    yield "the model flattens images: without an example input the order of the elements behind Flatten is not known, and is taken as it is";
  }
}

/** True iff the entry is a dense layer's weight behind a convolution's. */
function hasFlattenBefore(target: Target, entries: readonly PlanEntry[]): boolean {
  if (target.role !== "weight" || target.tensor.shape.length !== 2) return false;
  const at = entries.findIndex((entry) => entry.target === target);
  return entries.slice(0, at).some((entry) => entry.target.tensor.shape.length > 2);
}

/** Writes a valid plan into the model. */
export function applyPlan(plan: Plan): void {
  const ready = plan.entries.map(({ target, source, steps }) => ({
    target,
    array: applyTransforms(source.array, steps),
  }));
  noGrad(() => {
    for (const { target, array } of ready) target.tensor.copy_(fromNumpy(array));
  });
}

/**
 * Loads parameters in whatever form they were saved: by name, by position, from one flat array, from one array a
 * layer, in PyTorch's layout or Keras's. Counts, shapes and element types are checked before anything is written.
 * @returns the plan that was carried out
 * @throws PortError with every mismatch; the model is then as it was
 */
export function loadParameters(model: nn.Module, source: ParameterSource, options: PlanOptions = {}): Plan {
  const plan = planParameters(model, source, options);
  applyPlan(plan);
  return plan;
}
