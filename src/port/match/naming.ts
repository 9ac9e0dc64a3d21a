// What names say: the layer and the role in them, wrappers whose names stand in between, roles that went by another
// name once.

/** Segments that wrappers put into names, each with who does it. They are never a layer's own name. */
const wrapperSegments: ReadonlyMap<string, string> = new Map([
  ["_orig_mod", "torch.compile"],
  ["_checkpoint_wrapped_module", "activation checkpointing"],
  ["_fsdp_wrapped_module", "FullyShardedDataParallel"],
  ["_forward_module", "Lightning Fabric"],
]);

/** Prefixes that programs put before all names, each with who does it. */
const prefixAuthors: ReadonlyMap<string, string> = new Map([
  ["module", "DataParallel or DistributedDataParallel"],
  ["model", "Lightning, or a module that holds the model"],
  ["_module", "Opacus"],
  ["_orig_mod", "torch.compile"],
]);

/** Who puts a prefix before names, where that is known: "torch.compile". */
export function prefixAuthor(prefix: string): string | undefined {
  const known = prefix
    .split(".")
    .flatMap((segment) => prefixAuthors.get(segment) ?? wrapperSegments.get(segment) ?? []);
  return known.length === 0 ? undefined : [...new Set(known)].join("; ");
}

/** Older names of roles: TensorFlow's, and those of PyTorch files converted from there. */
export const olderRoles: ReadonlyMap<string, string> = new Map([
  ["gamma", "weight"],
  ["beta", "bias"],
  ["moving_mean", "running_mean"],
  ["moving_variance", "running_var"],
  ["moving_var", "running_var"],
]);

/** Words for roles in names that are no library's. */
const roleWords: ReadonlyMap<string, string> = new Map([
  ...olderRoles,
  ...["weight", "weights", "w", "kernel", "scale", "matrix", "coef", "coefs"].map(
    (word): [string, string] => [word, "weight"],
  ),
  ...["bias", "biases", "b", "offset", "shift", "intercept", "intercepts"].map((word): [string, string] => [
    word,
    "bias",
  ]),
  ...["running_mean", "mean"].map((word): [string, string] => [word, "running_mean"]),
  ...["running_var", "var", "variance"].map((word): [string, string] => [word, "running_var"]),
]);

/** The parts of a name between dots or slashes. */
export const segmentsOf = (name: string): string[] => name.split(/[./]/);

/** Words and numbers of a name in small letters: "convBlock2_w" is conv, block, 2, w. */
export const wordsOf = (name: string): string[] =>
  (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? []).map((word) => word.toLowerCase());

/**
 * Endings of arrays that are one of several of which a weight is made: sizes and directions, scales of integers, masks.
 * Such an array is no weight by itself.
 */
const parts =
  /(?:weight|bias|kernel|^)[._]?(?:g|v|u|orig|mask|scales?|zero_points?|packed|absmax|quant_map|qweight|qzeros|original\d?)$/i;

/** True iff the name says that the array is only a part of what a weight is made from. */
export const isPartOfWeight = (name: string): boolean =>
  segmentsOf(name).includes("parametrizations") || parts.test(segmentsOf(name).at(-1)!);

/** The layer and the role that a name gives. */
export interface LayerRole {
  readonly layer: string;
  /** "weight", "bias", "running_mean", "running_var"; undefined where no word of it is a role. */
  readonly role: string | undefined;
}

/** Reads a name of any making: "fc1.weight", "W1", "hidden_bias", "b". */
export function layerRole(name: string): LayerRole {
  const segments = segmentsOf(name);
  const last = segments.at(-1)!;
  const above = segments.slice(0, -1);
  const whole = roleWords.get(last.toLowerCase());
  if (whole !== undefined) return { layer: above.join("."), role: whole };
  const words = wordsOf(last);
  const places = words.flatMap((word, i) => (roleWords.has(word) ? [i] : []));
  const at = places.find((i) => i === words.length - 1 || i === 0);
  // Words beside a role in a name that has layers before it make another role: weight_v.
  const isPart = above.length > 0 || places.length > 1 || isPartOfWeight(name);
  if (at === undefined || isPart) return { layer: name, role: undefined };
  const rest = words.filter((_, i) => i !== at).join("_");
  return { layer: [...above, ...(rest === "" ? [] : [rest])].join("."), role: roleWords.get(words[at]!) };
}

/** A name without the segments that wrappers put in between. */
export const withoutWrappers = (name: string): string => {
  const segments = segmentsOf(name);
  const kept = segments.filter((segment) => !wrapperSegments.has(segment));
  return (kept.length === 0 ? segments : kept).join(".");
};

/** How alike two names are, from 0 to 1: the share of words that both have; numbers are left out. */
export function similarity(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => wordsOf(name).filter((word) => !/\d/.test(word)));
  if (left!.length === 0 && right!.length === 0) return 0;
  const others = [...right!];
  let common = 0;
  for (const word of left!) {
    const at = others.indexOf(word);
    if (at < 0) continue;
    others.splice(at, 1);
    common++;
  }
  return (2 * common) / (left!.length + right!.length);
}

/** Compares names so that numbers within them count as numbers. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split(/(\d+)/));
  for (let i = 0; i < Math.min(left!.length, right!.length); i++) {
    const [x, y] = [left![i]!, right![i]!];
    if (x === y) continue;
    return i % 2 === 1 ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return left!.length - right!.length;
}
