// Which layer of a source is which module: kinds and shapes say what can be, names and the graph decide between what has
// the same shapes, and where they are silent the order does. All are assigned at once.

import { assign, impossible } from "../assignment.ts";
import { sameName, sameness } from "./names.ts";
import type { Fit, LayerRule, SourceUnit, TargetUnit } from "./unit.ts";

/** A layer and the module that holds it. */
export interface Pair {
  readonly source: SourceUnit;
  readonly target: TargetUnit;
  readonly fit: Fit;
}

/** Which layers feed which: pairs of positions. */
export type Edges = readonly (readonly [from: number, to: number])[];

/** What is known of the order of layers beyond their places. */
export interface Flow {
  readonly sources: Edges;
  readonly targets: Edges;
}

/** What came of it. */
export interface Alignment {
  readonly pairs: readonly Pair[];
  readonly freeSources: readonly SourceUnit[];
  readonly freeTargets: readonly TargetUnit[];
  /** Other ways to put layers of the same shapes to modules, and what decided. */
  readonly others: readonly Other[];
}

/** Another way to put layers to modules. */
export interface Other {
  readonly pairs: readonly Pair[];
  readonly text: string;
  /** True iff the layers' own names are the modules': then something else would be a mistake. */
  readonly isNamed: boolean;
}

/** How layers of a library's kinds fit modules. What has the same shapes is tried once. */
export class Fitter {
  private readonly rules: readonly LayerRule[];
  private readonly known: ReadonlySet<string>;
  private readonly cache = new Map<string, { readonly rule: LayerRule; readonly cost: number } | undefined>();

  constructor(rules: readonly LayerRule[]) {
    this.rules = rules;
    this.known = new Set(rules.flatMap(({ classes }) => classes));
  }

  /** The cost of a pair; undefined where it cannot be. */
  cost(source: SourceUnit, target: TargetUnit): number | undefined {
    return this.found(source, target)?.cost;
  }

  /** How a layer fills a module. */
  fit(source: SourceUnit, target: TargetUnit): Fit | undefined {
    return this.found(source, target)?.rule.fit(source, target);
  }

  private found(source: SourceUnit, target: TargetUnit): { rule: LayerRule; cost: number } | undefined {
    const key = `${sourceKey(source)} ${targetKey(target)}`;
    if (!this.cache.has(key)) this.cache.set(key, this.search(source, target));
    return this.cache.get(key);
  }

  private search(source: SourceUnit, target: TargetUnit): { rule: LayerRule; cost: number } | undefined {
    const { className } = source;
    const isKnown = className !== undefined && this.known.has(className);
    let best: { rule: LayerRule; cost: number } | undefined;
    for (const rule of this.rules) {
      if (!rule.targets.includes(target.type) || (isKnown && !rule.classes.includes(className))) continue;
      const fit = rule.fit(source, target);
      if (fit === undefined) continue;
      const cost = fit.refusal === undefined ? fit.cost : refusedCost;
      if (best === undefined || cost < best.cost) best = { rule, cost };
    }
    return best;
  }
}

/** What is refused is taken only where there is nothing else, so that the reason can be told. */
const refusedCost = 5;

const shapesKey = (shapes: Iterable<readonly [string, readonly number[]]>): string =>
  [...shapes].map(([role, shape]) => `${role}[${shape.join()}]`).join();

/** Layers of one key fit the same modules. */
const sourceKey = ({ className, direction, arrays, settings }: SourceUnit): string =>
  `${className} ${direction} ${String(settings?.get("reset_after"))} ${shapesKey([...arrays].map(([role, { shape }]) => [role, shape]))}`;

/** Modules of one key hold the same layers. */
export function targetKey({ type, direction, entries, flattened, module }: TargetUnit): string {
  const { groups, numHeads } = module as unknown as { groups?: unknown; numHeads?: unknown };
  const shapes = shapesKey([...entries].map(([role, { tensor }]) => [role, tensor.shape]));
  return `${type} ${direction} ${flattened?.join()} ${String(groups)} ${String(numHeads)} ${shapes}`;
}

/** Weights of what speaks for a pair. Names outweigh any order; an order only decides what is else equal. */
const costWeight = 100;
const nameWeight = 10;

/** The layer's name with those of the models around it. */
const nameOf = ({ scope, path }: SourceUnit): string => (scope === undefined ? path : `${scope}/${path}`);

