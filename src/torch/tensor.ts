// The Tensor class as users see it: what `base.ts` holds, and operations on it as methods and properties. Methods of more
// special use come with `more-methods.ts`.

import { float32 } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { arrayWrap } from "../numpy/wrap.ts";
import * as addedProducts from "./added-products.ts";
import * as addedInPlace from "./added-products-in-place.ts";
import * as autograd from "./autograd.ts";
import { TensorBase } from "./base.ts";
import * as binary from "./binary.ts";
import * as bounds from "./bounds.ts";
import { choose } from "./choice.ts";
import * as comparing from "./comparing.ts";
import * as conjugation from "./conjugation.ts";
import * as contents from "./contents.ts";
import * as conversion from "./conversion.ts";
import type * as counting from "./counting.ts";
import type * as covariance from "./covariance.ts";
import type * as differences from "./differences.ts";
import type * as distances from "./distances.ts";
import type * as distinct from "./distinct.ts";
import * as drawing from "./drawing.ts";
import * as elementWrites from "./element-writes.ts";
import type * as factors from "./factors.ts";
import * as floatingParts from "./floating-parts.ts";
import type * as gamma from "./gamma.ts";
import * as gathering from "./gathering.ts";
import * as indexWrites from "./index-writes.ts";
import * as indexing from "./indexing.ts";
import { legacyTensor, wrapArray } from "./interop.ts";
import * as manipulation from "./manipulation.ts";
import { installMethods, installProperties, type Methods, type Properties } from "./methods.ts";
import * as mixtures from "./mixtures.ts";
import type * as multinomial from "./multinomial.ts";
import * as newTensors from "./new-tensors.ts";
import type * as norm from "./norm.ts";
import * as normalization from "./normalization.ts";
import type * as numpy from "./numpy.ts";
import * as pointwise from "./pointwise.ts";
import * as positions from "./positions.ts";
import * as products from "./products.ts";
import * as properties from "./properties.ts";
import type * as quantiles from "./quantiles.ts";
import { bernoulli } from "./random.ts";
import * as rectifiers from "./rectifiers.ts";
import * as reductions from "./reductions.ts";
import * as relayout from "./relayout.ts";
import * as reshaping from "./reshaping.ts";
import * as scans from "./scans.ts";
import * as scattering from "./scattering.ts";
import * as searching from "./searching.ts";
import * as sorting from "./sorting.ts";
import type * as spectrogram from "./spectrogram.ts";
import * as splitting from "./splitting.ts";
import type { Input } from "./tape.ts";
import { plainNorm } from "./tensor-norm.ts";
import * as triangles from "./triangles.ts";
import * as unary from "./unary.ts";
import * as variances from "./variances.ts";
import type * as viewWrites from "./view-writes.ts";
import * as views from "./views.ts";
import * as writing from "./writing.ts";

/** What PyTorch has as functions and not as methods. */
export const functionsOnly = [
  "alias",
  "bucketize",
  "cdist",
  "cumulativeTrapezoid",
  "fill",
  "gradient",
  "isin",
  "luUnpack",
  "pdist",
  "rsub",
  "searchsorted",
  "stdMean",
  "tensordot",
  "trapezoid",
  "trapz",
  "varMean",
  "viewAsComplex",
  "viewAsReal",
] as const;

type FunctionOnly = (typeof functionsOnly)[number];

/** Methods whose forms the rule for functions does not carry over: `x.where(condition, other)` keeps x where it holds. */
interface SpecialMethods {
  where(condition: Tensor, other: Input): Tensor;
  bernoulli(
    ...args: Parameters<typeof bernoulli> extends readonly [Tensor, ...infer Rest] ? Rest : never
  ): Tensor;
  nonzero(options: { readonly asTuple: true }): Tensor[];
  nonzero(options?: { readonly asTuple?: false }): Tensor;
  polygamma(n: number | { readonly n: number }): Tensor;
  readonly max: reductions.ExtremeMethod;
  readonly min: reductions.ExtremeMethod;
  readonly median: quantiles.MedianMethod;
  readonly nanmedian: quantiles.MedianMethod;
}

