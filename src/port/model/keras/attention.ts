// Keras's attention (keras/src/layers/attention, Keras 3.15): torch.nn.MultiheadAttention where the sizes are those that it
// can have, else its four projections and the product.

import type { Step } from "../../rules/steps.ts";
import type { ModuleSpec } from "../../spec.ts";
import { type Given, isValue, known, type LayerCall, type Maker, toLast, type Value } from "./scope.ts";

/** The sizes of an attention. */
interface Sizes {
  readonly heads: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** Widths of query, key, value and of what comes out. */
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly out: number;
  readonly bias: boolean;
}

/** Query, value and key, by position in this order or by name. */
function tensorsOf(call: LayerCall): { readonly query: Value; readonly key: Value; readonly value: Value } {
  const { args, kwargs, settings, scope } = call;
  const flat = args.length === 1 && Array.isArray(args[0]) ? (args[0] as readonly Given[]) : args;
  const at = (index: number, name: string): Value | undefined => {
    const given = flat[index] ?? kwargs.get(name);
    return given !== undefined && isValue(given) ? toLast(scope, given) : undefined;
  };
  const query = at(0, "query");
  const value = at(1, "value");
  if (query === undefined || value === undefined)
    throw settings.refusal("it should be called with a query and a value");
  return { query, value, key: at(2, "key") ?? value };
}

/** True iff a call asks for something that is not false or null. */
function asks(call: LayerCall, name: string): boolean {
  const given = call.kwargs.get(name);
  if (given === undefined) return false;
  return isValue(given) || !("value" in given) || (given.value !== null && given.value !== false);
}

const inSteps = (width: number, size: number): Step[] => [
  { op: "reshape", shape: [width, size] },
  { op: "transpose", axes: [1, 0] },
];

const multiHead: Maker = (call) => {
  const { settings } = call;
  for (const name of ["attention_mask", "return_attention_scores", "query_mask", "value_mask", "key_mask"]) {
    if (asks(call, name))
      throw settings.refusal(`${name} cannot be made: write the model, and port the weights into it`);
  }
  for (const name of ["use_gate", "sliding_window"]) {
    if (settings.has(name) && settings.json.get(name) !== false)
      throw settings.refusal(`${name} cannot be made: write the model, and port the weights into it`);
  }
  const tensors = tensorsOf(call);
  const { query, key, value } = tensors;
  if ([query, key, value].some(({ shape }) => shape.length !== 3))
    throw settings.refusal("attention over several axes cannot be made");
  const width = (tensor: Value): number => known(tensor.shape[2], settings, "the width of its input");
  const keySize = settings.number("key_dim");
  const sizes: Sizes = {
    heads: settings.number("num_heads"),
    keySize,
    valueSize: settings.number("value_dim", keySize),
    query: width(query),
    key: width(key),
    value: width(value),
    out: settings.numbers("output_shape", [width(query)]).at(-1)!,
    bias: settings.flag("use_bias", true),
  };
  const isCausal = asks(call, "use_causal_mask");
  const inside = sizes.heads * sizes.keySize;
  const fits =
    inside === sizes.query && sizes.valueSize === keySize && sizes.out === sizes.query && !isCausal;
  const ref = fits ? packed(call, sizes, tensors) : projected(call, sizes, tensors, isCausal);
  return [{ ref, shape: [...query.shape.slice(0, 2), sizes.out], axes: "last" }];
};

type Tensors = ReturnType<typeof tensorsOf>;

/** torch's module. */
function packed(call: LayerCall, sizes: Sizes, { query, key, value }: Tensors): string {
  const { scope } = call;
  const { heads, query: width, bias } = sizes;
  const isOne = sizes.key === width && sizes.value === width;
  const args: Record<string, unknown> = { embed_dim: width, num_heads: heads, batch_first: true };
  if (!bias) args.bias = bias;
  if (!isOne) {
    args.kdim = sizes.key;
    args.vdim = sizes.value;
  }
  const child = scope.child(call, { type: "MultiheadAttention", args });
  const names = ["query", "key", "value"] as const;
  const kernels = names.map((name) => `${name}/kernel`);
  const partOps = names.map((name) => inSteps(sizes[name], width));
  if (isOne)
    scope.bind(call, "in_proj_weight", kernels, {
      partOps,
      combine: { op: "concat", axis: 0 },
      kind: "concat",
    });
  else
    names.forEach((name, i) => {
      const entry = `${name[0]}_proj_weight`;
      scope.bind(call, entry, [kernels[i]!], { ops: partOps[i]!, kind: "transpose and reshape" });
    });
  scope.bind(call, "out_proj.weight", ["attention_output/kernel"], {
    ops: inSteps(width, width),
    kind: "transpose and reshape",
  });
  if (bias) {
    const biases = names.map((name) => `${name}/bias`);
    const flat = names.map((): Step[] => [{ op: "reshape", shape: [width] }]);
    scope.bind(call, "in_proj_bias", biases, {
      partOps: flat,
      combine: { op: "concat", axis: 0 },
      kind: "concat",
    });
    scope.bind(call, "out_proj.bias", ["attention_output/bias"], { kind: "rename" });
  }
  const output = scope.call(child, [query.ref, key.ref, value.ref], { need_weights: false });
  return scope.op("attended", "operator.getitem", [output, 0]);
}

