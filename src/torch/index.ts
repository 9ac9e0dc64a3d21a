// PyTorch's face: `import * as torch from "weightbridge/torch"`.

export * from "./pointwise.ts";
export { enableGrad, inferenceMode, isGradEnabled, noGrad, setGradEnabled } from "./tape.ts";
export { Tensor } from "./tensor.ts";
