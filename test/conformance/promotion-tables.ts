// The Python expression behind every row and table of layout/promotion.json, in `a` and `b` where there are operands.

import type { Json } from "./json.ts";

export type Library = "numpy" | "torch";

/** A row or column: its name, and what stands for which name in the expression. */
export interface Heading {
  readonly name: string;
  readonly operands: readonly (readonly [string, string])[];
}

/** A table: one expression, evaluated for every row and column. */
export interface Table {
  readonly title: string;
  /** Where its lines are in the recorded object. */
  readonly path: readonly string[];
  readonly source: string;
  readonly rows: readonly Heading[];
  /** None where a line has a cell for each row of its own. */
  readonly columns: readonly Heading[];
  /** True iff the cells are digits that say yes or no. */
  readonly isDigits?: boolean;
}

const scalars: Readonly<Record<string, string>> = { bool: "True", int: "2", float: "2.0", complex: "2j" };

const numpyBinary: Readonly<Record<string, string>> = {
  divmod: "np.divmod(a, b)",
  where: "np.where(np.array([True, False]), a, b)",
};

const numpyReductions: Readonly<Record<string, string>> = {
  trace: "np.trace(a.reshape(1, -1))",
  percentile: "np.percentile(a, 50)",
  count_nonzero: "np.array(np.count_nonzero(a))",
  norm: "np.linalg.norm(a)",
  searchsorted: "np.searchsorted(a, 1)",
  linspace: "np.linspace(a, a, 2)",
  histogram: "np.histogram(a)[0]",
  interp: "np.interp(a, a, a)",
  convolve: "np.convolve(a, a)",
  outer: "np.outer(a, a)",
  einsum: 'np.einsum("i,i->", a, a)',
};

const numpyMakers: Readonly<Record<string, string>> = {
  zeros: "np.zeros(2)",
  "full int": "np.full(2, 1)",
  "full float": "np.full(2, 1.0)",
  "full bool": "np.full(2, True)",
  "arange int": "np.arange(3)",
  "arange float": "np.arange(3.0)",
  linspace: "np.linspace(0, 1, 3)",
  eye: "np.eye(2)",
  "array of ints": "np.array([1])",
  "array of bools": "np.array([True])",
  "array of floats": "np.array([1.0])",
  "array of complex": "np.array([1j])",
  "array of mixed": "np.array([1, 2.5, True])",
  "empty list": "np.array([])",
};

const torchBinary: Readonly<Record<string, string>> = {
  "div floor": 'torch.div(a, b, rounding_mode="floor")',
  "div trunc": 'torch.div(a, b, rounding_mode="trunc")',
  left_shift: "torch.bitwise_left_shift(a, b)",
  where: "torch.where(torch.tensor(True), a, b)",
  cat: "torch.cat([a, b])",
  stack: "torch.stack([a, b])",
  mm: "torch.mm(a.reshape(1, 2), b.reshape(2, 1))",
  lerp: "torch.lerp(a, b, 0.5)",
  mse_loss: "torch.nn.functional.mse_loss(a, b)",
  index_put: "a.clone().index_put_((torch.tensor([0]),), b[:1])",
  setitem: "x = a.clone(); x[:] = b; x",
  "add_ in place": "a.clone().add_(b)",
  "mul_ in place": "a.clone().mul_(b)",
  "div_ in place": "a.clone().div_(b)",
  copy_: "a.clone().copy_(b)",
};

/** Operators with a Python number on one side. */
const torchOperators: Readonly<Record<string, string>> = {
  add: "a + b",
  sub: "a - b",
  mul: "a * b",
  div: "a / b",
  floor_divide: "a // b",
  remainder: "a % b",
  pow: "a ** b",
  eq: "a == b",
  maximum: "torch.maximum(a, b)",
  where: "torch.where(torch.tensor([True, False]), a, b)",
  bitwise_and: "a & b",
};

