// The Tensor class as users see it: what `base.ts` holds, and all operations on it as methods and properties.

import { float32 } from "../core/dtype.ts";
import type { Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import * as addedProducts from "./added-products.ts";
import * as autograd from "./autograd.ts";
import { TensorBase } from "./base.ts";
import * as binary from "./binary.ts";
import * as conjugation from "./conjugation.ts";
import * as contents from "./contents.ts";
import * as conversion from "./conversion.ts";
import * as counting from "./counting.ts";
import * as covariance from "./covariance.ts";
import * as distinct from "./distinct.ts";
import * as gathering from "./gathering.ts";
import * as indexing from "./indexing.ts";
import { legacyTensor, numpy } from "./interop.ts";
import * as manipulation from "./manipulation.ts";
import { installMethods, installProperties, type Methods, type Properties } from "./methods.ts";
import * as normalization from "./normalization.ts";
import * as pointwise from "./pointwise.ts";
import * as products from "./products.ts";
import * as properties from "./properties.ts";
import * as quantiles from "./quantiles.ts";
import * as reductions from "./reductions.ts";
import * as reshaping from "./reshaping.ts";
import * as scans from "./scans.ts";
import * as searching from "./searching.ts";
import * as sorting from "./sorting.ts";
import * as splitting from "./splitting.ts";
import * as unary from "./unary.ts";
import * as views from "./views.ts";
import * as writing from "./writing.ts";

const bridge: { readonly numpy: typeof numpy } = { numpy };

/** `max`, `min`, the medians and `var`, whose forms the rule for methods does not carry over. */
interface SpecialMethods {
  readonly max: reductions.ExtremeMethod;
  readonly min: reductions.ExtremeMethod;
  readonly median: quantiles.MedianMethod;
  readonly nanmedian: quantiles.MedianMethod;
  readonly var: Methods<typeof reductions>["variance"];
}

/** PyTorch's tensor: a storage, a layout, and a place in the graph of gradients. */
export interface Tensor
  extends TensorBase,
    SpecialMethods,
    Omit<Methods<typeof reductions>, keyof SpecialMethods>,
    Omit<Methods<typeof quantiles>, keyof SpecialMethods>,
    Methods<typeof addedProducts>,
    Methods<typeof autograd>,
    Methods<typeof binary>,
    Methods<typeof bridge>,
    Methods<typeof conjugation>,
    Methods<typeof contents>,
    Methods<typeof conversion>,
    Methods<typeof counting>,
    Methods<typeof covariance>,
    Methods<typeof distinct>,
    Methods<typeof gathering>,
    Methods<typeof indexing>,
    Methods<typeof manipulation>,
    Methods<typeof normalization>,
    Methods<typeof pointwise>,
    Methods<typeof products>,
    Methods<typeof reshaping>,
    Methods<typeof scans>,
    Methods<typeof searching>,
    Methods<typeof sorting>,
    Methods<typeof splitting>,
    Methods<typeof unary>,
    Methods<typeof views>,
    Methods<typeof writing>,
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
  addedProducts,
  autograd,
  binary,
  bridge,
  conjugation,
  contents,
  conversion,
  counting,
  covariance,
  distinct,
  gathering,
  indexing,
  manipulation,
  normalization,
  pointwise,
  products,
  quantiles,
  reductions,
  reshaping,
  scans,
  searching,
  sorting,
  splitting,
  unary,
  views,
  writing,
  { var: reductions.variance },
]) {
  installMethods(TensorBase.prototype, functions);
}
installProperties(TensorBase.prototype, properties);
