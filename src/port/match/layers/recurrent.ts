// Recurrent layers: [in, gates * hidden] and [hidden, gates * hidden], which are transposed, and gates in an order of the
// library's own (Keras 3.15 layers/rnn, Flax 0.12 linen/recurrent.py; torch.nn.LSTM is i f g o, torch.nn.GRU r z n).

import type { Part, Rule } from "../../rules/rule.ts";
import type { Step } from "../../rules/steps.ts";
import type { Target } from "../../target.ts";
import {
  type Fit,
  fillRule,
  hasOnly,
  isShape,
  type Kind,
  type LayerRule,
  partOf,
  ruleFrom,
  ruleFromParts,
  type SourceUnit,
  type TargetUnit,
  type UnitArray,
} from "./unit.ts";

/** How many gates each has, which torch calls which. */
interface Cell {
  readonly name: string;
  readonly classes: readonly string[];
  readonly targets: readonly string[];
  readonly gates: number;
  /** The gates' letters there and here, and which block comes first: absent where they are alike. */
  readonly reorder?: { readonly from: string; readonly to: string; readonly order: readonly number[] };
}

/** A module of one's own with `weight_ih` and `weight_hh`. */
export const ownRecurrent = "Recurrent";

const simple: Cell = {
  name: "SimpleRNN",
  classes: ["SimpleRNN", "SimpleRNNCell"],
  targets: ["RNN", "RNNCell", ownRecurrent],
  gates: 1,
};
const lstm: Cell = {
  name: "LSTM",
  classes: ["LSTM", "LSTMCell"],
  targets: ["LSTM", "LSTMCell", ownRecurrent],
  gates: 4,
};
const gru: Cell = {
  name: "GRU",
  classes: ["GRU", "GRUCell"],
  targets: ["GRU", "GRUCell", ownRecurrent],
  gates: 3,
  reorder: { from: "zrh", to: "rzh", order: [1, 0, 2] },
};

/** True iff the two run the same way, where both are known. */
const runsAlike = (source: SourceUnit, target: TargetUnit): boolean =>
  source.direction === undefined
    ? true
    : source.direction === (target.direction ?? "forward") ||
      (target.direction === undefined && source.direction === "forward");

function gateSteps({ reorder }: Cell): Step[] {
  return reorder === undefined ? [] : [{ op: "gates", axis: 0, ...reorder }];
}

const transpose: Step = { op: "transpose", axes: [1, 0] };

function kernelKind({ reorder }: Cell, gates: number): Kind {
  if (reorder !== undefined) return { kind: "gate reorder", why: "gates z r h there, r z n here" };
  return gates === 4
    ? { kind: "transpose", why: "gates i f c o there, i f g o here: one order" }
    : { kind: "transpose" };
}

/** The two kernels, transposed, gates in torch's order. */
function kernels(
  cell: Cell,
  source: SourceUnit,
  target: TargetUnit,
): { readonly rules: Rule[]; readonly hidden: number } | undefined {
  const [kernel, recurrent] = [source.arrays.get("kernel"), source.arrays.get("recurrent_kernel")];
  const [input, state] = [target.entries.get("weight_ih"), target.entries.get("weight_hh")];
  if (kernel === undefined || recurrent === undefined || input === undefined || state === undefined)
    return undefined;
  const [rows, hidden] = state.tensor.shape as [number, number];
  const features = input.tensor.shape[1]!;
  if (rows !== cell.gates * hidden || !isShape(recurrent.shape, [hidden, rows])) return undefined;
  if (!isShape(kernel.shape, [features, rows])) return undefined;
  const steps = [transpose, ...gateSteps(cell)];
  const kind = kernelKind(cell, cell.gates);
  return { rules: [ruleFrom(input, kernel, steps, kind), ruleFrom(state, recurrent, steps, kind)], hidden };
}

