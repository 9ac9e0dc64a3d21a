// layout/numpy_chains.jsonl and torch_chains.jsonl: chains of view operations, of which every step is compared.

import { dtypeByName } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { hasReferenceFile, referenceLines } from "../support/reference.ts";
import { decodeScalar, difference, type Json } from "./json.ts";
import { namespaces } from "./namespaces.ts";
import { programScope, run } from "./python/execute.ts";
import { isNumpyScalar, writeAttribute } from "./python/host.ts";
import type { Scope } from "./python/scope.ts";
import { Callable } from "./python/values.ts";
import {
  attempt,
  Blocks,
  chainArray,
  chainTensor,
  errorFields,
  gradFields,
  isOperand,
  meaningful,
  type Outcome,
  valuesOf,
  warningFields,
} from "./record.ts";
import { type Case, Failure, NotCovered } from "./suite.ts";

type TensorData = Parameters<typeof torch.tensor>[0];

interface Base {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly kind: string;
  readonly storage: readonly Json[];
  readonly grad?: Json;
}

type Step = { readonly [key: string]: Json } & { readonly op: string; readonly py: string };

interface Chain {
  readonly id: number;
  readonly base: Base & { readonly [key: string]: Json };
  readonly steps: readonly Step[];
}

type Fields = { [key: string]: Json };

/** What the two libraries do differently in a chain. */
interface Library<T> {
  makeBase(base: Base): T;
  record(value: T, blocks: Blocks, base: T): Fields;
  /** Names that a step may use beside `x`. */
  readonly names: readonly (readonly [string, unknown])[];
  /** True iff the value takes the place of `x`. */
  follows(value: unknown): value is T;
  /** What a step that writes, or is refused, says of `x` afterwards. */
  afterWrite(x: T, versionBefore: number): Fields;
  version(x: T): number;
}

/** The memory block of a chain as a 1-D list of elements. */
function storageValues({ dtype, storage }: Base): unknown[] {
  return storage.map((value) => decodeScalar(value, dtypeByName(dtype)!));
}

/** Sets the shape of an array without the warning that this is not how it should be done. */
const setShape: Callable = new Callable("set_shape", ([array, shape]) => {
  const { error } = attempt(() => writeAttribute(array, "shape", shape));
  if (error !== undefined) throw error;
  return array;
});

const numpyLibrary: Library<np.NDArray> = {
  makeBase(base) {
    const flat = np.array(storageValues(base) as np.ArrayLike, { dtype: base.dtype });
    const { kind, shape } = base;
    if (kind === "C" || kind === "F") return flat.reshape([...shape], { order: kind }).copy({ order: kind });
    const bytes = base.strides.map((stride) => stride * flat.itemsize);
    return np.lib.strideTricks.asStrided(flat.at(`${base.offset}:`) as np.NDArray, [...shape], bytes);
  },
  record: chainArray,
  names: [...namespaces, ["set_shape", setShape]],
  follows: (value): value is np.NDArray => value instanceof np.NDArray && !value.isScalar,
  afterWrite: () => ({}),
  version: () => 0,
};

const torchLibrary: Library<torch.Tensor> = {
  makeBase(base) {
    const dtype = dtypeByName(base.dtype)!;
    const flat = torch.tensor(storageValues(base) as TensorData, { dtype });
    const { kind, shape, strides, offset, grad } = base;
    let tensor: torch.Tensor;
    if (kind === "C" && grad === undefined) tensor = flat.clone().resize_([...shape]);
    else if (kind === "C") tensor = flat.reshape([...shape]).clone();
    else tensor = new torch.Tensor(flat.storage, new Layout(dtype, [...shape], [...strides], offset));
    return grad === undefined ? tensor : tensor.requiresGrad_(true);
  },
  record: chainTensor,
  names: namespaces,
  follows: (value): value is torch.Tensor => value instanceof torch.Tensor,
  afterWrite: (x, versionBefore) => ({ versionAdds: x._version - versionBefore, ...gradFields(x) }),
  version: (x) => x._version,
};

