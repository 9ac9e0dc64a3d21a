// The arrays of a file, or of several, as a list of named arrays: what a plan is made from.

import type { Operand } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import type { FileFormat, LayerWeights } from "../files/format.ts";
import type { LoadOptions } from "../files/load.ts";
import type { Opened } from "../files/open.ts";
import { ArrayValue, type Value } from "../files/values.ts";
import { NDArray } from "../numpy/ndarray.ts";
import { scanAhead } from "./judge/statistics.ts";
import { foundWeights } from "./weights.ts";

/** An array and what it is called where it comes from. */
export interface NamedArray {
  readonly name: string;
  readonly array: NDArray;
}

/** Ways in which people hand parameters over: by name, by position, or all in one flat array. */
export type ParameterSource =
  | ReadonlyMap<string, Operand>
  | Readonly<Record<string, Operand>>
  | readonly Operand[]
  | Operand;

/** How the arrays are to be laid out over the parameters. */
export type Arrangement = "named" | "positional" | "flat" | "per layer";

/** What a file tells of its arrays besides their names. */
export interface Origin {
  /** What kind of file it is; undefined for arrays in memory. */
  readonly format?: FileFormat;
  /** Under which keys of the file the arrays lie: ["state_dict"]. */
  readonly nesting: readonly string[];
  /** Layers of a Keras model, with the arrays that are their weights. */
  readonly layers?: readonly LayerWeights[];
  /** What the file says of itself. */
  readonly metadata?: ReadonlyMap<string, Value>;
  /** Attributes of HDF5's groups, by path. */
  readonly attributes?: ReadonlyMap<string, ReadonlyMap<string, Value>>;
  /** Operators of an ONNX graph, in order. */
  readonly nodes?: readonly string[];
  /** In which file of a set each array lies, by its name. */
  readonly weightMap?: ReadonlyMap<string, Value>;
  /** Settings and notes beside the arrays: what is no array, by path. */
  readonly tree?: Value;
}

/** Named arrays, whether their names mean anything, and what else their file tells. */
export interface Source {
  readonly arrays: readonly NamedArray[];
  readonly arrangement: Arrangement;
  readonly origin: Origin;
}

function isOperand(value: unknown): value is Operand {
  return typeof value === "object" && value !== null && "storage" in value && "layout" in value;
}

const asArray = (operand: Operand): NDArray =>
  operand instanceof NDArray ? operand : new NDArray(operand.storage, operand.layout, { base: operand });

/** Names that only count: `arr_0` of np.savez, `layer_0_params`, `0`. */
const counted = /^(?:arr_|layer_|param_)?(\d+)(?:_params)?$/;

/** The position that a counting name gives, or undefined. */
function countedPosition(name: string): number | undefined {
  const match = counted.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/**
 * Finds out how parameters were handed over.
 * @param source a map or object by name, a list, or one array
 * @param layers how many layers hold parameters: as many 1-D arrays as that are one array a layer
 * @throws ValueError for what holds no arrays
 */
export function sourceOf(source: ParameterSource, layers: number, origin: Origin = { nesting: [] }): Source {
  if (isOperand(source)) {
    return { arrays: [{ name: "array", array: asArray(source) }], arrangement: "flat", origin };
  }
  const entries = entriesOf(source);
  if (entries.length === 0) throw new ValueError("there are no arrays to load parameters from");
  const arrays = entries.map(([name, value]) => {
    if (!isOperand(value)) throw new ValueError(`"${name}" is no array`);
    return { name, array: asArray(value) };
  });
  const positions = arrays.map(({ name }) => countedPosition(name));
  const isCounted = positions.every(
    (position, i) => position !== undefined && positions.indexOf(position) === i,
  );
  if (!isCounted) return { arrays, arrangement: "named", origin };
  const inOrder = arrays.toSorted((a, b) => countedPosition(a.name)! - countedPosition(b.name)!);
  return { arrays: inOrder, arrangement: arrangementOf(inOrder, layers), origin };
}

function arrangementOf(arrays: readonly NamedArray[], layers: number): Arrangement {
  const isFlat = arrays.every(({ array }) => array.ndim === 1);
  if (isFlat && arrays.length === 1) return "flat";
  return isFlat && arrays.length === layers ? "per layer" : "positional";
}

function entriesOf(source: Exclude<ParameterSource, Operand>): [string, unknown][] {
  if (Array.isArray(source)) return source.map((each, i) => [String(i), each]);
  return source instanceof Map ? [...source] : Object.entries(source);
}

/** What a file tells of its arrays. */
function originOf(opened: Opened, nesting: readonly string[]): Origin {
  const { format, layers, metadata, attributes, nodes, weightMap, tree } = opened;
  return {
    format,
    nesting,
    ...(layers === undefined ? {} : { layers }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(weightMap === undefined ? {} : { weightMap }),
    tree,
  };
}

/**
 * The arrays of a file that was read, and what it tells of them.
 * @param layers how many layers of the model hold parameters
 * @throws ValueError telling what the file holds where it holds no arrays
 */
export function sourceOfFile(opened: Opened, layers: number): Source {
  const { source, nesting } = foundWeights(opened.tree);
  return sourceOf(source, layers, originOf(opened, nesting));
}

/** Has the numbers of a file's weights looked at as they are read: to be called before they are. */
export function scanWhenLoaded({ tree }: Opened): void {
  const { source } = foundWeights(tree);
  const arrays = isOperand(source) ? [source] : entriesOf(source).map(([, value]) => value);
  for (const array of arrays) {
    if (!(array instanceof ArrayValue)) continue;
    array.stored.whenLoaded((storage) => scanAhead(storage, array.layout));
  }
}

/**
 * Reads the arrays of an opened file, and has their numbers looked at while others are still being read.
 * @param layers how many layers of the model hold parameters
 * @throws ValueError telling what the file holds where it holds no arrays; FormatError where some are damaged
 */
export async function loadSource(opened: Opened, layers: number, options: LoadOptions = {}): Promise<Source> {
  scanWhenLoaded(opened);
  await opened.load(options);
  return sourceOfFile(opened, layers);
}