/** One bias for both sides: it goes to the input's, and the state's is zero. */
function oneBias(cell: Cell, bias: UnitArray | undefined, target: TargetUnit): Rule[] | undefined {
  const whole = target.entries.get("bias");
  const [input, state] = [target.entries.get("bias_ih"), target.entries.get("bias_hh")];
  if (bias === undefined) {
    return [whole, input, state].flatMap((entry) =>
      entry === undefined ? [] : [fillRule(entry, 0, "the layer has no bias")],
    );
  }
  const place = whole ?? input;
  if (place === undefined || !isShape(place.tensor.shape, bias.shape)) return undefined;
  const steps = gateSteps(cell);
  const kind: Kind = { kind: steps.length === 0 ? "identity" : "gate reorder" };
  const rules = [ruleFrom(place, bias, steps, kind)];
  if (whole === undefined && state !== undefined) rules.push(fillRule(state, 0, "the library has one bias"));
  return rules;
}

/** A bias for each side: row 0 for the input, row 1 for the state. */
function twoBiases(cell: Cell, bias: UnitArray, target: TargetUnit): Rule[] | undefined {
  const entries = [target.entries.get("bias_ih"), target.entries.get("bias_hh")];
  const size = bias.shape[1];
  if (bias.shape[0] !== 2 || entries.some((entry) => !isShape(entry?.tensor.shape, [size!])))
    return undefined;
  return entries.map((entry, index) =>
    ruleFrom(entry!, bias, [{ op: "index", axis: 0, index }, ...gateSteps(cell)], {
      kind: "gate reorder",
      why: "the bias is [2, 3 hidden]: row 0 for the input, row 1 for the state",
    }),
  );
}

const beforeText =
  "this GRU was made with reset_after=False: its reset gate acts on the state before the matrix product, and torch.nn.GRU's " +
  "behind it. No weights make them the same; take a module that computes n = tanh(W_in x + b + W_hn (r * h))";

/** True iff a GRU resets the state before the matrix product: the settings say so, or its bias is one row. */
function resetsBefore(source: SourceUnit, bias: UnitArray | undefined): boolean {
  const said = source.settings?.get("reset_after");
  if (typeof said === "boolean") return !said;
  return bias !== undefined && bias.shape.length === 1;
}

function fitCell(cell: Cell, source: SourceUnit, target: TargetUnit): Fit | undefined {
  if (!hasOnly(source, ["kernel", "recurrent_kernel", "bias"]) || !runsAlike(source, target))
    return undefined;
  const found = kernels(cell, source, target);
  if (found === undefined) return undefined;
  const bias = source.arrays.get("bias");
  const rules =
    bias !== undefined && bias.shape.length === 2
      ? twoBiases(cell, bias, target)
      : oneBias(cell, bias, target);
  if (rules === undefined) return undefined;
  const all = [...found.rules, ...rules];
  const cost = bias === undefined && rules.length > 0 ? 1 : 0;
  if (cell.gates !== 3) return { rules: all, cost };
  const isOwn = target.type === ownRecurrent;
  if (!isOwn && resetsBefore(source, bias)) return { rules: [], cost: 0, refusal: beforeText };
  if (!isOwn) return { rules: all, cost };
  const plain = all.map((rule) => ({
    ...rule,
    ...(rule.ops === undefined ? {} : { ops: rule.ops.filter(({ op }) => op !== "gates") }),
    kind: rule.kind === "gate reorder" ? "transpose" : rule.kind,
  }));
  const text = "the module may have the gates in the library's order, z r h, rather than in torch's";
  return { rules: all, cost, variants: [{ kind: "gate order", text, rules: plain }] };
}

const cellRule = (cell: Cell): LayerRule => ({
  name: cell.name,
  source: `keras.layers.${cell.name}`,
  classes: cell.classes,
  targets: cell.targets,
  lists: [
    ["kernel", "recurrent_kernel", "bias"],
    ["kernel", "recurrent_kernel"],
  ],
  fit: (source, target) => fitCell(cell, source, target),
});

/** Keras's recurrent layers, a rule each. */
export const kerasRecurrentRules: readonly LayerRule[] = [simple, lstm, gru].map(cellRule);