/** Four projections and the product. */
function projected(call: LayerCall, sizes: Sizes, { query, key, value }: Tensors, isCausal: boolean): string {
  const { scope } = call;
  const { heads, keySize, valueSize, bias } = sizes;
  const projections = [
    ["query", sizes.query, heads * keySize],
    ["key", sizes.key, heads * keySize],
    ["value", sizes.value, heads * valueSize],
    ["attention_output", heads * valueSize, sizes.out],
  ] as const;
  const linear = (inside: number, out: number): ModuleSpec => ({
    type: "Linear",
    args: { in_features: inside, out_features: out, ...(bias ? {} : { bias }) },
  });
  const children = Object.fromEntries(projections.map(([name, inside, out]) => [name, linear(inside, out)]));
  const byHead = (name: string, size: number): ModuleStep[] => [
    { set: name, module: name, in: [`$${name}_in`] },
    { set: `${name}_heads`, op: "Tensor.unflatten", in: [`$${name}`, -1, [heads, size]] },
    { set: `${name}_moved`, op: "Tensor.transpose", in: [`$${name}_heads`, 1, 2] },
  ];
  const kw = isCausal ? { is_causal: true } : {};
  const child = scope.child(call, {
    type: "MultiHeadAttention",
    from: "keras",
    children,
    forward: {
      inputs: ["query_in", "key_in", "value_in"],
      steps: [
        ...byHead("query", keySize),
        ...byHead("key", keySize),
        ...byHead("value", valueSize),
        {
          set: "attended",
          op: "F.scaled_dot_product_attention",
          in: ["$query_moved", "$key_moved", "$value_moved"],
          kw,
        },
        { set: "joined", op: "Tensor.transpose", in: ["$attended", 1, 2] },
        { set: "flat", op: "Tensor.flatten", in: ["$joined", 2] },
        { set: "out", module: "attention_output", in: ["$flat"] },
      ],
      outputs: ["$out"],
    },
  });
  for (const [name, inside, out] of projections) {
    scope.bind(call, `${name}.weight`, [`${name}/kernel`], {
      ops: inSteps(inside, out),
      kind: "transpose and reshape",
    });
    if (bias)
      scope.bind(call, `${name}.bias`, [`${name}/bias`], {
        ops: [{ op: "reshape", shape: [out] }],
        kind: "reshape",
      });
  }
  return scope.call(child, [query.ref, key.ref, value.ref]);
}

interface ModuleStep {
  readonly set: string;
  readonly module?: string;
  readonly op?: string;
  readonly in: readonly unknown[];
}

/** Keras's Attention: softmax(query key^T) value, without weights of its own. */
const dotAttention: Maker = (call) => {
  const { scope, settings } = call;
  settings.only("use_scale", [false], "its scale is a weight that torch has no module for");
  settings.only("score_mode", ["dot"], "only the product of query and key is computed here");
  for (const name of ["mask", "return_attention_scores"])
    if (asks(call, name)) throw settings.refusal(`${name} cannot be made`);
  const { query, key, value } = tensorsOf(call);
  const kw = { scale: 1, ...(asks(call, "use_causal_mask") ? { is_causal: true } : {}) };
  const ref = scope.op("attended", "F.scaled_dot_product_attention", [query.ref, key.ref, value.ref], kw);
  return [{ ref, shape: [...query.shape.slice(0, -1), value.shape.at(-1)!], axes: "last" }];
};

/** Attention by class. */
export const attentionLayers: Readonly<Record<string, Maker>> = {
  MultiHeadAttention: multiHead,
  Attention: dotAttention,
};
