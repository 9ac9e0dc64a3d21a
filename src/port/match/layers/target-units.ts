// What of a model is filled as one: a module that holds entries; of a recurrent module each layer and direction; of an
// attention the module with its projection; of a module of one's own each parameter.

import { nn } from "../../../torch/index.ts";
import type { Layer, Model, Target } from "../../target.ts";
import { ownRecurrent } from "./recurrent.ts";
import type { TargetUnit } from "./unit.ts";

/** Roles of recurrent modules: "weight_ih_l0_reverse". */
const recurrentRole = /^((?:weight|bias)_(?:ih|hh|hr))(?:_l(\d+))?(_reverse)?$/;

/** The units of a model, in the order of calls where that is known, else in the order of the state dict. */
export function targetUnits(model: Model): TargetUnit[] {
  const outside = new Map(
    model.layers.flatMap((layer) => {
      const inside = model.layers.find(({ path }) => path === `${layer.path}.out_proj`);
      return layer.module instanceof nn.MultiheadAttention && inside !== undefined
        ? [[inside, layer] as const]
        : [];
    }),
  );
  const units = inOrderOfCalls(model)
    .filter((layer) => !outside.has(layer))
    .flatMap((layer) => unitsOf(layer, model));
  return units.filter(({ entries }) => entries.size > 0);
}

/** Layers in the order of calls; one that is never called by itself stands behind the one before it. */
function inOrderOfCalls({ layers, calls }: Model): readonly Layer[] {
  if (calls === undefined) return layers;
  const place = new Map(calls.map((path, i) => [path, i]));
  let last = -1;
  const placed = layers.map((layer) => {
    last = place.get(layer.path) ?? last;
    return { layer, at: last };
  });
  return placed.toSorted((a, b) => a.at - b.at).map(({ layer }) => layer);
}

/** Entries that are not another's tensor. */
const own = (entries: ReadonlyMap<string, Target>): Map<string, Target> =>
  new Map([...entries].filter(([, { tiedTo }]) => tiedTo === undefined));

function unitsOf(layer: Layer, model: Model): TargetUnit[] {
  const { path, type, module } = layer;
  const entries = own(layer.entries);
  const roles = [...entries.keys()];
  if (
    roles.length > 0 &&
    roles.every((role) => recurrentRole.test(role) || role === "bias") &&
    roles.some((role) => role.startsWith("weight_hh"))
  )
    return recurrentUnits(layer, entries);
  if (module instanceof nn.MultiheadAttention) {
    const inside = model.layers.find((each) => each.path === `${path}.out_proj`);
    for (const [role, target] of own(inside?.entries ?? new Map<string, Target>()))
      entries.set(`out_proj.${role}`, target);
    return [{ id: path, path, type: "MultiheadAttention", module, entries }];
  }
  if (!isOfTorch(module, type)) {
    return [...entries].map(([role, target]) => ({
      id: target.name,
      path: target.name,
      type: "Parameter",
      module,
      entries: new Map([[role, target]]),
    }));
  }
  const flattened = model.flattened.get(path);
  return [{ id: path, path, type, module, entries, ...(flattened === undefined ? {} : { flattened }) }];
}

/** True iff the class is one of torch.nn's. */
const isOfTorch = (module: nn.Module, type: string): boolean => {
  const Class = (nn as unknown as Record<string, unknown>)[type];
  return (
    type === "NonDynamicallyQuantizableLinear" || (typeof Class === "function" && module instanceof Class)
  );
};

function recurrentUnits({ path, type, module }: Layer, entries: ReadonlyMap<string, Target>): TargetUnit[] {
  const units = new Map<string, { id: string; isReverse: boolean; entries: Map<string, Target> }>();
  for (const [name, target] of entries) {
    const [, role = name, layer = "", reverse = ""] = recurrentRole.exec(name) ?? [];
    const key = `${layer}${reverse}`;
    const unit = units.get(key) ?? {
      id: [path, ...(layer === "" ? [] : [`l${layer}`]), ...(reverse === "" ? [] : ["reverse"])].join(" "),
      isReverse: reverse !== "",
      entries: new Map<string, Target>(),
    };
    unit.entries.set(role, target);
    units.set(key, unit);
  }
  const isBoth = [...units.values()].some(({ isReverse }) => isReverse);
  const kind = module instanceof nn.Module && isOfTorch(module, type) ? type : ownRecurrent;
  return [...units.values()].map(({ id, isReverse, entries: own }) => ({
    id,
    path,
    type: kind,
    module,
    entries: own,
    ...(isBoth ? { direction: isReverse ? ("reverse" as const) : ("forward" as const) } : {}),
  }));
}