const torchReductions: Readonly<Record<string, string>> = {
  cumsum: "torch.cumsum(a, 0)",
  cumprod: "torch.cumprod(a, 0)",
  logsumexp: "torch.logsumexp(a, 0)",
  softmax: "torch.softmax(a, 0)",
  log_softmax: "torch.log_softmax(a, 0)",
  "softmax dtype": "torch.softmax(a, 0, dtype=torch.float64)",
  "sum dtype": "torch.sum(a, dtype=torch.int32)",
  topk: "torch.topk(a, 1)",
  trace: "torch.trace(a.reshape(1, 2))",
  "cumulative max": "torch.cummax(a, 0)[0]",
  quantile: "torch.quantile(a, 0.5)",
  mode: "torch.mode(a)[0]",
  histc: "torch.histc(a, 2)",
  einsum: 'torch.einsum("i,i->", a, a)',
  outer: "torch.outer(a, a)",
  one_hot: "torch.nn.functional.one_hot(a)",
  cross_entropy: "torch.nn.functional.cross_entropy(a, a)",
  dropout: "torch.nn.functional.dropout(a, 0.5)",
  "clamp float": "torch.clamp(a, 0.5, 1.5)",
};

const torchMakers: Readonly<Record<string, string>> = {
  zeros: "torch.zeros(2)",
  "full int": "torch.full((2,), 1)",
  "full float": "torch.full((2,), 1.0)",
  "full bool": "torch.full((2,), True)",
  "full complex": "torch.full((2,), 1j)",
  "arange int": "torch.arange(3)",
  "arange float": "torch.arange(3.0)",
  "arange mixed": "torch.arange(0, 3, 1.0)",
  linspace: "torch.linspace(0, 1, 3)",
  eye: "torch.eye(2)",
  "tensor of ints": "torch.tensor([1])",
  "tensor of bools": "torch.tensor([True])",
  "tensor of floats": "torch.tensor([1.0])",
  "tensor of complex": "torch.tensor([1j])",
  "tensor of mixed": "torch.tensor([1, 2.5, True])",
  "empty list": "torch.tensor([])",
  randint: "torch.randint(3, (2,))",
  randperm: "torch.randperm(3)",
  rand: "torch.rand(2)",
  "ones_like int": "torch.ones_like(torch.arange(2))",
  scalar_tensor: "torch.scalar_tensor(3)",
};

type Operand = (dtype: string) => string;

const numpyArray: Operand = (dtype) => `np.ones(2, dtype="${dtype}")`;
const numpyThree: Operand = (dtype) => `np.ones(3, dtype="${dtype}")`;
const numpyZeroDimensional: Operand = (dtype) => `np.ones((), dtype="${dtype}")`;
const torchArray: Operand = (dtype) => `torch.ones(2, dtype=torch.${dtype})`;
const torchZeroDimensional: Operand = (dtype) => `torch.ones((), dtype=torch.${dtype})`;
const torchType: Operand = (dtype) => `torch.${dtype}`;
const name: Operand = (dtype) => `"${dtype}"`;
const scalar: Operand = (kind) => scalars[kind]!;

type Side = readonly [readonly string[], Operand];

/** A table of one expression with `a` from the rows and `b` from the columns. */
function pairs(path: readonly string[], source: string, [rows, a]: Side, [columns, b]: Side): Table {
  return {
    title: path.join(": "),
    path,
    source,
    rows: rows.map((row) => ({ name: row, operands: [["a", a(row)]] })),
    columns: columns.map((column) => ({ name: column, operands: [["b", b(column)]] })),
  };
}

/** One line: an expression in `a`, with a cell for each element type. */
function line(path: readonly string[], source: string, [dtypes, a]: Side): Table {
  return {
    title: path.join(": "),
    path,
    source,
    rows: [{ name: path.at(-1)!, operands: [] }],
    columns: dtypes.map((dtype) => ({ name: dtype, operands: [["a", a(dtype)]] })),
  };
}

/** One cell: an expression without operands. */
function single(path: readonly string[], source: string): Table {
  return { title: path[0]!, path, source, rows: [{ name: path.at(-1)!, operands: [] }], columns: [] };
}

type Recorded = { readonly [key: string]: Json };

function keys(recorded: Recorded, name: string): string[] {
  return Object.keys((recorded[name] ?? {}) as Recorded);
}

