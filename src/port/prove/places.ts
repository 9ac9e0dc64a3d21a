// Where in a run of the model its modules and entries have their place, and where recorded activations can be seen: a hook
// sees what a called module gives; in a forward pass that is described step by step, a container that is never called
// has given one of the values between its last own step and the next module's.

import type { StepSpec } from "../spec.ts";

/** Places by name: of modules, and of entries that are read as such. Later is larger. */
export type Places = ReadonlyMap<string, number>;

/** Steps whose values may be what a module gives. */
export interface Window {
  readonly first: number;
  readonly last: number;
}

/** Entries of the state dict that an argument reads. */
function entriesRead(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("@") ? [value.slice(1)] : [];
  if (Array.isArray(value)) return value.flatMap(entriesRead);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(entriesRead) : [];
}

/** The modules and entries that a step belongs to. */
const ownersOf = ({ module, get, in: args, kw }: StepSpec): string[] => [
  ...(module === undefined ? [] : [module]),
  ...(get === undefined ? [] : [get]),
  ...entriesRead(args),
  ...entriesRead(kw),
];

/** The place of each module and entry among the steps: where it is used first. */
export function placesInSteps(steps: readonly StepSpec[]): Places {
  const places = new Map<string, number>();
  for (const [at, step] of steps.entries()) {
    for (const name of ownersOf(step)) if (!places.has(name)) places.set(name, at);
  }
  return places;
}

/** The place of an entry: its own, or that of the innermost module around it that has one. */
export function placeOf(places: Places, name: string): number {
  for (let path = name; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf(".")))) {
    const place = places.get(path);
    if (place !== undefined) return place;
  }
  return Number.POSITIVE_INFINITY;
}

/** The steps that may give what a container gives; undefined where it has none. */
export function windowOf(steps: readonly StepSpec[], path: string): Window | undefined {
  const owners = steps.map(ownersOf);
  const isInside = (name: string): boolean => name === path || name.startsWith(`${path}.`);
  const first = owners.findLastIndex((names) => names.some(isInside));
  if (first < 0) return undefined;
  const next = owners.findIndex((names, at) => at > first && names.length > 0);
  return { first, last: (next < 0 ? steps.length : next) - 1 };
}
