// joblib.dump: a pickle in which each NumPy array is a wrapper object, broken off there by the array's raw bytes (since
// 0.10; since 1.2 moved to a multiple of 16), by a pickle of its own (arrays of objects), or by nothing: before 0.10 the
// array was a .npy beside the file. joblib/numpy_pickle.py and numpy_pickle_compat.py.

import { FormatError } from "../../core/errors.ts";
import type { OpenContext } from "../format.ts";
import { arrayFromBytes, isNumeric } from "../numpy/arrays.ts";
import { checkShape, countOf } from "../numpy/types.ts";
import { readBytes } from "../reader.ts";
import { Stored } from "../stored.ts";
import { type ArrayLike, DictValue, GlobalValue, isArrayLike, TupleValue, type Value } from "../values.ts";
import { Draft, Later } from "./draft.ts";
import { type Known, type KnownGlobals, pythonGlobals } from "./globals.ts";
import { unpickleFile } from "./machine.ts";
import { DtypeValue, numpyGlobals } from "./numpy.ts";
import type { FileSource } from "./source.ts";

/** A joblib file while it is read. */
export interface JoblibFile {
  readonly source: FileSource;
  readonly context: OpenContext;
  /** True iff an array has been met that only joblib writes so. */
  isJoblib: boolean;
}

/** A wrapper between its making and BUILD, whose state says which array stands in its place. */
class Wrapper extends Draft {
  readonly finished = false;
  private readonly read: (state: DictValue) => Promise<Value>;

  constructor(read: (state: DictValue) => Promise<Value>) {
    super();
    this.read = read;
  }

  override build(state: Value): Later {
    if (!(state instanceof DictValue))
      throw new FormatError("an array of joblib has a state of another form");
    return new Later(() => this.read(state));
  }
}

/** The array whose bytes begin at the source's place. The source is then behind them. */
async function readRaw({ source, context }: JoblibFile, state: DictValue): Promise<Value> {
  const dtype = state.get("dtype");
  const shape = state.get("shape");
  const order = state.get("order");
  if (
    !(dtype instanceof DtypeValue && dtype.shape === undefined) ||
    !(shape instanceof TupleValue && !shape.hasWholeFloat) ||
    (order !== "C" && order !== "F")
  ) {
    throw new FormatError("an array of joblib has a dtype, a shape or an order of another form", {
      offset: source.position,
    });
  }
  const { type } = dtype;
  const dimensions = checkShape(shape.items);
  if (type.objects) return readObjects({ source, context }, dimensions);
  const { reader } = source;
  const start = source.position + (await paddingAt(source, state.get("numpy_array_alignment_bytes")));
  const length = countOf(dimensions, type.bytes) * type.bytes;
  const stored = Stored.at(reader, start, start + length);
  if (!isNumeric(type)) await stored.load();
  source.jumpTo(start + length);
  return arrayFromBytes(type, dimensions, order === "F", stored);
}

/** How many bytes lie before an array's own: the first says how many follow it. Before joblib 1.2 there were none. */
async function paddingAt({ reader, position }: FileSource, alignment: Value | undefined): Promise<number> {
  if (alignment === undefined || alignment === null) return 0;
  const [length] = await readBytes(reader, position, position + 1, "the padding before an array");
  return 1 + length!;
}

/** An array of objects is a pickle of its own, with no wrappers inside. */
async function readObjects(
  { source, context }: Pick<JoblibFile, "source" | "context">,
  shape: readonly number[],
): Promise<ArrayLike> {
  const { limits } = context.options;
  const value = await unpickleFile(source, { known: [pythonGlobals, numpyGlobals], limits });
  const isIt =
    typeof value === "object" &&
    value !== null &&
    isArrayLike(value as Value) &&
    (value as ArrayLike & { shape?: readonly number[] }).shape?.join() === shape.join();
  if (!isIt) throw new FormatError("an array of objects in a joblib file is not what its wrapper says");
  return value as ArrayLike;
}

/** The array in the .npy that the older form names. */
async function readBeside({ context }: JoblibFile, state: DictValue): Promise<Value> {
  const name = state.get("filename");
  if (typeof name !== "string") throw new FormatError("an array of joblib names no file");
  const contents = await context.inner(await context.sibling(name));
  if (contents.format !== "npy") {
    throw new FormatError(
      `the file ${JSON.stringify(name)} beside it is no .npy, which an array is to be read from`,
    );
  }
  return contents.tree;
}

function refuseCompressed(): Promise<Value> {
  throw new FormatError(
    "it was compressed by joblib before 0.10, with each array in a file beside it: joblib.load it and joblib.dump it again",
  );
}

/** joblib's names in a pickle, for one file. */
export function joblibGlobals(file: JoblibFile): KnownGlobals {
  const reads: Readonly<Record<string, (state: DictValue) => Promise<Value>>> = {
    "joblib.numpy_pickle.NumpyArrayWrapper": (state) => readRaw(file, state),
    "joblib.numpy_pickle.NDArrayWrapper": (state) => readBeside(file, state),
    "joblib.numpy_pickle_compat.NDArrayWrapper": (state) => readBeside(file, state),
    "joblib.numpy_pickle.ZNDArrayWrapper": refuseCompressed,
    "joblib.numpy_pickle_compat.ZNDArrayWrapper": refuseCompressed,
  };
  const known = new Map<string, Known>();
  const wrapperOf = (path: string): Wrapper | undefined => {
    // scikit-learn had joblib inside itself up to 0.22.
    const read = reads[path.replace(/^sklearn\.externals\./, "")];
    if (read === undefined) return undefined;
    file.isJoblib = true;
    return new Wrapper(read);
  };
  for (const path of Object.keys(reads)) {
    for (const name of [path, `sklearn.externals.${path}`]) {
      known.set(name, { construct: () => wrapperOf(name)! });
    }
  }
  // Protocols 0 and 1 make every object by a function of copyreg.
  const reconstructor = pythonGlobals.get("copyreg._reconstructor")!.construct!;
  known.set("copyreg._reconstructor", {
    construct: (args, hasWholeFloat) =>
      (args[0] instanceof GlobalValue ? wrapperOf(args[0].path) : undefined) ??
      reconstructor(args, hasWholeFloat),
  });
  return known;
}
