// Whether modules that are made draw their initial values: skip_init makes modules whose values come from elsewhere.

let depth = 0;

/** True while modules are made whose initial values are not wanted. */
export function isSkipping(): boolean {
  return depth > 0;
}

/** Makes something without initial values being drawn. */
export function withoutDrawing<Made>(make: () => Made): Made {
  depth++;
  try {
    return make();
  } finally {
    depth--;
  }
}
