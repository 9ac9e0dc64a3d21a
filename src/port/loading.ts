// Loading parameters: examined, planned, written.

import { type nn, Tensor, zeros } from "../torch/index.ts";
import { type Examination, type ExamineOptions, examine } from "./examine.ts";
import { applyPlan, type FillOptions, PortError } from "./filling.ts";
import { spareArrays } from "./match/left.ts";
import { type Plan, planOf } from "./rules/plan.ts";
import { type ParameterSource, type Source, sourceOf } from "./source.ts";
import { targetsOf } from "./target.ts";

/** How parameters are loaded. */
export interface LoadOptions extends ExamineOptions, FillOptions {
  /** An example input or its shape, for a model that takes one: with it the order of elements behind a Flatten is known. */
  readonly input?: Tensor | readonly number[];
  /** Whether arrays that no parameter takes are an error, save such as do no harm. Default true. */
  readonly strict?: boolean;
}

const isSource = (source: ParameterSource | Source): source is Source =>
  "arrangement" in source && "origin" in source && Array.isArray(source.arrays);

/** Why a model is refused, a line each; of repairs that could be asked for, how. Empty where nothing stands against it. */
function refusals(examination: Examination, isStrict: boolean): string[] {
  const { problems, missing, findings, model, unused } = examination;
  const absent = missing.map((name) => {
    const { tensor } = model.byName.get(name)!;
    return `${name} [${tensor.shape.join(", ")}] is missing${likely(examination, name)}`;
  });
  const all = [...problems, ...absent];
  if (all.length > 0) {
    const proposals = findings.filter(
      ({ severity, isRepaired, repair }) => severity === "mistake" && !isRepaired && repair !== undefined,
    );
    return [...all, ...proposals.map(({ kind, repair }) => `${kind}: ${repair}`)];
  }
  const { others } = spareArrays(unused);
  if (!isStrict || others.length === 0) return [];
  return [`no parameter takes ${others.map((name) => `"${name}"`).join(", ")}`];
}

/** Arrays that nothing takes and that have the shape of an entry without one. */
function likely({ model, unused, source }: Examination, name: string): string {
  const shape = model.byName.get(name)!.tensor.shape.join();
  const names = new Set(unused);
  const alike = source.arrays
    .filter((each) => names.has(each.name) && each.array.shape.join() === shape)
    .map((each) => `"${each.name}"`);
  if (alike.length === 0) return "";
  return `; of that shape there ${alike.length === 1 ? "is" : "are"} ${alike.slice(0, 4).join(", ")}`;
}

function examined(model: nn.Module, source: ParameterSource | Source, options: LoadOptions): Examination {
  const { input, strict = true } = options;
  const example = input === undefined || input instanceof Tensor ? input : zeros(input);
  const given = isSource(source)
    ? source
    : sourceOf(source, new Set(targetsOf(model).map(({ module }) => module)).size);
  const inputs = options.inputs ?? (example === undefined ? undefined : [example]);
  const examination = examine(model, given, { ...options, ...(inputs === undefined ? {} : { inputs }) });
  const problems = refusals(examination, strict);
  if (problems.length > 0) throw new PortError(model.constructor.name, problems);
  return examination;
}

/**
 * Plans how arrays become a model's parameters, without touching it. The plan is data: `planJson` saves it, `applyPlan`
 * carries it out.
 * @param source by name, by position, or all in one array; or what `sourceOfFile` makes of a file
 * @throws PortError with every mismatch, when not all parameters can be filled
 */
export const planParameters = (
  model: nn.Module,
  source: ParameterSource | Source,
  options: LoadOptions = {},
): Plan => planOf(examined(model, source, options));

/**
 * Loads parameters in whatever form they were saved: by name, by position, from one flat array, from one array a layer, in
 * PyTorch's layout or another library's. Counts, shapes and element types are checked before anything is written.
 * @returns what was found out about the arrays, with the rules that were carried out
 * @throws PortError with every mismatch; the model is then as it was
 */
export function loadParameters(
  model: nn.Module,
  source: ParameterSource | Source,
  options: LoadOptions = {},
): Examination {
  const examination = examined(model, source, options);
  const arrays = new Map(examination.source.arrays.map(({ name, array }) => [name, array]));
  applyPlan(model, examination, arrays, options);
  return examination;
}
