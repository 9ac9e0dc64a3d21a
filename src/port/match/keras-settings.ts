// Settings that a Keras file tells and the model has otherwise. They are no weights, and nothing in the weights shows them:
// epsilons of normalizations, slopes and forms of activations, padding (Keras 3.15; porting facts).

import type { JsonValue } from "../../files/json.ts";
import { classOfName } from "../../files/keras/classes.ts";
import type { LayerConfig } from "../../files/keras/config.ts";
import { nn } from "../../torch/index.ts";
import type { Finding } from "../finding.ts";
import type { Model } from "../target.ts";
import { plainLayers } from "./keras-config.ts";
import type { Pair } from "./layers/align.ts";
import type { SourceUnit } from "./layers/unit.ts";

const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;

/** A setting of a module as a number: one that must be a float is not a plain number. */
function settingOf(module: nn.Module, name: string): number | undefined {
  const value = (module as unknown as Record<string, unknown>)[name];
  const number = value === null || value === undefined ? Number.NaN : Number(String(value));
  return Number.isNaN(number) ? undefined : number;
}

/** What the configuration says and the model contradicts. */
export function kerasSettings(config: LayerConfig, model: Model, pairs: readonly Pair[]): Finding[] {
  return [
    ...pairs.flatMap((pair) => [...epsilons(pair), ...momenta(pair), ...paddings(pair)]),
    ...activations(config, model),
  ];
}

function setting(path: string, text: string, repair: string): Finding {
  return {
    kind: "setting",
    parameters: [path],
    severity: "mistake",
    evidence: "format",
    text,
    repair,
    isRepaired: false,
  };
}

/** True iff two settings are one number, up to the rounding of float32. */
const isSame = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));

const numberText = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-2 ? value.toExponential() : String(value);

function epsilons({ source, target }: Pair): Finding[] {
  const said = numberOf(source.settings?.get("epsilon"));
  const eps = settingOf(target.module, "eps");
  // Keras's Normalization has none in its configuration.
  if (said === undefined || eps === undefined || isSame(said, eps)) return [];
  const text = `The file says that "${source.path}" has epsilon ${numberText(said)}, and ${target.path || "the module"} has eps ${numberText(eps)}: the shapes agree, and the outputs do not.`;
  return [setting(target.path, text, `eps: ${numberText(said)}`)];
}

/** Keras's momentum is one minus torch's; it matters for training alone. */
function momenta({ source, target }: Pair): Finding[] {
  const said = numberOf(source.settings?.get("momentum"));
  const momentum = settingOf(target.module, "momentum");
  if (said === undefined || momentum === undefined || isSame(1 - said, momentum)) return [];
  const wanted = Number((1 - said).toPrecision(6));
  return [
    {
      kind: "setting",
      parameters: [target.path],
      severity: "note",
      evidence: "format",
      text: `"${source.path}" has momentum ${said}, which is ${wanted} in PyTorch; ${target.path || "the module"} has ${momentum}. No output depends on it; training does.`,
      repair: `momentum: ${wanted}`,
      isRepaired: false,
    },
  ];
}

const lengthsOf = (value: JsonValue | undefined): number[] | undefined => {
  if (!Array.isArray(value)) return undefined;
  const lengths = value.map(numberOf);
  return lengths.every((length) => length !== undefined) ? lengths : undefined;
};

/**
 * 'same' pads the end by what does not divide evenly: total = max((ceil(n / s) - 1) s + (k - 1) d + 1 - n, 0), its smaller
 * half before. A module that pads more before than that gives other outputs of the same shape.
 */
function paddings({ source, target }: Pair): Finding[] {
  const { settings } = source;
  const { padding } = target.module as unknown as { readonly padding?: unknown };
  if (settings?.get("padding") !== "same" || !Array.isArray(padding) || !/^Conv\dd$/.test(target.type))
    return [];
  const [kernel, strides, dilation] = ["kernel_size", "strides", "dilation_rate"].map((name) =>
    lengthsOf(settings.get(name)),
  );
  const sizes = inputSizes(source);
  if (kernel === undefined || strides === undefined || sizes?.length !== kernel.length) return [];
  const before = kernel.map((k, axis) => {
    const [n, s, d] = [sizes[axis]!, strides[axis]!, dilation?.[axis] ?? 1];
    return Math.floor(Math.max((Math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0) / 2);
  });
  if (!before.some((most, axis) => Number(padding[axis]) > most)) return [];
  const text = `"${source.path}" has padding "same": of inputs of ${sizes.join(" by ")} it pads ${before.join(", ")} before and the rest after, and ${target.path || "the module"} pads ${padding.join(", ")} on both sides. The shapes agree, the outputs are shifted.`;
  return [setting(target.path, text, "padding 0, and a nn.ZeroPad2d before it that pads the end")];
}

/** Lengths of the spatial axes that a layer was built for, where they are written down. */
function inputSizes({ settings, built }: SourceUnit): number[] | undefined {
  const shape = built?.get("input_shape");
  if (!Array.isArray(shape)) return undefined;
  return lengthsOf(settings?.get("data_format") === "channels_first" ? shape.slice(2) : shape.slice(1, -1));
}

/** An activation with a setting: where Keras has it, which module it is, and what it should be there. */
interface Activation {
  readonly module: abstract new (...args: never) => nn.Module;
  readonly field: string;
  /** The value that a layer of the configuration says; undefined where the layer is no such activation. */
  saidBy(layer: LayerConfig): number | string | undefined;
}

const functionOf = ({ settings }: LayerConfig): JsonValue | undefined => settings.get("activation");

const kinds: readonly Activation[] = [
  {
    module: nn.LeakyReLU,
    field: "negativeSlope",
    // The layer has 0.3 by default, the function 0.2.
    saidBy: (layer) =>
      layer.className === "LeakyReLU"
        ? (numberOf(layer.settings.get("negative_slope")) ?? numberOf(layer.settings.get("alpha")))
        : functionOf(layer) === "leaky_relu"
          ? 0.2
          : undefined,
  },
  {
    module: nn.ELU,
    field: "alpha",
    saidBy: (layer) =>
      layer.className === "ELU"
        ? numberOf(layer.settings.get("alpha"))
        : functionOf(layer) === "elu"
          ? 1
          : undefined,
  },
  {
    module: nn.GELU,
    field: "approximate",
    saidBy: (layer) => (functionOf(layer) === "gelu" ? "none" : undefined),
  },
];

/** Activations that are modules, in order, where there are as many as the configuration has. */
function activations(config: LayerConfig, { module }: Model): Finding[] {
  const layers = plainLayers(config);
  return kinds.flatMap(({ module: Class, field, saidBy }) => {
    const said = layers.flatMap((layer) => {
      const value = saidBy(layer);
      return value === undefined ? [] : [{ layer, value }];
    });
    const modules = [...module.namedModules()].filter(([, each]) => each instanceof Class);
    if (said.length !== modules.length) return [];
    return modules.flatMap(([path, each], i) => {
      const { layer, value } = said[i]!;
      const own =
        typeof value === "number"
          ? settingOf(each, field)
          : (each as unknown as Record<string, unknown>)[field];
      const isAlike =
        typeof value === "number" && typeof own === "number" ? isSame(value, own) : value === own;
      if (isAlike || own === undefined) return [];
      const text = `The file says that "${layer.name ?? classOfName(layer.className) ?? layer.className}" has ${field} ${String(value)}, and ${path} has ${String(own)}.`;
      return [setting(path, text, `${field}: ${JSON.stringify(value)}`)];
    });
  });
}
