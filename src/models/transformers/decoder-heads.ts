// Heads and windows as the configs of decoders have them.

import { ValueError } from "../../core/errors.ts";
import { type Field, headSize, nullable, texts } from "../config.ts";

/** Settings that say how many heads there are and how wide. */
export interface HeadFields {
  readonly hiddenSize: number;
  readonly numAttentionHeads: number;
  /** Null: as many as there are of queries. */
  readonly numKeyValueHeads: number | null;
  /** Null: the width divided by the number of heads. */
  readonly headDim: number | null;
}

/** The heads with nothing left open. @throws ValueError where they do not divide the width or each other */
export function headsOf(
  family: string,
  settings: HeadFields,
): { readonly headDim: number; readonly numKeyValueHeads: number } {
  const { hiddenSize, numAttentionHeads } = settings;
  const numKeyValueHeads = settings.numKeyValueHeads ?? numAttentionHeads;
  if (numKeyValueHeads < 1 || numAttentionHeads % numKeyValueHeads !== 0) {
    throw new ValueError(
      `${family}: ${numAttentionHeads} attention heads cannot share ${numKeyValueHeads} key-value heads evenly`,
    );
  }
  const headDim = settings.headDim ?? headSize(family, hiddenSize, numAttentionHeads);
  return { headDim, numKeyValueHeads };
}

/** Settings that say which layers see only a window. */
export interface WindowFields {
  readonly numHiddenLayers: number;
  readonly useSlidingWindow: boolean;
  readonly slidingWindow: number | null;
  /** The first layer with a window, where `layerTypes` does not say. */
  readonly maxWindowLayers: number;
  readonly layerTypes: readonly string[] | null;
}

/** The field of `layer_types`. */
export const layerTypesField: Field<readonly string[] | null> = nullable(texts(), null);

/** The window of each layer. @throws ValueError for a kind of layer that is not known, or a list of another length */
export function windowsOf(family: string, settings: WindowFields): readonly (number | null)[] {
  const { numHiddenLayers, layerTypes, maxWindowLayers } = settings;
  const window = settings.useSlidingWindow ? settings.slidingWindow : null;
  if (layerTypes === null)
    return Array.from({ length: numHiddenLayers }, (_, i) => (i >= maxWindowLayers ? window : null));
  if (layerTypes.length !== numHiddenLayers) {
    throw new ValueError(
      `${family}: the config's layer_types names ${layerTypes.length} layers, num_hidden_layers is ${numHiddenLayers}`,
    );
  }
  return layerTypes.map((type) => {
    if (type === "full_attention") return null;
    if (type === "sliding_attention") return window;
    throw new ValueError(
      `${family}: layers of type "${type}" are not implemented; there are full_attention, sliding_attention`,
    );
  });
}
