// Which layer of a model feeds which, as the nodes of its gradients tell: what is between two layers need not be known.

import type { nn } from "../torch/index.ts";
import { enableGrad, Tensor } from "../torch/index.ts";
import type { Node } from "../torch/node.ts";

/** All tensors in what a module is given or gives. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
}

interface Call {
  readonly path: string;
  readonly from: readonly Node[];
}

const nodesOf = (value: unknown): Node[] =>
  tensorsIn(value).flatMap(({ gradFn }) => (gradFn === null ? [] : [gradFn]));

/**
 * Runs a model with gradients and follows them back.
 * @param paths of the layers that are asked for
 * @returns pairs of paths, the first of which feeds the second with none of the others in between; empty where the model
 * does not run or its parameters take no gradients
 */
export function feeds(
  module: nn.Module,
  inputs: readonly Tensor[],
  paths: ReadonlySet<string>,
): (readonly [from: string, to: string])[] {
  const calls: Call[] = [];
  const makers = new Map<Node, string>();
  const handles = [...module.namedModules()].flatMap(([path, each]) => {
    if (!paths.has(path)) return [];
    return [
      each.registerForwardHook((_, given, output) => {
        calls.push({ path, from: nodesOf(given) });
        for (const node of nodesOf(output)) if (!makers.has(node)) makers.set(node, path);
        return undefined;
      }),
    ];
  });
  const wasTraining = module.training;
  try {
    module.eval();
    enableGrad(() => (module as unknown as { call(...x: readonly Tensor[]): unknown }).call(...inputs));
  } catch {
    return [];
  } finally {
    module.train(wasTraining);
    for (const handle of handles) handle.remove();
  }
  return calls.flatMap(({ path, from }) =>
    [...makersOf(from, makers)].map((maker) => [maker, path] as const),
  );
}

/** The nearest layers from which nodes come. */
function makersOf(from: readonly Node[], makers: ReadonlyMap<Node, string>): Set<string> {
  const found = new Set<string>();
  const seen = new Set<Node>(from);
  const waiting = [...from];
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    const maker = makers.get(node);
    if (maker !== undefined) {
      found.add(maker);
      continue;
    }
    for (const next of node.next) {
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return found;
}
