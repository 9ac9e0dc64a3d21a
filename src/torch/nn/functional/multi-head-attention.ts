// torch.nn.functional.multi_head_attention_forward.

import { bind } from "../../../core/arguments.ts";
import { AssertionError, RuntimeError } from "../../../core/errors.ts";
import type { Shape } from "../../../core/layout.ts";
import { tupleText } from "../../../core/text.ts";
import { zeros } from "../../creation.ts";
import { sizeText } from "../../errors.ts";
import { cat } from "../../stacking.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { scaledDotProductAttention } from "./attention.ts";
import { dropout } from "./dropout.ts";
import { linear } from "./linear.ts";
import { canonicalMask } from "./masks.ts";
import { pad } from "./padding.ts";

/** The parameters of the projections, and how they are used. */
export interface MultiHeadParameters {
  readonly embedDimToCheck: number;
  readonly numHeads: number;
  /** [3 E, E]: queries', keys' and values' weights; null where they are given one by one. */
  readonly inProjWeight: Tensor | null;
  readonly inProjBias: Tensor | null;
  /** [1, 1, E]: a key and a value more, behind those of the sequence. */
  readonly biasK: Tensor | null;
  readonly biasV: Tensor | null;
  /** A key and a value of zeros more. */
  readonly addZeroAttn: boolean;
  readonly dropoutP: Numeric;
  readonly outProjWeight: Tensor;
  readonly outProjBias: Tensor | null;
}

/** What need not be given to `multiHeadAttentionForward`. */
export interface MultiHeadSettings {
  readonly training?: boolean;
  readonly keyPaddingMask?: Tensor | null;
  readonly needWeights?: boolean;
  readonly attnMask?: Tensor | null;
  readonly useSeparateProjWeight?: boolean;
  readonly qProjWeight?: Tensor | null;
  readonly kProjWeight?: Tensor | null;
  readonly vProjWeight?: Tensor | null;
  readonly staticK?: Tensor | null;
  readonly staticV?: Tensor | null;
  readonly averageAttnWeights?: boolean;
  readonly isCausal?: boolean;
}

