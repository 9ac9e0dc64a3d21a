// Methods of tensors for linear algebra, statistics, spectra, special functions and NumPy. They bring much code along:
// `weightbridge/torch` has them, `weightbridge/torch/core` has not.

import { TensorBase } from "./base.ts";
import * as counting from "./counting.ts";
import * as covariance from "./covariance.ts";
import * as differences from "./differences.ts";
import * as distances from "./distances.ts";
import * as distinct from "./distinct.ts";
import * as factors from "./factors.ts";
import * as gamma from "./gamma.ts";
import { installMethods } from "./methods.ts";
import * as multinomial from "./multinomial.ts";
import * as norm from "./norm.ts";
import * as numpy from "./numpy.ts";
import * as quantiles from "./quantiles.ts";
import * as spectrogram from "./spectrogram.ts";
import { functionsOnly, type Tensor } from "./tensor.ts";
import * as viewWrites from "./view-writes.ts";

for (const functions of [
  counting,
  covariance,
  differences,
  distances,
  distinct,
  factors,
  gamma,
  multinomial,
  norm,
  numpy,
  quantiles,
  spectrogram,
  viewWrites,
]) {
  installMethods(TensorBase.prototype, functions, functionsOnly);
}
installMethods(TensorBase.prototype, {
  polygamma: (input: Tensor, n: number | { readonly n: number }) =>
    gamma.polygamma(typeof n === "number" ? n : n.n, input),
});
