// The entry `weightbridge/compile`: modules and training steps as graphs of ONNX.

export { type CompiledStep, compileStep, type StepOptions } from "./step.ts";
