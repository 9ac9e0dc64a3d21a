// The public parts of the two faces, what they are called in Python, and which names are of our own: one table for the test
// of names and for the page of what is not here.

import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { textOf } from "./sources.ts";

/** Names of our own, each with why it is there. */
export type Additions = Readonly<Record<string, string>>;

/** A part of the API. */
export interface Surface {
  /** Where the names are in Python. */
  readonly python: string;
  readonly ours: object;
  /** For a class whose objects have fields beside the members: such an object. */
  readonly instance?: object;
  readonly additions: Additions;
}

const notation: Additions = {
  at: "indexing: Python's x[...]",
  set: "assignment to what an index picks: Python's x[...] = value",
  length: "Python's len(x)",
};

const letting: Additions = { dispose: "Python's del, where the reference is the last one" };

const printing: Additions = { repr: "Python's repr(x)", toString: "Python's str(x)" };

const elementTypes: Additions = {
  DType: "the class of element types, for `instanceof` and annotations",
};

const mlDtypes: Additions = Object.fromEntries(
  ["bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"].map(
    (name) => [name, "in Python the package ml_dtypes adds it to NumPy"],
  ),
);

/** The members of a class, inherited ones included, save those that TypeScript keeps private or protected. */
function members(Class: { readonly prototype: object }, source?: string): object {
  const hidden = [...(source ?? "").matchAll(/^ {2}(?:private|protected) (?:abstract )?(\w+)\(/gm)];
  const found: Record<string, unknown> = {};
  for (let at = Class.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) found[name] = true;
  }
  for (const name of ["constructor", ...hidden.map((match) => match[1]!)]) delete found[name];
  return found;
}

/** Every part. */
export const surfaces: readonly Surface[] = [
  {
    python: "torch",
    ours: torch,
    additions: {
      ...elementTypes,
      copy: "Python's copy.copy(x)",
      deepcopy: "Python's copy.deepcopy(x)",
      getPrintoptions: "in Python inside torch._tensor_str, and used from there",
      kernelsReady: "in a page the kernels of WebAssembly come later; in Python they are always there",
      printoptions: "in Python inside torch._tensor_str, and used from there",
      toTorch: "tensors and modules of what weightbridge/files has opened",
    },
  },
  {
    python: "torch.Tensor",
    ours: members(torch.Tensor),
    instance: torch.zeros([1]),
    additions: {
      ...notation,
      ...letting,
      ...printing,
      _isView: "in Python under the same name, which is not listed as public",
      _version: "in Python under the same name, which is not listed as public",
      bump: "tells that memory was written by other means than operations",
      counter: "what counts the writes, shared by the views of a tensor",
      isParameter: "Python's isinstance(x, torch.nn.Parameter), for code below torch.nn",
    },
  },
  {
    python: "torch.autograd",
    ours: torch.autograd,
    additions: {
      GradcheckError: "in Python inside torch.autograd.gradcheck",
    },
  },
  { python: "torch.autograd.functional", ours: torch.autograd.functional, additions: {} },
  { python: "torch.autograd.graph", ours: torch.autograd.graph, additions: {} },
  { python: "torch.random", ours: torch.random, additions: {} },
  { python: "torch.special", ours: torch.special, additions: {} },
  { python: "torch.linalg", ours: torch.linalg, additions: {} },
  { python: "torch.nn", ours: torch.nn, additions: {} },
  {
    python: "torch.nn.Module",
    ours: members(torch.nn.Module, textOf("src/torch/nn/module.ts")),
    additions: {
      call: "Python's module(x)",
      toString: "Python's str(x)",
      training: "in Python under the same name, which an object of the class has",
    },
  },
  { python: "torch.nn.functional", ours: torch.nn.functional, additions: {} },
  { python: "torch.nn.init", ours: torch.nn.init, additions: {} },
  { python: "torch.nn.modules.module", ours: torch.nn.modules.module, additions: {} },
  { python: "torch.nn.utils", ours: torch.nn.utils, additions: {} },
  { python: "torch.nn.utils.parametrizations", ours: torch.nn.utils.parametrizations, additions: {} },
  { python: "torch.nn.utils.parametrize", ours: torch.nn.utils.parametrize, additions: {} },
  { python: "torch.nn.utils.rnn", ours: torch.nn.utils.rnn, additions: {} },
  { python: "torch.utils", ours: torch.utils, additions: {} },
  { python: "torch.utils.data", ours: torch.utils.data, additions: {} },
  { python: "torch.optim", ours: torch.optim, additions: {} },
  {
    python: "torch.optim.Optimizer",
    ours: members(torch.optim.Optimizer, textOf("src/torch/optim/optimizer.ts")),
    additions: { toString: "Python's str(x)" },
  },
  { python: "torch.optim.swa_utils", ours: torch.optim.swaUtils, additions: {} },
  { python: "torch.optim.lr_scheduler", ours: torch.optim.lrScheduler, additions: {} },
  {
    python: "torch.optim.lr_scheduler.LRScheduler",
    ours: members(torch.optim.lrScheduler.LRScheduler, textOf("src/torch/optim/lr-scheduler/scheduler.ts")),
    additions: {
      _initialStep: "in Python under the same name, which is not listed as public",
      _updateLr: "in Python under the same name, which is not listed as public",
    },
  },
  { python: "torch.fft", ours: torch.fft, additions: {} },
  { python: "torch.signal", ours: torch.signal, additions: {} },
  { python: "torch.signal.windows", ours: torch.signal.windows, additions: {} },
  { python: "torch.testing", ours: torch.testing, additions: {} },
  { python: "numpy.testing", ours: np.testing, additions: {} },
  {
    python: "numpy",
    ours: np,
    additions: {
      ...elementTypes,
      ...mlDtypes,
      ItemArray: "numpy.ndarray of text, bytes, objects, dates or records",
      NDArray: "numpy.ndarray as a class is named in TypeScript",
      PyFloat: "the class of what `float` gives, for annotations",
      TypeFamily: "the class of families of types such as `np.floating`, for annotations",
      PyTuple: "Python's tuple, as arrays of objects hold it",
      float: "Python's float(x): a whole number that counts as a float in promotion",
      fromTypedArray: "an array over a typed array's own memory",
      scalar: "Python's np.float32(x): a NumPy scalar of a type",
    },
  },
  {
    python: "numpy.ndarray",
    ours: members(np.NDArray),
    additions: {
      ...notation,
      ...letting,
      ...printing,
      viewAs: "a layout of one's own over the array's memory",
      writeable: "x.flags.writeable, without the other flags",
    },
  },
  { python: "numpy.fft", ours: np.fft, additions: {} },
  { python: "numpy.linalg", ours: np.linalg, additions: {} },
  { python: "numpy.random", ours: np.random, additions: {} },
  { python: "numpy.random.Generator", ours: members(np.random.Generator), additions: printing },
  {
    python: "numpy.random.RandomState",
    ours: members(np.random.RandomState, textOf("src/numpy/random/random-state.ts")),
    additions: printing,
  },
  { python: "numpy.random.SeedSequence", ours: members(np.random.SeedSequence), additions: printing },
  ...(["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"] as const).map((name) => ({
    python: `numpy.random.${name}`,
    ours: members(np.random[name], textOf("src/numpy/random/bit-generator.ts")),
    additions: { toString: "Python's str(x)" },
  })),
];
