// BatchNorm that an exporter folded into the convolution before it (torch.onnx.export with constant folding): the file has
// the convolution's kernel with other values, a bias that the model's has not, and nothing of the BatchNorm. A BatchNorm
// that does nothing but add that bias gives the same outputs.

import type { Finding } from "../../finding.ts";
import type { Matching } from "../../matching.ts";
import type { Rule } from "../../rules/rule.ts";
import type { NamedArray, Source } from "../../source.ts";
import type { Layer, Model } from "../../target.ts";

const isConvolution = ({ type }: Layer): boolean => /^Conv(Transpose)?[123]d$/.test(type);
const isBatchNorm = ({ type }: Layer): boolean => /^BatchNorm[123]d$/.test(type);

/** Layers in the order in which they are called, where that is known. */
function inOrder({ layers, calls }: Model): readonly Layer[] {
  if (calls === undefined) return layers;
  const byPath = new Map(layers.map((layer) => [layer.path, layer]));
  return calls.flatMap((path) => byPath.get(path) ?? []);
}

interface Fold {
  readonly convolution: Layer;
  readonly norm: Layer;
  readonly bias: NamedArray;
}

/** Convolutions without a bias, the BatchNorm behind each, and the bias that the file has for it. */
function foldsOf(source: Source, model: Model, matching: Matching): Fold[] {
  const layers = inOrder(model);
  const missing = new Set(matching.missing);
  const unused = new Set(matching.unused);
  return layers.flatMap((convolution, i): Fold[] => {
    const norm = layers[i + 1];
    if (!isConvolution(convolution) || norm === undefined || !isBatchNorm(norm)) return [];
    const isGone = [...norm.entries.values()].every(
      ({ name, role }) => role === "num_batches_tracked" || missing.has(name),
    );
    const length = norm.entries.get("running_mean")?.tensor.shape[0];
    const names = [`${convolution.path}.weight_bias`, `${convolution.path}.bias`];
    const bias = source.arrays.find(
      ({ name, array }) =>
        names.includes(name) && unused.has(name) && array.ndim === 1 && array.shape[0] === length,
    );
    return isGone && bias !== undefined ? [{ convolution, norm, bias }] : [];
  });
}

const filled = (target: string, shape: readonly number[], value: number, dtype: string): Rule => ({
  target,
  from: [],
  ops: [{ op: "fill", shape: [...shape], value, dtype }],
  kind: "fill",
});

/** The BatchNorm that only adds the bias: mean 0, variance 1 - eps, weight 1. */
function rulesOf({ norm, bias }: Fold): Rule[] {
  const { eps } = norm.module as unknown as { readonly eps: number };
  const values: Readonly<Record<string, number>> = { weight: 1, running_mean: 0, running_var: 1 - eps };
  return [...norm.entries.values()].flatMap(({ name, role, tensor: { shape, dtype } }) => {
    if (role === "bias") return [{ target: name, from: [{ name: bias.name }], kind: "rename" }];
    const value = values[role];
    return value === undefined ? [] : [filled(name, shape, value, dtype.name)];
  });
}

function findingOf({ convolution, norm, bias }: Fold): Finding {
  const entries = [...norm.entries.values()].filter(({ role }) => role !== "num_batches_tracked");
  const kernel = convolution.entries.get("weight")!.name;
  return {
    kind: "folded",
    parameters: [kernel, ...entries.map(({ name }) => name)],
    severity: "mistake",
    evidence: "names",
    text: `The file has nothing of ${norm.path}, and "${bias.name}", which the model has no place for: the exporter folded the BatchNorm into ${convolution.path}, so ${kernel} is not the trained kernel. Beside an untouched BatchNorm it is wrong.`,
    repair: `a BatchNorm that only adds "${bias.name}": mean 0, variance 1 - eps, weight 1`,
    isRepaired: true,
  };
}

/** A matching in which what was folded is made good. */
export function withFolded(source: Source, model: Model, matching: Matching): Matching {
  const folds = foldsOf(source, model, matching);
  if (folds.length === 0) return matching;
  const rules = folds.flatMap(rulesOf);
  const made = new Set(rules.map(({ target }) => target));
  const taken = new Set(folds.map(({ bias }) => bias.name));
  return {
    ...matching,
    rules: [...matching.rules, ...rules],
    missing: matching.missing.filter((name) => !made.has(name)),
    unused: matching.unused.filter((name) => !taken.has(name)),
    findings: [
      ...matching.findings.filter(
        ({ kind, parameters }) =>
          kind !== "missing" || parameters.length === 0 || !parameters.every((name) => made.has(name)),
      ),
      ...folds.map(findingOf),
    ],
  };
}
