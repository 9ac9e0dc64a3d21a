// Layers of a source from the names of its arrays: what stands before the role is the layer. Arrays of one attention or of
// one recurrent cell have a level more between, and are one layer; a separable convolution is two.

import type { Direction, SourceUnit, UnitArray } from "./unit.ts";

/** An array under the name that says its layer and its role: "encoder/first/kernel". */
export interface LayeredArray {
  /** Segments of the name, the role last. */
  readonly segments: readonly string[];
  readonly array: UnitArray;
}

/** What libraries call the projections of an attention. */
const projectionNames: ReadonlyMap<string, string> = new Map([
  ["query", "query"],
  ["key", "key"],
  ["value", "value"],
  ["out", "out"],
  ["attention_output", "out"],
  ["query_dense", "query"],
  ["key_dense", "key"],
  ["value_dense", "value"],
  ["output_dense", "out"],
]);

/** Gates of Flax's recurrent cells: side and gate. */
const gateName = /^[ih][ifgorzn]?$/;

/** A level between a layer and its arrays: how many of its names there must be. */
interface Level {
  readonly fewest: number;
  name(segment: string): string | undefined;
}

const levels: readonly Level[] = [
  { fewest: 4, name: (segment) => projectionNames.get(segment) },
  { fewest: 2, name: (segment) => (gateName.test(segment) ? segment : undefined) },
];

interface Group {
  readonly path: string[];
  readonly arrays: Map<string, UnitArray>;
}

/** The layers, in the order in which their first arrays come. */
export function sourceUnits(
  arrays: readonly LayeredArray[],
  classOf: (path: readonly string[]) => string | undefined,
): SourceUnit[] {
  const paths = new Set(arrays.map(({ segments }) => segments.slice(0, -1).join("/")));
  const inside = new Map<string, { readonly above: string; readonly role: string }>();
  for (const { fewest, name } of levels) {
    const above = new Map<string, string[]>();
    for (const path of paths) {
      const cut = path.lastIndexOf("/");
      const last = path.slice(cut + 1);
      if (name(last) === undefined) continue;
      const key = path.slice(0, Math.max(cut, 0));
      above.set(key, [...(above.get(key) ?? []), path]);
    }
    for (const [key, all] of above) {
      if (all.length < fewest) continue;
      for (const path of all)
        inside.set(path, { above: key, role: name(path.slice(path.lastIndexOf("/") + 1))! });
    }
  }
  const groups = new Map<string, Group>();
  for (const { segments, array } of arrays) {
    const own = segments.slice(0, -1).join("/");
    const level = inside.get(own);
    const path = level?.above ?? own;
    const role = level === undefined ? segments.at(-1)! : `${level.role}/${segments.at(-1)}`;
    const group = groups.get(path) ?? { path: path === "" ? [] : path.split("/"), arrays: new Map() };
    group.arrays.set(role, array);
    groups.set(path, group);
  }
  return [...groups.values()].flatMap(({ path, arrays: all }) => split(path, all, classOf(path)));
}

/** The direction that the names of a Bidirectional's layers say. */
function directionOf(path: readonly string[]): Direction | undefined {
  if (path.some((segment) => /^backward(_|$)/.test(segment))) return "reverse";
  return path.some((segment) => /^forward(_|$)/.test(segment)) ? "forward" : undefined;
}

function split(
  path: readonly string[],
  arrays: ReadonlyMap<string, UnitArray>,
  className: string | undefined,
): SourceUnit[] {
  const direction = directionOf(path);
  const base = { path: path.join("/"), className, ...(direction === undefined ? {} : { direction }) };
  const [depthwise, pointwise] = [arrays.get("depthwise_kernel"), arrays.get("pointwise_kernel")];
  if (depthwise === undefined || pointwise === undefined) return [{ ...base, arrays }];
  const bias = arrays.get("bias");
  return [
    { ...base, className: "Depthwise", arrays: new Map([["depthwise_kernel", depthwise]]) },
    {
      ...base,
      className: "Pointwise",
      arrays: new Map([["kernel", pointwise], ...(bias === undefined ? [] : [["bias", bias] as const])]),
    },
  ];
}

/** An attention as its projections, one layer each; or with query, key and value in one. */
export function projectionUnits(unit: SourceUnit, areFused: boolean): SourceUnit[] {
  const under = (role: string): SourceUnit => ({
    path: `${unit.path}/${role}`,
    className: "Projection",
    arrays: new Map(
      [...unit.arrays].flatMap(([name, array]) =>
        name.startsWith(`${role}/`) ? [[name.slice(role.length + 1), array] as const] : [],
      ),
    ),
  });
  if (!areFused) return ["query", "key", "value", "out"].map(under);
  const arrays = new Map([...unit.arrays].filter(([name]) => !name.startsWith("out/")));
  return [{ path: `${unit.path}/qkv`, className: "Projections", arrays }, under("out")];
}

/** True iff the layer is an attention. */
export const isAttention = (unit: SourceUnit): boolean =>
  ["query", "key", "value", "out"].every((role) => unit.arrays.has(`${role}/kernel`));
