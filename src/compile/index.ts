// The entry `weightbridge/compile`: modules and training steps as graphs of ONNX.

export { type CompiledModule, type CompileOptions, compile } from "./compile.ts";
export { type CompiledStep, compileStep, type StepOptions } from "./step.ts";
