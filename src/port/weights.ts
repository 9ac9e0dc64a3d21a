// The parameters within what a file holds: the state dict of a checkpoint, the list of an object array, the
// parameters of a pickled module.

import type { Operand } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import { moduleState } from "../files/torch/module-state.ts";
import { childrenOf } from "../files/tree.ts";
import {
  type ArrayValue,
  DictValue,
  isArrayLike,
  ObjectValue,
  TupleValue,
  type Value,
} from "../files/values.ts";
import type { ParameterSource } from "./source.ts";

/** Names under which checkpoints keep their weights, the likeliest first. */
const weightKeys: readonly string[] = [
  "model_state_dict",
  "state_dict",
  "model",
  "module",
  "net",
  "params",
  "parameters",
  "weights",
];

const isArray = (value: Value | undefined): value is ArrayValue =>
  value !== undefined && isArrayLike(value) && value.kind === "array";

/**
 * The arrays to load from.
 * @returns by name, by position, or one array
 * @throws ValueError telling what the file holds instead
 */
export const weightsOf = (tree: Value): ParameterSource => foundWeights(tree).source;

/** The arrays, and under which keys of the file they lie: ["state_dict"]. */
export interface FoundWeights {
  readonly source: ParameterSource;
  readonly nesting: readonly string[];
}

/** The arrays to load from, and where in the file they lie. @throws ValueError telling what the file holds instead */
export function foundWeights(tree: Value): FoundWeights {
  const nesting: string[] = [];
  const found = find(tree, nesting);
  if (found === undefined) {
    const inside = childrenOf(tree)
      .slice(0, 8)
      .map(([name]) => name)
      .join(", ");
    throw new ValueError(`no parameters found: the file holds ${inside === "" ? "no arrays" : inside}`);
  }
  return { source: found, nesting };
}

function find(value: Value, nesting: string[]): ParameterSource | undefined {
  if (isArray(value)) return value;
  if (value instanceof ObjectValue && value.module !== undefined) {
    return new Map(
      [...moduleState(value)].filter((entry): entry is [string, ArrayValue] => isArray(entry[1])),
    );
  }
  if (value instanceof ObjectValue && value.attributes !== undefined)
    return findInEstimator(value.attributes, nesting);
  const items = itemsOf(value);
  if (items !== undefined) return items.length > 0 && items.every(isArray) ? items : only(items, nesting);
  return value instanceof DictValue ? findInDict(value, nesting) : undefined;
}

/** A saved dict is an object array of one item, a saved list one of many. */
function itemsOf(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof TupleValue) return value.items;
  return typeof value === "object" && value !== null && isArrayLike(value) && value.kind === "objects"
    ? value.items
    : undefined;
}

/** Attributes of scikit-learn's estimators that hold their weights: a list of arrays each, or an array. */
const estimatorWeights: readonly (readonly [weights: string, biases: string])[] = [
  ["coefs_", "intercepts_"],
  ["coef_", "intercept_"],
];

/** The weights of an estimator; of a pipeline or a search those of the estimator inside. */
function findInEstimator(attributes: DictValue, nesting: string[]): ParameterSource | undefined {
  for (const names of estimatorWeights) {
    const [weights, biases] = names.map((name) => attributes.get(name));
    if (isArray(weights) && isArray(biases))
      return new Map([
        [names[0], weights],
        [names[1], biases],
      ]);
    if (!Array.isArray(weights) || !Array.isArray(biases) || weights.length !== biases.length) continue;
    const pairs = weights.flatMap((weight, layer): [string, Value][] => [
      [`${names[0]}/${layer}`, weight],
      [`${names[1]}/${layer}`, biases[layer]!],
    ]);
    const arrays = pairs.filter((entry): entry is [string, ArrayValue] => isArray(entry[1]));
    if (arrays.length === pairs.length) return new Map<string, Operand>(arrays);
  }
  const steps = attributes.get("steps");
  const inside = Array.isArray(steps)
    ? steps.map((step) => itemsOf(step)?.[1])
    : [attributes.get("best_estimator_")];
  const estimator = inside.findLast((each) => each instanceof ObjectValue);
  return estimator === undefined ? undefined : find(estimator, nesting);
}

function only(items: readonly Value[], nesting: string[]): ParameterSource | undefined {
  return items.length === 1 ? find(items[0]!, nesting) : undefined;
}

function findInDict(dict: DictValue, nesting: string[]): ParameterSource | undefined {
  const arrays = [...dict].filter((entry): entry is [string, ArrayValue] => isArray(entry[1]));
  if (arrays.length === dict.size && dict.size > 0) return new Map<string, Operand>(arrays);
  // Flax's running statistics lie beside the weights.
  if (dict.get("params") instanceof DictValue && dict.get("batch_stats") instanceof DictValue)
    return new Map(
      ["params", "batch_stats"].flatMap((key) => [...flattened(dict.get(key) as DictValue, key)]),
    );
  for (const key of weightKeys) {
    const inside = dict.get(key);
    if (inside !== undefined && !isArray(inside)) {
      const within: string[] = [];
      const found = find(inside, within);
      if (found !== undefined) {
        nesting.push(key, ...within);
        return found;
      }
    }
  }
  const nested = new Map(flattened(dict, ""));
  return nested.size > 0 ? nested : undefined;
}

/** Arrays of dicts within dicts, by path: Flax's `params/dense/kernel`. */
function* flattened(dict: DictValue, path: string): IterableIterator<[string, Operand]> {
  for (const [key, value] of dict) {
    const name = path === "" ? String(key) : `${path}/${String(key)}`;
    if (isArray(value)) yield [name, value];
    else if (value instanceof DictValue) yield* flattened(value, name);
  }
}