/** Assigns layers to modules. */
export function align(
  given: readonly SourceUnit[],
  targets: readonly TargetUnit[],
  rules: readonly LayerRule[],
  flowOf: () => Flow | undefined = () => undefined,
): Alignment {
  const fitter = new Fitter(rules);
  const sources = given.map((source) => withoutFalseClass(source, targets, fitter));
  const blocks = blocksOf(sources, targets, fitter);
  const taken = new Array<number>(sources.length).fill(-1);
  for (const block of blocks) assignBlock(block, sources, targets, fitter, taken);
  const byOrder = [...taken];
  const flow = blocks.some(({ rows }) => rows.length > 1) ? flowOf() : undefined;
  if (flow !== undefined) followFlow(blocks, sources, targets, fitter, taken, flow);
  const pairOf = (i: number, j: number): Pair => ({
    source: sources[i]!,
    target: targets[j]!,
    fit: fitter.fit(sources[i]!, targets[j]!)!,
  });
  const pairs = taken.flatMap((j, i) => (j < 0 ? [] : [pairOf(i, j)]));
  const used = new Set(taken);
  return {
    pairs,
    freeSources: sources.filter((_, i) => taken[i]! < 0),
    freeTargets: targets.filter((_, j) => !used.has(j)),
    others: otherWays(sources, targets, fitter, taken, byOrder, pairOf),
  };
}

/** A class that was taken from a name and of which no module could be: then nothing is known of it. */
function withoutFalseClass(source: SourceUnit, targets: readonly TargetUnit[], fitter: Fitter): SourceUnit {
  if (source.className === undefined || targets.some((target) => fitter.cost(source, target) !== undefined))
    return source;
  const plain = { ...source, className: undefined };
  return targets.some((target) => fitter.cost(plain, target) !== undefined) ? plain : source;
}

