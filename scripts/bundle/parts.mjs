// How the bundles for Node are divided. What a program that makes, adds, differentiates and prints tensors needs is
// loaded at once; the rest lies in parts of its own, each read at the first use of something in it.

/** Modules of a folder of src/, by name. */
const modules = (folder, names) => [
  new RegExp(`^${folder}/(?:${names.trim().split(/\s+/).join("|")})\\.ts$`),
];

/** What `import "weightbridge/torch"` loads, lower layers first: all that these modules reach outside the lazy parts. */
export const eagerRoots = ["torch/index.ts", "random/generator.ts"];
export const eagerParts = [
  { name: "core", within: [/^(?!torch\/)/] },
  { name: "torch", within: [/^torch\//] },
];

/**
 * Modules that no lazy part takes, whatever its patterns say. The list of all operations reads those of every part: a part
 * that held it would load parts that load it.
 */
export const neverLazy = new Set([
  "numpy/wrap.ts",
  "ops/index.ts",
  "random/elementary.ts",
  "random/generator.ts",
  "random/rounding.ts",
]);

/**
 * Parts loaded at first use: the modules that `from` reaches (default: all) of those that are `within` and in no part
 * before. What a part is made of most of all, the parts it comes `after`, is loaded with it, so that calls into them cost
 * nothing. A part that has `stubs` loads others at the first call only, as the eager parts do.
 */
export const lazyParts = [
  { name: "layouts", within: modules("core", "layout-reshape chain-order limits named-results") },
  { name: "nn", within: [/^torch\/nn\//], after: ["operations", "arithmetic"] },
  { name: "optim", within: [/^torch\/optim\//], after: ["operations", "changes", "arithmetic"] },
  { name: "data", within: [/^torch\/utils\//] },
  { name: "testing", within: modules("torch", "testing testing-tensors") },
  { name: "autograd", within: modules("torch", "gradcheck derivatives function") },
  { name: "gradients", within: modules("torch", "engine grad"), after: ["operations"] },
  {
    name: "linalg",
    within: [/^torch\/linalg\//, ...modules("torch", "factors chains einsum added-products covariance")],
    after: ["operations", "arithmetic"],
  },
  {
    name: "fourier",
    within: modules("torch", "fft fourier spectrogram signal signal-windows windows"),
    after: ["operations", "arithmetic"],
  },
  {
    name: "special",
    within: modules("torch", "special gamma floating-parts complex-numbers"),
    after: ["operations", "arithmetic"],
  },
  { name: "creation", within: modules("torch", "creation new-tensors determinism"), after: ["operations"] },
  { name: "saving", within: modules("torch", "load save python-forms copy saved-settings") },
  { name: "random", within: modules("torch", "random drawing fork-rng multinomial"), after: ["draws"] },
  {
    name: "indexing",
    within: modules(
      "torch",
      `index-writes scattering gathering advanced-index element-writes view-writes masked-fill index-checks relayout
      index-items indexing`,
    ),
    after: ["operations"],
  },
  {
    name: "arranging",
    within: modules(
      "torch",
      "splitting stacking joining manipulation grids triangles vander combinations at-least",
    ),
    after: ["operations"],
  },
  {
    name: "statistics",
    within: modules(
      "torch",
      `differences counting quantiles variances distances distinct searching sorting sorted-place scans normalization norm tensor-norm
      mixtures positions ranges limits bounds comparing`,
    ),
    after: ["operations", "arithmetic"],
  },
  {
    name: "arithmetic",
    within: modules(
      "torch",
      `pointwise reductions unary binary products product-types elementwise rectifiers added-products-in-place choice
      reduction-arguments non-differentiable integers`,
    ),
    after: ["operations"],
  },
  {
    name: "shapes",
    within: modules(
      "torch",
      "reshaping views expand strided conversion relaid conjugation adjoint properties",
    ),
    after: ["layouts", "operations"],
  },
  {
    name: "changes",
    within: modules("torch", "in-place overlap copy-slices writing replacing"),
    after: ["operations"],
  },
  { name: "allOperations", within: modules("ops", "index"), after: ["operations"] },
  {
    name: "moreOperations",
    within: [
      /^devices\/families\//,
      ...modules(
        "ops",
        "decompositions decomposition-gradients fourier sampling losses norms sort pooling convolution",
      ),
    ],
    after: ["operations"],
  },
  { name: "operations", within: [/^ops\//], after: ["layouts"] },
  { name: "kernels", within: modules("kernels", "binary pool") },
  { name: "linear", within: [/^devices\/reference\/linear\//], after: ["device"] },
  { name: "transforms", within: modules("devices/reference", "fourier fourier-plan"), after: ["device"] },
  {
    name: "functions",
    within: modules(
      "devices/reference",
      `function-maps maps-special maps-functions maps-rectifiers special-functions incomplete-gamma bessel-functions
      normal-functions`,
    ),
    after: ["device"],
  },
  { name: "windows", within: modules("devices/reference", "convolution pooling"), after: ["device"] },
  {
    name: "losses",
    within: modules("devices/reference", "losses ctc likelihood margins"),
    after: ["device"],
  },
  {
    name: "rows",
    within: modules("devices/reference", "normalization norms softmax scans sampling indexing join"),
    after: ["device"],
  },
  {
    name: "device",
    within: [/^devices\/(?:reference|wasm)\//, /^kernels\//],
    after: ["layouts"],
    stubs: true,
  },
  { name: "draws", within: [/^random\//] },
  {
    name: "numpy",
    from: ["numpy/ndarray.ts", "numpy/item-array.ts"],
    within: [/^numpy\//],
    after: ["layouts", "operations"],
  },
  { name: "files", from: ["files/index.ts"], within: [/^files\//] },
];