/** A cell of Flax: one Dense a gate and side, named after side and gate, in torch's order. */
interface FlaxCell {
  readonly name: string;
  readonly classes: readonly string[];
  readonly targets: readonly string[];
  readonly gates: readonly string[];
  readonly why: string;
}

const flaxCells: readonly FlaxCell[] = [
  {
    name: "LSTMCell",
    classes: ["LSTMCell", "OptimizedLSTMCell"],
    targets: lstm.targets,
    gates: ["i", "f", "g", "o"],
    why: "one kernel a gate; i f g o",
  },
  {
    name: "GRUCell",
    classes: ["GRUCell"],
    targets: gru.targets,
    gates: ["r", "z", "n"],
    why: "one kernel a gate; r z n",
  },
  { name: "SimpleCell", classes: ["SimpleCell"], targets: simple.targets, gates: [""], why: "" },
];

/** The gates' kernels of a side, transposed, one behind the other. */
function sideKernel(
  entry: Target | undefined,
  source: SourceUnit,
  names: readonly string[],
  why: string,
): Rule | undefined {
  const arrays = names.map((name) => source.arrays.get(`${name}/kernel`));
  if (entry === undefined || arrays.some((array) => array === undefined)) return undefined;
  const [rows, features] = entry.tensor.shape as [number, number];
  const size = rows / names.length;
  if ((arrays as UnitArray[]).some(({ shape }) => !isShape(shape, [features, size]))) return undefined;
  if (arrays.length === 1) return ruleFrom(entry, arrays[0]!, [transpose], { kind: "transpose" });
  const parts = (arrays as UnitArray[]).map((array) => partOf(array, transpose));
  return ruleFromParts(entry, parts, { kind: "concat", why });
}

/** The gates' biases of a side; zeros for gates that have none. */
function sideBias(
  entry: Target | undefined,
  source: SourceUnit,
  names: readonly string[],
  why: string,
): Rule | undefined {
  const arrays = names.map((name) => source.arrays.get(`${name}/bias`));
  const present = arrays.filter((array) => array !== undefined);
  if (entry === undefined) return undefined;
  const [one] = present;
  if (one === undefined) return fillRule(entry, 0, why);
  const size = entry.tensor.shape[0]! / names.length;
  if (present.some(({ shape }) => !isShape(shape, [size]))) return undefined;
  if (arrays.length === 1) return ruleFrom(entry, one, [], { kind: "identity" });
  const parts = arrays.map(
    (array): Part => (array === undefined ? partOf(one, { op: "mul", value: 0 }) : partOf(array)),
  );
  return ruleFromParts(entry, parts, { kind: "concat", why });
}

function fitFlaxCell({ gates, why }: FlaxCell, source: SourceUnit, target: TargetUnit): Fit | undefined {
  const [input, state] = ["i", "h"].map((side) => gates.map((gate) => `${side}${gate}`)) as [
    string[],
    string[],
  ];
  const roles = [...input, ...state].flatMap((name) => [`${name}/kernel`, `${name}/bias`]);
  if (!hasOnly(source, roles) || !runsAlike(source, target)) return undefined;
  const { entries } = target;
  const wanted = [
    sideKernel(entries.get("weight_ih"), source, input, why),
    sideKernel(entries.get("weight_hh"), source, state, why),
  ];
  if (entries.has("bias_ih"))
    wanted.push(
      sideBias(entries.get("bias_ih"), source, input, "Flax has the bias on the recurrent side only"),
      sideBias(entries.get("bias_hh"), source, state, "zeros for gates without a recurrent bias"),
    );
  if (wanted.some((rule) => rule === undefined)) return undefined;
  return { rules: wanted as Rule[], cost: 0 };
}

/** Flax's cells, a rule each. */
export const flaxRecurrentRules: readonly LayerRule[] = flaxCells.map((cell) => ({
  name: cell.name,
  source: `flax.linen.${cell.name}`,
  classes: cell.classes,
  targets: cell.targets,
  lists: [],
  fit: (source, target) => fitFlaxCell(cell, source, target),
}));