function* numpyTables(recorded: Recorded): Iterable<Table> {
  const dtypes = recorded.dtypes as readonly string[];
  const arrays: Side = [dtypes, numpyArray];
  const zeros: Side = [dtypes, numpyZeroDimensional];
  const numbers: Side = [recorded.scalars as readonly string[], scalar];
  const names: Side = [dtypes, name];
  yield pairs(["result_type"], "np.result_type(a, b)", names, names);
  yield pairs(["array with python scalar"], "np.result_type(a, b)", arrays, numbers);
  yield pairs(["NumPy scalar with python scalar"], "np.dtype(a).type(1) + b", names, numbers);
  yield pairs(["array with 0-d array"], "a + b", arrays, zeros);
  yield pairs(["0-d with 0-d"], "a + b", zeros, zeros);
  for (const rule of ["no", "equiv", "safe", "same_kind", "unsafe"]) {
    const table = pairs([`can_cast ${rule}`], `np.can_cast(a, b, "${rule}")`, names, names);
    yield { ...table, isDigits: true };
  }
  for (const op of keys(recorded, "binary")) {
    yield pairs(["binary", op], numpyBinary[op] ?? `np.${op}(a, b)`, arrays, arrays);
  }
  for (const op of keys(recorded, "binary with python scalar")) {
    yield pairs(["binary with python scalar", op], numpyBinary[op] ?? `np.${op}(a, b)`, arrays, numbers);
  }
  for (const op of keys(recorded, "unary")) yield line(["unary", op], `np.${op}(a)`, arrays);
  for (const op of keys(recorded, "reductions")) {
    yield line(["reductions", op], numpyReductions[op] ?? `np.${op}(a)`, [dtypes, numpyThree]);
  }
  for (const maker of keys(recorded, "makers")) yield single(["makers", maker], numpyMakers[maker]!);
  for (const value of keys(recorded, "min_scalar_type")) {
    yield single(["min_scalar_type", value], `np.min_scalar_type(${value})`);
  }
}

function* torchTables(recorded: Recorded): Iterable<Table> {
  const dtypes = recorded.dtypes as readonly string[];
  const arrays: Side = [dtypes, torchArray];
  const zeros: Side = [dtypes, torchZeroDimensional];
  const numbers: Side = [recorded.scalars as readonly string[], scalar];
  const types: Side = [dtypes, torchType];
  yield pairs(["promote_types"], "torch.promote_types(a, b)", types, types);
  const resultTypes: Readonly<Record<string, readonly [Side, Side]>> = {
    "dim,dim": [arrays, arrays],
    "dim,0-d": [arrays, zeros],
    "0-d,0-d": [zeros, zeros],
    "dim,scalar": [arrays, numbers],
    "0-d,scalar": [zeros, numbers],
  };
  for (const [kind, [a, b]] of Object.entries(resultTypes)) {
    yield pairs([`result_type ${kind}`], "torch.result_type(a, b)", a, b);
  }
  yield { ...pairs(["can_cast"], "torch.can_cast(a, b)", types, types), isDigits: true };
  const functions = (op: string): string => torchBinary[op] ?? `torch.${op}(a, b)`;
  const operators = (op: string): string => torchOperators[op]!;
  const binary: readonly (readonly [string, (op: string) => string, Side, Side])[] = [
    ["binary dim,dim", functions, arrays, arrays],
    ["binary dim,0-d", functions, arrays, zeros],
    ["binary dim,scalar", operators, arrays, numbers],
    ["binary 0-d,scalar", operators, zeros, numbers],
  ];
  for (const [title, source, a, b] of binary) {
    for (const op of keys(recorded, title)) yield pairs([title, op], source(op), a, b);
  }
  for (const op of keys(recorded, "binary scalar,dim")) {
    const reversed = torchOperators[op]!.replace("a", "_").replace("b", "a").replace("_", "b");
    yield pairs(["binary scalar,dim", op], reversed, arrays, numbers);
  }
  for (const op of keys(recorded, "unary")) yield line(["unary", op], `torch.${op}(a)`, arrays);
  for (const op of keys(recorded, "reductions")) {
    yield line(["reductions", op], torchReductions[op] ?? `torch.${op}(a)`, arrays);
  }
  for (const maker of keys(recorded, "makers")) yield single(["makers", maker], torchMakers[maker]!);
}

/** The tables that a recorded library has. */
export function tablesOf(library: Library, recorded: Recorded): Iterable<Table> {
  return library === "numpy" ? numpyTables(recorded) : torchTables(recorded);
}
