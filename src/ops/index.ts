// All operations by name. A device's table has a row for each: a missing one does not compile. Each file gathered here
// exports operations and types alone. Views have no kernel and are not among them.

import * as activations from "./activations.ts";
import * as bessel from "./bessel.ts";
import * as binary from "./binary.ts";
import * as complex from "./complex.ts";
import * as convolution from "./convolution.ts";
import * as copying from "./copying.ts";
import * as decompositions from "./decompositions.ts";
import * as distribution from "./distribution.ts";
import * as exponential from "./exponential.ts";
import * as fourier from "./fourier.ts";
import * as indexing from "./indexing.ts";
import * as join from "./join.ts";
import * as logic from "./logic.ts";
import * as losses from "./losses.ts";
import * as normalization from "./normalization.ts";
import * as norms from "./norms.ts";
import * as pooling from "./pooling.ts";
import * as products from "./products.ts";
import * as rectifiers from "./rectifiers.ts";
import * as reductions from "./reductions.ts";
import * as sampling from "./sampling.ts";
import * as scans from "./scans.ts";
import * as softmaxes from "./softmax.ts";
import * as sorting from "./sort.ts";
import * as special from "./special.ts";
import * as ternary from "./ternary.ts";
import * as trigonometry from "./trigonometry.ts";
import * as unary from "./unary.ts";
import { contiguous, embedView } from "./views.ts";

/** The declarations, by name. */
export interface Operations
  extends Members<typeof activations>,
    Members<typeof bessel>,
    Members<typeof binary>,
    Members<typeof complex>,
    Members<typeof convolution>,
    Members<typeof copying>,
    Members<typeof decompositions>,
    Members<typeof distribution>,
    Members<typeof exponential>,
    Members<typeof fourier>,
    Members<typeof indexing>,
    Members<typeof join>,
    Members<typeof logic>,
    Members<typeof losses>,
    Members<typeof norms>,
    Members<typeof normalization>,
    Members<typeof pooling>,
    Members<typeof products>,
    Members<typeof rectifiers>,
    Members<typeof reductions>,
    Members<typeof sampling>,
    Members<typeof scans>,
    Members<typeof softmaxes>,
    Members<typeof sorting>,
    Members<typeof special>,
    Members<typeof ternary>,
    Members<typeof trigonometry>,
    Members<typeof unary> {
  readonly contiguous: typeof contiguous;
  readonly embedView: typeof embedView;
}

type Members<Module> = { readonly [Name in keyof Module]: Module[Name] };

export const operations: Operations = {
  ...activations,
  ...bessel,
  ...binary,
  ...complex,
  contiguous,
  ...convolution,
  ...copying,
  ...decompositions,
  embedView,
  ...distribution,
  ...exponential,
  ...fourier,
  ...indexing,
  ...join,
  ...logic,
  ...losses,
  ...norms,
  ...normalization,
  ...pooling,
  ...products,
  ...rectifiers,
  ...reductions,
  ...sampling,
  ...scans,
  ...softmaxes,
  ...sorting,
  ...special,
  ...ternary,
  ...trigonometry,
  ...unary,
};
