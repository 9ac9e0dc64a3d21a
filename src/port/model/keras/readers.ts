// What comes behind a layer in a graph: how an input should lie for those that read it, and whether a flattening goes into
// Dense layers alone.

import { type Graph, type GraphLayer, graphOf, isModelClass, referencesIn } from "./graph.ts";
import type { Axes, LayerCall } from "./scope.ts";
import { isChannelsLast } from "./spatial.ts";

/** Layers that read a tensor, with their names in the graph. */
function readersOf(graph: Graph, name: string): (readonly [name: string, layer: GraphLayer])[] {
  return [...graph.layers].filter(([, { calls }]) =>
    calls.some(({ args, kwargs }) =>
      [...args, ...kwargs.values()].flatMap(referencesIn).some(({ layer }) => layer === name),
    ),
  );
}

/** Layers that act on each element alone. */
const elementwise: ReadonlySet<string> = new Set([
  "Dropout",
  "AlphaDropout",
  "GaussianNoise",
  "GaussianDropout",
  "Activation",
  "ReLU",
  "LeakyReLU",
  "ELU",
  "ActivityRegularization",
]);

const isSoftmax = ({ settings }: GraphLayer): boolean => settings.text("activation").includes("softmax");

/** True iff all that is made of what a layer gives goes into Dense layers, each element by itself. */
export function feedsDense({ graph, layer }: LayerCall): boolean {
  const name = [...graph.layers].find(([, each]) => each === layer)?.[0];
  return name !== undefined && onlyDense(graph, name);
}

function onlyDense(graph: Graph, name: string): boolean {
  const readers = readersOf(graph, name);
  if (readers.length === 0 || graph.outputs.some(({ layer }) => layer === name)) return false;
  return readers.every(
    ([next, reader]) =>
      reader.className === "Dense" ||
      (elementwise.has(reader.className) && !isSoftmax(reader) && onlyDense(graph, next)),
  );
}

/** Layers over images: they say how what stands before them lies. */
const overImages =
  /^(Conv|DepthwiseConv|SeparableConv|MaxPooling|AveragePooling|Global\w+Pooling|ZeroPadding|Cropping|UpSampling|SpatialDropout)\d/;

/** Layers that do not mind where the channels are. */
const isNeutral: ReadonlySet<string> = new Set([
  ...elementwise,
  "BatchNormalization",
  "GroupNormalization",
  "Rescaling",
  "Normalization",
]);

/** How a tensor should lie for those that read it; undefined where they do not say. */
export function wantedAxes(graph: Graph, name: string): Axes | undefined {
  for (const [next, reader] of readersOf(graph, name)) {
    const wanted = wantedBy(graph, next, reader);
    if (wanted !== undefined) return wanted;
  }
  return undefined;
}

function wantedBy(graph: Graph, name: string, reader: GraphLayer): Axes | undefined {
  if (overImages.test(reader.className)) return isChannelsLast(reader.settings) ? "first" : "native";
  if (isNeutral.has(reader.className)) return wantedAxes(graph, name);
  if (!isModelClass(reader.className)) return undefined;
  const inner = graphOf(reader.settings.json, reader.settings.place);
  const [input] = inner.inputs;
  return input === undefined ? undefined : wantedAxes(inner, input.layer);
}
