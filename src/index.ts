// Weightbridge: NumPy's array and PyTorch's tensor over one memory. The faces are entries of their own
// (`weightbridge/numpy`, `weightbridge/torch`, `weightbridge/files`, `weightbridge/port`); here they are together.

export { DType, type DTypeName, dtypeByName, dtypes } from "./core/dtype.ts";
export type { Complex, Operand, Scalar } from "./core/elements.ts";
export { FormatError, type FormatPlace, PythonError } from "./core/errors.ts";
export { Layout, type Shape } from "./core/layout.ts";
export { float, PyFloat } from "./core/python.ts";
export { Storage } from "./core/storage.ts";
export { collectWarnings, type PythonWarning } from "./core/warnings.ts";
export * as files from "./files/index.ts";
export * as memory from "./memory.ts";
export * as numpy from "./numpy/index.ts";
export * as port from "./port/index.ts";
export * as torch from "./torch/index.ts";