/** PyTorch's tensor: a storage, a layout, and a place in the graph of gradients. */
export interface Tensor
  extends TensorBase,
    SpecialMethods,
    Omit<Methods<typeof reductions>, FunctionOnly | keyof SpecialMethods>,
    Omit<Methods<typeof quantiles>, keyof SpecialMethods>,
    Omit<Methods<typeof addedProducts>, FunctionOnly>,
    Methods<typeof addedInPlace>,
    Methods<typeof autograd>,
    Methods<typeof binary>,
    Methods<typeof bounds>,
    Methods<typeof comparing>,
    Methods<typeof conjugation>,
    Methods<typeof contents>,
    Methods<typeof conversion>,
    Methods<typeof counting>,
    Methods<typeof covariance>,
    Omit<Methods<typeof differences>, FunctionOnly>,
    Omit<Methods<typeof distances>, FunctionOnly>,
    Methods<typeof distinct>,
    Methods<typeof elementWrites>,
    Omit<Methods<typeof factors>, FunctionOnly>,
    Methods<typeof floatingParts>,
    Omit<Methods<typeof gamma>, keyof SpecialMethods>,
    Methods<typeof gathering>,
    Methods<typeof indexWrites>,
    Methods<typeof scattering>,
    Methods<typeof indexing>,
    Omit<Methods<typeof manipulation>, FunctionOnly | keyof SpecialMethods>,
    Methods<typeof newTensors>,
    Methods<typeof norm>,
    Methods<typeof numpy>,
    Methods<typeof multinomial>,
    Methods<typeof mixtures>,
    Methods<typeof normalization>,
    Omit<Methods<typeof positions>, keyof SpecialMethods>,
    Omit<Methods<typeof pointwise>, FunctionOnly>,
    Omit<Methods<typeof products>, FunctionOnly>,
    Methods<typeof relayout>,
    Omit<Methods<typeof reshaping>, FunctionOnly>,
    Methods<typeof rectifiers>,
    Methods<typeof scans>,
    Omit<Methods<typeof searching>, FunctionOnly>,
    Methods<typeof sorting>,
    Methods<typeof spectrogram>,
    Methods<typeof splitting>,
    Methods<typeof triangles>,
    Methods<typeof unary>,
    Omit<Methods<typeof variances>, FunctionOnly>,
    Methods<typeof viewWrites>,
    Omit<Methods<typeof views>, FunctionOnly>,
    Methods<typeof drawing>,
    Omit<Methods<typeof writing>, FunctionOnly>,
    Properties<typeof properties> {}

interface TensorConstructor {
  /** A tensor over a storage, which it shares. */
  new (storage: Storage, layout: Layout): Tensor;
  /** PyTorch's old constructor: sizes, or values as float32. */
  new (...args: readonly unknown[]): Tensor;
  (...args: readonly unknown[]): Tensor;
  readonly prototype: Tensor;
}

function construct(this: unknown, ...args: readonly unknown[]): object {
  if (!(args[0] instanceof Storage)) return legacyTensor(args, float32);
  return Reflect.construct(TensorBase, args, new.target ?? TensorBase) as object;
}

Object.defineProperty(construct, "name", { value: "Tensor" });
construct.prototype = TensorBase.prototype;

export const Tensor: TensorConstructor = construct as unknown as TensorConstructor;

for (const functions of [
  addedInPlace,
  addedProducts,
  autograd,
  binary,
  bounds,
  comparing,
  conjugation,
  contents,
  conversion,
  elementWrites,
  floatingParts,
  gathering,
  indexWrites,
  scattering,
  indexing,
  manipulation,
  newTensors,
  mixtures,
  normalization,
  pointwise,
  positions,
  products,
  rectifiers,
  reductions,
  relayout,
  reshaping,
  scans,
  searching,
  sorting,
  splitting,
  triangles,
  unary,
  variances,
  drawing,
  views,
  writing,
]) {
  installMethods(TensorBase.prototype, functions, functionsOnly);
}
/** Methods that `more-methods.ts` brings. */
export const methodsElsewhere: string =
  "asStridedScatter bincount cholesky choleskyInverse choleskySolve corrcoef cov det " +
  "diagonalScatter diff dist geqrf histc histogram igamma igamma_ igammac igammac_ inverse istft " +
  "logdet logit logit_ lu luSolve matrixExp matrixPower median multinomial mvlgamma mvlgamma_ " +
  "nanmedian nanquantile numpy orgqr ormqr pinverse polygamma polygamma_ qr quantile renorm renorm_ " +
  "selectScatter sliceScatter slogdet stft svd triangularSolve unique uniqueConsecutive";

for (const name of methodsElsewhere.split(" ")) {
  Object.defineProperty(TensorBase.prototype, name, {
    configurable: true,
    value: () => {
      throw new RuntimeError(
        `tensors have the method ${name} where weightbridge/torch is imported: weightbridge/torch/core leaves it out.`,
      );
    },
  });
}
installMethods(TensorBase.prototype, {
  bernoulli,
  norm: plainNorm,
  where: (input: Tensor, condition: Tensor, other: Input) => choose(condition, input, other),
});
Object.defineProperty(TensorBase.prototype, arrayWrap, { value: wrapArray });
installProperties(TensorBase.prototype, properties);
