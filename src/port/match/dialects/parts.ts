// What names of transformers mean: each library's names as patterns, read into one canonical part, so that the names of one
// library can be joined with those of another. Facts: the modules of transformers 5, torch.nn.TransformerEncoderLayer,
// timm's VisionTransformer, google-research/vision_transformer, Meta's Llama.

/** Where a name is and what it is. */
export interface Part {
  /** The block and what it belongs to: "3", "decoder 3", "cross 3"; outside blocks "" or the parent's path. */
  readonly scope: string;
  /** "attention.query", "mlp.up", "norm.mlp", "embed.tokens". */
  readonly part: string;
  /** "weight" or "bias", whatever the library calls it. */
  readonly role: "weight" | "bias";
  /** The role as the name has it: "kernel", "scale". */
  readonly leaf: string;
}

/** A pattern of the end of a path, in small letters, segments joined by dots, and what it is. The first that fits counts. */
type Pattern = readonly [pattern: RegExp, part: string];

/** Within a block. */
const inBlocks: readonly Pattern[] = [
  [/(^|\.)(query|q_proj|q_lin|wq|to_q|q)$/, "attention.query"],
  [/(^|\.)(key|k_proj|k_lin|wk|to_k|k)$/, "attention.key"],
  [/(^|\.)(value|v_proj|v_lin|wv|to_v|v)$/, "attention.value"],
  [/(^|\.)(qkv|qkv_proj|wqkv|c_attn|in_proj)$/, "attention.qkv"],
  [/(attention|attn)\.output\.dense$/, "attention.out"],
  [/(^|\.)(o_proj|out_proj|out_lin)$/, "attention.out"],
  [
    /(attention|attn|multiheaddotproductattention_\d+|selfattention)\.(wo|to_out|to_out\.0|out|o|c_proj|proj)$/,
    "attention.out",
  ],
  [/^c_proj$/, "attention.out"],
  [/(attention|attn)\.output\.layernorm$/, "norm.attention"],
  [
    /(^|\.)(input_layernorm|ln_1|norm1|layernorm_before|attention_norm|sa_layer_norm|self_attn_layer_norm|layer_norm1|layernorm_0)$/,
    "norm.attention",
  ],
  [
    /(^|\.)(post_attention_layernorm|ln_2|norm2|layernorm_after|ffn_norm|output_layer_norm|final_layer_norm|layer_norm2|layernorm_[12]|output\.layernorm)$/,
    "norm.mlp",
  ],
  [/(^|\.)(gate_proj|feed_forward\.w1|wi_0)$/, "mlp.gate"],
  [
    /(^|\.)(up_proj|feed_forward\.w3|wi_1|fc1|lin1|linear1|c_fc|intermediate\.dense|mlpblock_\d+\.dense_0|wi)$/,
    "mlp.up",
  ],
  [
    /(^|\.)(down_proj|feed_forward\.w2|fc2|lin2|linear2|output\.dense|mlpblock_\d+\.dense_1|mlp\.c_proj|c_out)$/,
    "mlp.down",
  ],
];

/** Attention outside blocks: a layer of its own. */
const attentionParts: readonly Pattern[] = inBlocks.filter(
  ([, part]) => part.startsWith("attention.") && part !== "attention.out",
);

/** Outside blocks. */
const outside: readonly Pattern[] = [
  [/(^|\.)(word_embeddings|wte|embed_tokens|tok_embeddings|token_embedding)$/, "embed.tokens"],
  [
    /(^|\.)(position_embeddings|wpe|embed_positions|pos_embed|position_embedding|pos_embedding)$/,
    "embed.positions",
  ],
  [/(^|\.)token_type_embeddings$/, "embed.types"],
  [/(^|\.)embeddings\.layernorm$/, "embed.norm"],
  [/(^|\.)(cls|cls_token|class_embedding)$/, "embed.class"],
  [/(^|\.)(patch_embed\.proj|patch_embeddings\.projection|patch_embedding)$|^embedding$/, "embed.patches"],
  [/(^|\.)pooler(\.dense)?$/, "pooler"],
  [/(^|\.)(ln_f|encoder_norm|layernorm|post_layernorm)$|^(model\.)?norm$/, "norm.final"],
  [/^(lm_head|output|head|classifier|score)$/, "head"],
];

const roles: ReadonlyMap<string, Part["role"]> = new Map([
  ["weight", "weight"],
  ["kernel", "weight"],
  ["scale", "weight"],
  ["gamma", "weight"],
  ["embedding", "weight"],
  ["bias", "bias"],
  ["beta", "bias"],
]);

/** The block that a path lies in, and the rest below it. */
const block = /^(.*?)(?:^|\.)(?:layers?|h|blocks?|encoderblock)[._](\d+)\.(.+)$/;

/** Names that a library puts before all of its own: of what a program kept, and of what the library calls the whole. */
const wrappers =
  /^(?:opt\.target\.|params\.(?:img\.)?|module\.|_orig_mod\.|transformer\.(?=encoder|posembed))/;

/** Which of several towers a block is of. */
const towers: readonly string[] = ["decoder", "text", "vision"];

function partOf(path: string, patterns: readonly Pattern[]): string | undefined {
  return patterns.find(([pattern]) => pattern.test(path))?.[1];
}

const isCross = /(cross_?attention|crossattn|encoder_attn|encdecattention|multihead_attn)/;

/** The path and the role of a name; a parameter without a role of its own is a weight. */
function pathAndLeaf(name: string): readonly [path: string, leaf: string] {
  const plain = name.replaceAll("/", ".").toLowerCase().replace(wrappers, "");
  // PyTorch's attention joins the role to the name: in_proj_weight.
  const joined = plain.replace(/_(weight|bias)$/, ".$1");
  const dot = joined.lastIndexOf(".");
  const last = joined.slice(dot + 1);
  return roles.has(last) && dot >= 0 ? [joined.slice(0, dot), last] : [joined, ""];
}

/** What a name means; undefined where no library's pattern says it. */
export function readName(name: string): Part | undefined {
  const [path, leaf] = pathAndLeaf(name);
  const role = roles.get(leaf) ?? "weight";
  const inside = block.exec(path);
  if (inside !== null) {
    const [, above = "", index, rest] = inside;
    const part = partOf(rest!, inBlocks);
    if (part === undefined) return undefined;
    const tower = towers.find((word) => above.includes(word));
    const cross = isCross.test(rest!) ? "cross" : undefined;
    return { scope: [tower, cross, index].filter((word) => word !== undefined).join(" "), part, role, leaf };
  }
  const attention = partOf(path, attentionParts);
  if (attention !== undefined && path.includes(".")) {
    return { scope: path.slice(0, path.lastIndexOf(".")), part: attention, role, leaf };
  }
  const part = partOf(path, outside);
  return part === undefined ? undefined : { scope: "", part, role, leaf };
}

/** The libraries by names that they alone give. */
const libraries: readonly (readonly [pattern: RegExp, title: string])[] = [
  [/multiheaddotproductattention_\d+/i, "google-research's vision_transformer"],
  [/attention\.wq\./, "Meta's Llama"],
  [/\.attention\.(self|attention)\.query\./, "transformers (BERT, ViT)"],
  [/\battn\.c_attn\./, "transformers (GPT-2)"],
  [/self_attn\.q_proj\./, "transformers"],
  [/self_attn\.in_proj_/, "torch.nn.TransformerEncoderLayer"],
  [/blocks\.\d+\.attn\.qkv\./, "timm"],
];

/** Whose names they are, where some of them tell. */
export const libraryOf = (names: readonly string[]): string | undefined =>
  libraries.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
