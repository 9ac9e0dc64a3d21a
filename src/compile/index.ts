// The entry `weightbridge/compile`: modules and training steps as graphs of ONNX, and files of ONNX as modules.

export { type CompiledModule, type CompileOptions, compile } from "./compile.ts";
export { type ImportOnnxOptions, importOnnx } from "./import/index.ts";
export type { OnnxInput, OnnxModule, Port } from "./import/module.ts";
export { type CompiledStep, compileStep, type StepOptions } from "./step.ts";
