// The page of what PyTorch has and this project has not. Nothing in it is written by hand but the reasons of families: a
// name is on it because PyTorch's list has it and the exports have not.

import { camelCase } from "../../src/core/names.ts";
import { textOf } from "./sources.ts";
import { surfaces } from "./surfaces.ts";

interface Names {
  readonly versions: { readonly torch: string };
  /** What a part of PyTorch offers to its users. */
  readonly api: Readonly<Record<string, string>>;
}

/** Names that belong together, and why they are not here. The first family that fits has the name. */
interface Family {
  readonly title: string;
  readonly names: RegExp;
}

const families: readonly Family[] = [
  {
    title: "Sparse and nested layouts: tensors here are strided",
    names:
      /sparse|Sparse|crow_|ccol_|col_indices|row_indices|indices_copy|values_copy|^(indices|values|coalesce|dense_dim|to_dense|ds|hs|s)mm$|^(hspmm|spmm|saddmm|sspaddmm|smm|dsmm|hsmm|sspaddmm_|coalesce|dense_dim|is_coalesced|indices|values|to_dense|sampled_addmm|to_mkldnn|resize_as_sparse_|nested|embedding_renorm_)$/,
  },
  {
    title: "Quantised tensors",
    names: /quant|qint|qscheme|^q_|int_repr|fbgemm|fake_|choose_qparams|quint|dequantize|moving_avg_obs/,
  },
  {
    title: "Other devices, and the libraries behind them",
    names:
      /cudnn|miopen|mkldnn|vulkan|cuda|xpu|^ipu$|mtia|hpu|pin_memory|is_pinned|is_(cpu|meta|mps|maia|xla|ort|mkldnn|ipu|mtia|xpu|hpu|vulkan)|autocast|has_(mkl|lapack|openmp|spectral)|get_device|default_device|save_on_cpu|device|share_memory|is_shared|record_stream|stale_capture|grad_stream|current_accelerator|to_empty|_stream|flash|GradScaler/,
  },
  {
    title: "Compilation, tracing and symbolic sizes",
    names:
      /^sym_|compile|^(cond|fork|wait|import_ir_module.*|parse_.*|merge_type.*|unify_type.*|vmap|while_loop|export|typename|memory_budget)$|_sym$|boolean_dispatch|assert_int_or_pair|torch_function|ScriptModule|region_activation|dump_patches|call_super_init|T_destination|type_before|scan|set_anomaly_enabled|as_subclass|module_load|dim_order/,
  },
  {
    title: "Names of axes",
    names: /names$|rename|refine_names|align_(to|as)|has_names|^(rename_|align_tensors)$/,
  },
  {
    title: "Several processes",
    names:
      /distributed|Distributed|DataParallel|SyncBatchNorm|worker|DataPipe|datapipe|DataChunk|runtime_validation|argument_validation|deterministic$/,
  },
  {
    title: "Settings of PyTorch's process",
    names:
      /threads|deterministic|flush_denormal|warn_always|rng_state|matmul_precision|debug_mode|multithreading|enforce_grad_layout|default_tensor_type|thread_safe|default_generator/,
  },
  {
    title: "Copying twins of views, and the steps of kernels",
    names:
      /_copy$|^native_|^unsafe_|_with_indices$|batch_norm_(elemt|stats|gather|update|backward)|^batch_norm_(elemt|stats)|grid_sampler|affine_grid_generator|constant_pad_nd|segment_reduce|_cell$|^(lstm|gru|rnn_tanh|rnn_relu|convolution|conv_tbc|norm_except_dim|frobenius_norm|nuclear_norm|slice_inverse|hash_tensor|native_norm|grouped_mm|scaled_mm|scaled_grouped_mm|feature_dropout|feature_dropout_|cosine_embedding_loss|lobpcg|chain_matmul)$/,
  },
  {
    title: "Types of elements that are not carried",
    names: /^(bits|uint|int)\d+(x\d+)?$|chalf|complex32|float4|^bit$/,
  },
  { title: "Layers whose sizes are found at the first call", names: /^Lazy|Uninitialized|cls_to_become/ },
  {
    title: "LAPACK's inner functions",
    names: /geqrf|ormqr|orgqr|householder|ldl_/,
  },
  {
    title: "Rare special functions",
    names: /bessel|polynomial|airy/,
  },
];

const names = (): Names => JSON.parse(textOf("test/reference/names.json")) as Names;

/** Which names of a part are missing. */
function missingIn(place: string, ours: object): string[] {
  return names()
    .api[place]!.split(" ")
    .filter((name) => name !== "" && !(name in ours) && !(camelCase(name) in ours));
}

function list(missing: readonly string[]): string {
  return missing.map((name) => `\`${name}\``).join(", ");
}

/** The whole page. */
export function notHerePage(): string {
  const parts = surfaces.filter(({ python }) => python in names().api);
  const missing = parts.map(({ python, ours, instance }) => ({
    python,
    missing: missingIn(python, instance ?? ours),
  }));
  const familyOf = (name: string): Family | undefined => families.find((family) => family.names.test(name));
  const here = parts.reduce((sum, { python }) => sum + names().api[python]!.split(" ").length, 0);
  const away = missing.reduce((sum, part) => sum + part.missing.length, 0);
  const lines = [
    "# What PyTorch has and Weightbridge has not",
    "",
    `PyTorch ${names().versions.torch} offers ${here} names in the parts listed here; ${here - away} of them are here. This page is made`,
    "from the two lists of names by `npm run docs`, and a test holds it to them.",
    "",
    "## Not here yet",
    "",
    "| part | names |",
    "| --- | --- |",
  ];
  for (const part of missing) {
    const open = part.missing.filter((name) => familyOf(name) === undefined);
    if (open.length > 0) lines.push(`| \`${part.python}\` | ${list(open)} |`);
  }
  lines.push("", "## Outside the project", "");
  for (const family of families) {
    const rows = missing
      .map(({ python, missing: all }) => ({ python, all: all.filter((name) => familyOf(name) === family) }))
      .filter(({ all }) => all.length > 0);
    if (rows.length === 0) continue;
    lines.push(`### ${family.title}`, "");
    for (const { python, all } of rows) lines.push(`- \`${python}\`: ${list(all)}`);
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}