function writeResult<T>(
  library: Library<T>,
  x: T,
  step: Step,
  blocks: Blocks,
  versionBefore: number,
): Fields {
  const block = blocks.numberOf(x as Parameters<Blocks["numberOf"]>[0]);
  const values = step.selfOverlap
    ? // Nobody promises what comes of this: what was observed is taken over.
      { selfOverlap: true, storage: step.storage!, values: step.values! }
    : { storage: blocks.contents(block), values: valuesOf(x as Parameters<typeof valuesOf>[0]) };
  if (step.selfOverlap) blocks.overwrite(block, step.storage as readonly Json[]);
  return { write: true, buf: block, ...values, ...library.afterWrite(x, versionBefore) };
}

function itemOf(value: np.NDArray): Json {
  return (valuesOf(value) as readonly Json[])[0]!;
}

/** What a step gave, as it is recorded. */
function stepResult<T>(
  library: Library<T>,
  x: T,
  step: Step,
  outcome: Outcome,
  blocks: Blocks,
  base: T,
  versionBefore: number,
): Fields {
  const { error, value } = outcome;
  if (error !== undefined) {
    const versions = "versionAdds" in step ? library.afterWrite(x, versionBefore) : {};
    return {
      ...errorFields(error),
      ...("versionAdds" in versions ? { versionAdds: versions.versionAdds! } : {}),
    };
  }
  if (step.write) return writeResult(library, x, step, blocks, versionBefore);
  if (library.follows(value)) {
    const record = library.record(value, blocks, base);
    return { result: value === x ? { ...record, same: true } : record };
  }
  if (isNumpyScalar(value)) return { scalar: { dtype: value.dtype.name, value: itemOf(value) } };
  return { value: isOperand(value) ? "an array" : String(value) };
}

function runStep<T>(library: Library<T>, x: T, step: Step, scope: Scope, blocks: Blocks, base: T): T {
  const versionBefore = library.version(x);
  const outcome = attempt(() => run(step.py, scope));
  const { op: _op, args: _args, py: _py, ...expected } = step;
  const actual = stepResult(library, x, step, outcome, blocks, base, versionBefore);
  if (outcome.warnings.length > 0) actual.warnings = warningFields(outcome.warnings);
  const found = difference(meaningful(expected), meaningful(actual));
  if (found !== undefined) throw new Failure(`${step.py}\n  ${found}`);
  return library.follows(outcome.value) && !step.write ? outcome.value : x;
}

/** The recorded element type of what a step gave. */
function resultType({ result }: Step): string | undefined {
  return typeof result === "object" && result !== null && "dtype" in result
    ? String(result.dtype)
    : undefined;
}

function runChain<T>(library: Library<T>, { base, steps }: Chain): void {
  const { kind: _kind, storage: _storage, ...expected } = base;
  const blocks = new Blocks();
  const first = library.makeBase(base);
  const found = difference(meaningful(expected), meaningful(library.record(first, blocks, first)));
  if (found !== undefined) throw new Failure(`the base: ${found}`);
  let x = first;
  for (const step of steps) {
    const type = resultType(step);
    // What comes before is held to its record all the same.
    if (type !== undefined && dtypeByName(type) === undefined)
      throw new NotCovered(`the element type ${type}`);
    const scope = programScope([...library.names, ["x", x]]);
    x = runStep(library, x, step, scope, blocks, first);
  }
}

function* casesOf<T>(library: Library<T>, path: string, folder: string): Iterable<Case> {
  if (!hasReferenceFile(path, folder)) return;
  for (const chain of referenceLines<Chain>(path, folder)) {
    yield { name: `${path} ${chain.id}`, group: path, run: () => runChain(library, chain) };
  }
}

/** The cases of both files of chains. */
export function* chainCases(folder: string): Iterable<Case> {
  yield* casesOf(numpyLibrary, "layout/numpy_chains.jsonl", folder);
  yield* casesOf(torchLibrary, "layout/torch_chains.jsonl", folder);
}
