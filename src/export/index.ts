// Models for other places: `import { exportPytorch } from "weightbridge/export"`.

export { exportPytorch, type NamedTensor, type PytorchFiles } from "./pytorch.ts";
export type { DerivedModel, DeriveOptions } from "./trace/derive.ts";
export type { Axis, AxisGroup } from "./trace/sizes.ts";
export { type TritonOptions, tritonConfig } from "./triton.ts";