interface Block {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Layers and modules that could be one another's, apart from those that could not. */
function blocksOf(sources: readonly SourceUnit[], targets: readonly TargetUnit[], fitter: Fitter): Block[] {
  const group = new Map<number, number[]>();
  const blockOf = new Array<number>(targets.length).fill(-1);
  const rowsOf = new Map<number, number[]>();
  sources.forEach((source, row) => {
    const columns = targets.flatMap((target, column) =>
      fitter.cost(source, target) === undefined ? [] : [column],
    );
    if (columns.length === 0) return;
    const joined = new Set(columns.map((column) => blockOf[column]!).filter((block) => block >= 0));
    const rows = [...joined].flatMap((block) => rowsOf.get(block) ?? []);
    const all = new Set([...[...joined].flatMap((block) => group.get(block) ?? []), ...columns]);
    for (const block of joined) {
      rowsOf.delete(block);
      group.delete(block);
    }
    rowsOf.set(row, [...rows, row]);
    group.set(row, [...all]);
    for (const column of all) blockOf[column] = row;
  });
  return [...rowsOf].map(([block, rows]) => ({
    rows: rows.toSorted((a, b) => a - b),
    columns: group.get(block)!.toSorted((a, b) => a - b),
  }));
}

function assignBlock(
  { rows, columns }: Block,
  sources: readonly SourceUnit[],
  targets: readonly TargetUnit[],
  fitter: Fitter,
  taken: number[],
): void {
  const most = Math.max(rows.length, columns.length);
  const found = assign(rows.length, columns.length, (row, column) => {
    const [source, target] = [sources[rows[row]!]!, targets[columns[column]!]!];
    const cost = fitter.cost(source, target);
    if (cost === undefined) return impossible;
    const name = most === 1 ? 0 : sameness(nameOf(source), target.id);
    return 1000 - costWeight * cost + nameWeight * name - ((row - column) / most) ** 2;
  });
  found.forEach((column, row) => {
    if (column >= 0) taken[rows[row]!] = columns[column]!;
  });
}

/** Exchanges layers of one block while more of what feeds what is then alike, and names are no less so. */
function followFlow(
  blocks: readonly Block[],
  sources: readonly SourceUnit[],
  targets: readonly TargetUnit[],
  fitter: Fitter,
  taken: number[],
  flow: Flow,
): void {
  const edges = new Set(flow.targets.map(([from, to]) => `${from} ${to}`));
  const around = new Map<number, (readonly [number, number])[]>();
  for (const edge of flow.sources)
    for (const end of edge) around.set(end, [...(around.get(end) ?? []), edge]);
  const alike = (rows: readonly number[]): number =>
    [...new Set(rows.flatMap((row) => around.get(row) ?? []))].filter(([from, to]) =>
      edges.has(`${taken[from]} ${taken[to]}`),
    ).length;
  const named = (row: number): number => sameness(nameOf(sources[row]!), targets[taken[row]!]!.id);
  const exchange = (a: number, b: number): void => {
    [taken[a], taken[b]] = [taken[b]!, taken[a]!];
  };
  for (let pass = 0, isBetter = true; isBetter && pass < 10; pass++) {
    isBetter = false;
    for (const { rows } of blocks) {
      for (const a of rows)
        for (const b of rows) {
          if (a >= b || taken[a]! < 0 || taken[b]! < 0) continue;
          const [x, y] = [targets[taken[a]!]!, targets[taken[b]!]!];
          const isPossible =
            fitter.cost(sources[a]!, y) === fitter.cost(sources[a]!, x) &&
            fitter.cost(sources[b]!, x) === fitter.cost(sources[b]!, y);
          if (!isPossible) continue;
          const before = [alike([a, b]), named(a) + named(b)] as const;
          exchange(a, b);
          if (alike([a, b]) > before[0] && named(a) + named(b) >= before[1]) isBetter = true;
          else exchange(a, b);
        }
    }
  }
}

/** Of more layers of one kind than this only neighbours are exchanged; and how many ways there are in all. */
const mostExchanged = 6;
const mostOthers = 40;

/** True iff the layer's own name is the module's. */
const hasItsName = (source: SourceUnit, target: TargetUnit): boolean =>
  sameness(nameOf(source), target.id) >= sameName;

function otherWays(
  sources: readonly SourceUnit[],
  targets: readonly TargetUnit[],
  fitter: Fitter,
  taken: readonly number[],
  byOrder: readonly number[],
  pairOf: (row: number, column: number) => Pair,
): Other[] {
  const others: Other[] = [];
  const moved = taken.flatMap((column, row) => (column === byOrder[row] ? [] : [row]));
  if (moved.length > 0)
    others.push({
      pairs: moved.map((row) => pairOf(row, byOrder[row]!)),
      text: "layers of the same shapes in their order",
      isNamed: false,
    });
  for (const [a, b] of alikeContainers(taken, targets)) {
    const exchanged = [
      ...a.rows.map((row, i) => [row, b.rows[i]!]),
      ...b.rows.map((row, i) => [row, a.rows[i]!]),
    ];
    if (exchanged.some(([row, other]) => fitter.cost(sources[row!]!, targets[taken[other!]!]!) === undefined))
      continue;
    const pairs = exchanged.map(([row, other]) => pairOf(row!, taken[other!]!));
    others.push({
      pairs,
      isNamed: false,
      text: `what is in ${a.path} and ${b.path}, which have the same shapes, exchanged`,
    });
    if (others.length >= mostOthers) return others;
  }
  const alike = new Map<string, number[]>();
  taken.forEach((column, row) => {
    if (column < 0) return;
    const key = `${sourceKey(sources[row]!)} ${targetKey(targets[column]!)}`;
    alike.set(key, [...(alike.get(key) ?? []), row]);
  });
  for (const rows of alike.values()) {
    const reach = rows.length > mostExchanged ? 1 : rows.length;
    for (const [at, a] of rows.entries())
      for (const b of rows.slice(at + 1, at + 1 + reach)) {
        if (others.length >= mostOthers) return others;
        const [x, y] = [targets[taken[a]!]!, targets[taken[b]!]!];
        if (fitter.cost(sources[a]!, y) === undefined || fitter.cost(sources[b]!, x) === undefined) continue;
        const names = [sources[a]!.path, sources[b]!.path].join(" and ");
        others.push({
          pairs: [pairOf(a, taken[b]!), pairOf(b, taken[a]!)],
          text: `${names}, which have the same shapes, exchanged`,
          isNamed: hasItsName(sources[a]!, x) && hasItsName(sources[b]!, y),
        });
      }
  }
  return others;
}

/** A module that holds several of the units, and which layers these are given. */
interface Container {
  readonly path: string;
  readonly rows: number[];
  keys: string;
}

/** Modules beside one another that hold the same units: encoders of two inputs. */
function alikeContainers(
  taken: readonly number[],
  targets: readonly TargetUnit[],
): (readonly [Container, Container])[] {
  const containers = new Map<string, Container>();
  const rowOf = new Map(taken.map((column, row) => [column, row]));
  targets.forEach((target, column) => {
    const row = rowOf.get(column);
    const segments = target.path.split(".");
    for (let depth = 1; depth < segments.length; depth++) {
      const path = segments.slice(0, depth).join(".");
      const container = containers.get(path) ?? { path, rows: [], keys: "" };
      if (row !== undefined) container.rows.push(row);
      container.keys += ` ${targetKey(target)}`;
      containers.set(path, container);
    }
  });
  const all = [...containers.values()].filter(({ rows }) => rows.length > 1);
  const parentOf = ({ path }: Container): string => path.slice(0, Math.max(path.lastIndexOf("."), 0));
  return all.flatMap((a, i) =>
    all
      .slice(i + 1)
      .filter((b) => a.keys === b.keys && a.rows.length === b.rows.length && parentOf(a) === parentOf(b))
      .map((b) => [a, b] as const),
  );
}