/** Queries, keys and values with all that is done to them. */
interface Call extends MultiHeadParameters, Required<MultiHeadSettings> {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

const names = [
  "query",
  "key",
  "value",
  "embedDimToCheck",
  "numHeads",
  "inProjWeight",
  "inProjBias",
  "biasK",
  "biasV",
  "addZeroAttn",
  "dropoutP",
  "outProjWeight",
  "outProjBias",
  "training",
  "keyPaddingMask",
  "needWeights",
  "attnMask",
  "useSeparateProjWeight",
  "qProjWeight",
  "kProjWeight",
  "vProjWeight",
  "staticK",
  "staticV",
  "averageAttnWeights",
  "isCausal",
] as const;

const defaults: Required<MultiHeadSettings> = {
  training: true,
  keyPaddingMask: null,
  needWeights: true,
  attnMask: null,
  useSeparateProjWeight: false,
  qProjWeight: null,
  kProjWeight: null,
  vProjWeight: null,
  staticK: null,
  staticV: null,
  averageAttnWeights: true,
  isCausal: false,
};

/**
 * Attention of several heads between projections (torch.nn.functional.multi_head_attention_forward). The arguments are
 * those of PyTorch, in its order; all may be given by name.
 * @returns the output, [L, N, E] or [L, E], and the weights of the heads (their mean, [N, L, S]) or null
 * @throws AssertionError, RuntimeError where shapes do not go together
 */
export function multiHeadAttentionForward(...args: readonly unknown[]): [Tensor, Tensor | null] {
  const call = bind<Call>("multi_head_attention_forward", names, args, defaults);
  if (checkShapes(call)) return attendBatch(call);
  const [output, weights] = attendBatch({
    ...call,
    query: call.query.unsqueeze(1),
    key: call.key.unsqueeze(1),
    value: call.value.unsqueeze(1),
    keyPaddingMask: call.keyPaddingMask?.unsqueeze(0) ?? null,
  });
  return [output.squeeze(1), weights?.squeeze(0) ?? null];
}

/** @returns whether there is an axis of the batch */
function checkShapes({ query, key, value, keyPaddingMask, attnMask, numHeads }: Call): boolean {
  const rank = query.ndim;
  if (rank !== 2 && rank !== 3) {
    throw new AssertionError(
      `query should be unbatched 2D or batched 3D tensor but received ${rank}-D query tensor`,
    );
  }
  const isBatched = rank === 3;
  const kind = isBatched ? "batched (3-D)" : "unbatched (2-D)";
  if (key.ndim !== rank || value.ndim !== rank) {
    throw new AssertionError(
      `For ${kind} \`query\`, expected \`key\` and \`value\` to be ${rank}-D but found ${key.ndim}-D and ${value.ndim}-D tensors respectively`,
    );
  }
  if (keyPaddingMask !== null && keyPaddingMask.ndim !== rank - 1) {
    throw new AssertionError(
      `For ${kind} \`query\`, expected \`key_padding_mask\` to be \`None\` or ${rank - 1}-D but found ${keyPaddingMask.ndim}-D tensor instead`,
    );
  }
  if (attnMask === null) return isBatched;
  if (attnMask.ndim !== 2 && attnMask.ndim !== 3) {
    throw new AssertionError(
      `For ${kind} \`query\`, expected \`attn_mask\` to be \`None\`, 2-D or 3-D but found ${attnMask.ndim}-D tensor instead`,
    );
  }
  const expected = [numHeads, query.shape[0]!, key.shape[0]!];
  if (!isBatched && attnMask.ndim === 3 && !isShape(attnMask, expected)) {
    throw new AssertionError(
      `Expected \`attn_mask\` shape to be ${tupleText(expected)} but got ${sizeText(attnMask.shape)}`,
    );
  }
  return isBatched;
}

function isShape(tensor: Tensor, shape: Shape): boolean {
  return tensor.ndim === shape.length && shape.every((length, axis) => length === tensor.shape[axis]);
}

/** Attention over a batch: the shapes have three axes. */
function attendBatch(call: Call): [Tensor, Tensor | null] {
  const { query, numHeads, needWeights, embedDimToCheck } = call;
  const [length, batch, width] = query.shape as [number, number, number];
  const { attnMask, keyPaddingMask } = masksOf(call);
  if (width !== embedDimToCheck) {
    throw new AssertionError(`was expecting embedding dimension of ${embedDimToCheck}, but got ${width}`);
  }
  if (width % numHeads !== 0)
    throw new AssertionError(`embed_dim ${width} not divisible by num_heads ${numHeads}`);
  const [q, ...projected] = projections(call);
  const [k, v, mask] = headsOf(call, projected, checkedMask(call, attnMask), keyPaddingMask);
  const queries = q.reshape(length, batch * numHeads, width / numHeads).transpose(0, 1);
  if (!needWeights) return [mixed(call, queries, k, v, mask), null];
  return weighted(call, queries, k, v, mask);
}

/** The two masks as numbers; none where the hint that the mask is causal is enough. */
function masksOf(call: Call): { attnMask: Tensor | null; keyPaddingMask: Tensor | null } {
  const { query, isCausal, needWeights } = call;
  const keyPaddingMask = canonicalMask(call.keyPaddingMask, "key_padding_mask", query.dtype, {
    mask: call.attnMask,
    name: "attn_mask",
  });
  if (isCausal && call.attnMask === null) {
    throw new RuntimeError(
      "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method " +
        "`generate_square_subsequent_mask` to create this mask.",
    );
  }
  if (hasCausalHint(call) && !needWeights) return { attnMask: null, keyPaddingMask };
  return { attnMask: canonicalMask(call.attnMask, "attn_mask", query.dtype), keyPaddingMask };
}

/** True iff the causal mask needs no numbers: nothing else is masked. */
function hasCausalHint({ isCausal, keyPaddingMask }: Call): boolean {
  return isCausal && keyPaddingMask === null;
}

/** The mask as [1 or N * heads, L, S]. */
function checkedMask({ query, key, numHeads }: Call, mask: Tensor | null): Tensor | null {
  if (mask === null) return null;
  const [length, batch] = query.shape as [number, number];
  const matrix = [length, key.shape[0]!];
  const expected = mask.ndim === 2 ? matrix : [batch * numHeads, ...matrix];
  if (!isShape(mask, expected)) {
    throw new RuntimeError(
      `The shape of the ${mask.ndim}D attn_mask is ${sizeText(mask.shape)}, but should be ${tupleText(expected)}.`,
    );
  }
  return mask.ndim === 2 ? mask.unsqueeze(0) : mask;
}

/** Queries, keys and values after their projections. What one tensor gives is computed in one product. */
function projections(call: Call): [Tensor, Tensor, Tensor] {
  const { query, key, value, inProjWeight: weight, inProjBias: bias } = call;
  if (call.useSeparateProjWeight) return separateProjections(call);
  if (!isShape(key, value.shape)) {
    throw new AssertionError(
      `key shape ${sizeText(key.shape)} does not match value shape ${sizeText(value.shape)}`,
    );
  }
  if (weight === null)
    throw new AssertionError("use_separate_proj_weight is False but in_proj_weight is None");
  const width = query.shape.at(-1)!;
  if (key === value && query === key) {
    return linear(query, weight, bias).chunk(3, -1) as [Tensor, Tensor, Tensor];
  }
  if (key === value) {
    const [ofQuery, ofRest] = weight.split([width, 2 * width]) as [Tensor, Tensor];
    const [biasOfQuery = null, biasOfRest = null] = bias === null ? [] : bias.split([width, 2 * width]);
    const [k, v] = linear(key, ofRest, biasOfRest).chunk(2, -1) as [Tensor, Tensor];
    return [linear(query, ofQuery, biasOfQuery), k, v];
  }
  const weights = weight.chunk(3) as [Tensor, Tensor, Tensor];
  const biases = bias === null ? [null, null, null] : bias.chunk(3);
  return [query, key, value].map((each, i) => linear(each, weights[i]!, biases[i]!)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
}

function separateProjections(call: Call): [Tensor, Tensor, Tensor] {
  const { query, key, value } = call;
  if (key.shape[0] !== value.shape[0] || key.shape[1] !== value.shape[1]) {
    const [ofKey, ofValue] = [key, value].map(({ shape }) => sizeText(shape.slice(0, 2)));
    throw new AssertionError(`key's sequence and batch dims ${ofKey} do not match value's ${ofValue}`);
  }
  const width = query.shape.at(-1)!;
  const biases = call.inProjBias === null ? [null, null, null] : call.inProjBias.chunk(3);
  const parts = [
    { letter: "q", name: "query", input: query, weight: call.qProjWeight },
    { letter: "k", name: "key", input: key, weight: call.kProjWeight },
    { letter: "v", name: "value", input: value, weight: call.vProjWeight },
  ];
  return parts.map(({ letter, name, input, weight }, i) => {
    if (weight === null)
      throw new AssertionError(`use_separate_proj_weight is True but ${letter}_proj_weight is None`);
    const expected = [width, input.shape.at(-1)!];
    if (!isShape(weight, expected)) {
      throw new AssertionError(
        `expecting ${name} weights shape of ${tupleText(expected)}, but got ${sizeText(weight.shape)}`,
      );
    }
    return linear(input, weight, biases[i]!);
  }) as [Tensor, Tensor, Tensor];
}

/** Keys and values as [N * heads, S, E / heads] with what is added behind them, and the mask of both kinds. */
function headsOf(
  call: Call,
  [key, value]: readonly Tensor[],
  attnMask: Tensor | null,
  keyPaddingMask: Tensor | null,
): [Tensor, Tensor, Tensor | null] {
  const { numHeads, biasK, biasV, addZeroAttn, query } = call;
  const [, batch, width] = query.shape as [number, number, number];
  const [rows, features] = [batch * numHeads, width / numHeads];
  let masks = [attnMask, keyPaddingMask];
  const longer = (): void => {
    masks = masks.map((mask) => mask && pad(mask, [0, 1]));
  };
  checkBias(call);
  let [k, v] = [key!, value!];
  if (biasK !== null && biasV !== null) {
    k = cat([k, biasK.repeat(1, batch, 1)]);
    v = cat([v, biasV.repeat(1, batch, 1)]);
    longer();
  }
  const split = (given: Tensor | null, projected: Tensor, name: string): Tensor => {
    if (given === null) return projected.reshape(projected.shape[0]!, rows, features).transpose(0, 1);
    if (given.shape[0] !== rows)
      throw new AssertionError(`expecting ${name}.size(0) of ${rows}, but got ${given.shape[0]}`);
    if (given.shape[2] !== features)
      throw new AssertionError(`expecting ${name}.size(2) of ${features}, but got ${given.shape[2]}`);
    return given;
  };
  k = split(call.staticK, k, "static_k");
  v = split(call.staticV, v, "static_v");
  if (addZeroAttn) {
    const nothing = zeros([rows, 1, features], { dtype: k.dtype });
    k = cat([k, nothing], 1);
    v = cat([v, nothing], 1);
    longer();
  }
  return [k, v, mergedMask(masks[0]!, masks[1]!, batch, numHeads, k.shape[1]!)];
}

function checkBias({ biasK, biasV, staticK, staticV }: Call): void {
  if (biasK !== null && biasV === null) throw new AssertionError("bias_k is set but bias_v is None");
  if (biasV !== null && biasK === null) throw new AssertionError("bias_v is set but bias_k is None");
  if (biasK === null) return;
  if (staticK !== null) throw new AssertionError("bias cannot be added to static key.");
  if (staticV !== null) throw new AssertionError("bias cannot be added to static value.");
}

/** Both masks in one, [1 or N * heads, L or 1, S]. */
function mergedMask(
  attnMask: Tensor | null,
  padding: Tensor | null,
  batch: number,
  heads: number,
  length: number,
): Tensor | null {
  if (padding === null) return attnMask;
  [batch, length].forEach((expected, axis) => {
    if (padding.shape[axis] === expected) return;
    throw new AssertionError(
      `Expected key_padded_mask.shape[${axis}] to be ${expected}, but got ${padding.shape[axis]}`,
    );
  });
  const ofHeads = padding
    .view(batch, 1, 1, length)
    .expand(-1, heads, -1, -1)
    .reshape(batch * heads, 1, length);
  return attnMask === null ? ofHeads : attnMask.add(ofHeads);
}

/** The output and the weights, which are computed one after the other. */
function weighted(call: Call, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null): [Tensor, Tensor] {
  const { query, numHeads, averageAttnWeights } = call;
  const [length, batch, width] = query.shape as [number, number, number];
  const scaled = q.mul(Math.sqrt(1 / q.shape[2]!));
  const columns = k.transpose(-2, -1);
  const scores = mask === null ? scaled.bmm(columns) : mask.baddbmm(scaled, columns);
  const p = call.training ? Number(call.dropoutP) : 0;
  const all = scores.softmax(-1);
  const weights = p > 0 ? dropout(all, p) : all;
  const rows = weights
    .bmm(v)
    .transpose(0, 1)
    .reshape(length * batch, width);
  const output = linear(rows, call.outProjWeight, call.outProjBias);
  const ofHeads = weights.view(batch, numHeads, length, k.shape[1]!);
  return [output.view(length, batch, output.shape[1]!), averageAttnWeights ? ofHeads.mean(1) : ofHeads];
}

/** The output alone, by scaled dot-product attention. */
function mixed(call: Call, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null): Tensor {
  const { query, numHeads } = call;
  const [length, batch, width] = query.shape as [number, number, number];
  const source = k.shape[1]!;
  const apart = (each: Tensor): Tensor => each.view(batch, numHeads, each.shape[1]!, each.shape[2]!);
  const attnMask =
    mask === null ? null : mask.shape[0] === 1 ? mask.unsqueeze(0) : mask.view(batch, numHeads, -1, source);
  const output = scaledDotProductAttention(apart(q), apart(k), apart(v), {
    attnMask,
    dropoutP: call.training ? call.dropoutP : 0,
    isCausal: hasCausalHint(call),
  });
  const rows = output.permute(2, 0, 1, 3).reshape(batch * length, width);
  const result = linear(rows, call.outProjWeight, call.outProjBias);
  return result.view(length, batch, result.shape[1]!);
}
