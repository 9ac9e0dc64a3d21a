// Recurrent layers: the order of their gates, and their two biases (porting facts: LSTM i f g o, GRU r z n in PyTorch;
// i o f g and z r h in ONNX; i g f o with 1 added to the forget gate in TensorFlow 1).

import { isSameBits } from "../../rules/steps.ts";
import type { Layer, Target } from "../../target.ts";
import type { Change, ChangeContext, ChangeFamily } from "../change.ts";
import { ordersOf, stepsChange } from "../change.ts";

/** The gates of a kind of layer, and the orders that other programs are known for. */
interface Gates {
  readonly letters: string;
  readonly known: Readonly<Record<string, string>>;
}

const lstm: Gates = {
  letters: "ifgo",
  known: { iofg: "ONNX", igfo: "TensorFlow 1", fiog: "Torch7", ifog: "Caffe, CNTK" },
};
const gru: Gates = { letters: "rzn", known: { zrn: "Keras, ONNX" } };
const gatesOf: Readonly<Record<string, Gates>> = { LSTM: lstm, LSTMCell: lstm, GRU: gru, GRUCell: gru };

const cellRoles = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];

/** The parameters of one layer in one direction: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0. */
interface Cell {
  readonly gates: Gates;
  readonly type: string;
  readonly entries: readonly Target[];
  readonly inputBias?: Target;
  readonly hiddenBias?: Target;
}

function cellsOf({ entries, type }: Layer, rules: ChangeContext["rules"]): Cell[] {
  const gates = gatesOf[type];
  if (gates === undefined) return [];
  const all = [...entries.values()].filter(({ name }) => rules.has(name));
  const suffixes = all.flatMap(({ role }) => /^weight_hh(.*)$/.exec(role)?.slice(1) ?? []);
  return suffixes.map((suffix) => {
    const own = cellRoles.flatMap((role) => all.find((target) => target.role === `${role}${suffix}`) ?? []);
    const inputBias = own.find(({ role }) => role.startsWith("bias_ih"));
    const hiddenBias = own.find(({ role }) => role.startsWith("bias_hh"));
    return {
      gates,
      type,
      entries: own,
      ...(inputBias === undefined ? {} : { inputBias }),
      ...(hiddenBias === undefined ? {} : { hiddenBias }),
    };
  });
}

const cells = (context: ChangeContext): Cell[] =>
  context.model.layers.flatMap((layer) => cellsOf(layer, context.rules));

const spaced = (letters: string): string => [...letters].join(" ");

function orderChange({ gates: { letters, known }, entries }: Cell, from: string): Change {
  const order = [...letters].map((letter) => from.indexOf(letter));
  const whose = known[from] === undefined ? "" : `, as ${known[from]} has them`;
  return stepsChange(
    {
      kind: "gate order",
      way: from,
      text: `its blocks are ${spaced(from)}${whose}, where PyTorch has ${spaced(letters)}`,
      repair: `put the blocks ${spaced(from)} in the order ${spaced(letters)}`,
    },
    entries.map(({ name }) => [name, [{ op: "gates", axis: 0, from, to: letters, order }]]),
  );
}

/** Gates in another order. */
export const gatesFamily: ChangeFamily = {
  name: "gate order",
  source: "documentation of torch.nn.LSTM and GRU; ONNX operators LSTM and GRU; TensorFlow 1 BasicLSTMCell",
  *changes(context) {
    for (const cell of cells(context)) {
      const { letters, known } = cell.gates;
      const all = ordersOf([...letters])
        .map((order) => order.join(""))
        .filter((order) => order !== letters);
      const first = Object.keys(known);
      for (const from of [...first, ...all.filter((order) => !(order in known))]) {
        yield orderChange(cell, from);
      }
    }
  },
};

function forgetChange({ name, tensor }: Target, value: number): Change {
  const size = tensor.shape[0]! / 4;
  const isLacking = value > 0;
  return stepsChange(
    {
      kind: isLacking ? "forget bias not added" : "forget bias added twice",
      way: String(value),
      text: isLacking
        ? "the program added 1 to the forget gate as it ran, and the saved bias lacks it"
        : "the 1 that is added to the forget gate is in the bias twice",
      repair: isLacking ? "add 1 to the forget gate's bias" : "take 1 off the forget gate's bias",
    },
    [[name, [{ op: "add_slice", axis: 0, start: size, stop: 2 * size, value }]]],
  );
}

/** TensorFlow 1's forget bias. */
export const forgetBiasFamily: ChangeFamily = {
  name: "forget bias",
  source: "tf.compat.v1.nn.rnn_cell.BasicLSTMCell: forget_bias=1.0 is added as the cell runs",
  *changes(context) {
    for (const { gates, inputBias } of cells(context)) {
      if (gates !== lstm || inputBias === undefined) continue;
      yield forgetChange(inputBias, 1);
      yield forgetChange(inputBias, -1);
    }
  },
};

/** One bias saved as both. */
export const biasTwiceFamily: ChangeFamily = {
  name: "bias counted twice",
  source: "torch.nn.LSTM adds bias_ih and bias_hh; Keras and TensorFlow have one bias",
  *changes(context) {
    const { rules, source } = context;
    const arrays = new Map(source.arrays.map(({ name, array }) => [name, array]));
    for (const { inputBias, hiddenBias } of cells(context)) {
      if (inputBias === undefined || hiddenBias === undefined) continue;
      const [first, second] = [inputBias, hiddenBias].map(({ name }) => {
        const rule = rules.get(name)!;
        return rule.from.length === 1 ? arrays.get(rule.from[0]!.name) : undefined;
      });
      if (first === undefined || second === undefined || !isSameBits(first, second)) continue;
      const { name, tensor } = hiddenBias;
      const fill = { op: "fill", shape: tensor.shape, value: 0, dtype: tensor.dtype.name } as const;
      yield {
        kind: "bias counted twice",
        way: "second is zero",
        parameters: [inputBias.name, name],
        text: "the two biases are bit for bit the same, and the model adds them: one bias was saved twice",
        repair: `put zeros in ${name}`,
        edits: [{ edit: "rule", rule: { target: name, from: [], ops: [fill], kind: "fill" } }],
        settings: [],
      };
    }
  },
};
