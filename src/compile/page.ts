// The entry `weightbridge/compile` in a page: modules and training steps as graphs of ONNX, which onnxruntime-web runs, and
// files of ONNX as modules.

export { type CompiledModule, type CompileOptions, compile } from "./compile.ts";
export type {
  Answer,
  DeviceName,
  EngineOptions,
  NativeDeviceName,
} from "./engines/choose.ts";
export type { OnnxRuntimeWeb, WebDeviceName } from "./engines/web.ts";
export { type ExportOnnxOptions, exportOnnx } from "./export/index.ts";
export { type ImportOnnxOptions, importOnnx } from "./import/index.ts";
export type { OnnxInput, OnnxModule, Port } from "./import/module.ts";
export type { CompileProgress, CompileStage, ProgressOptions } from "./progress.ts";
export { type CompiledStep, compileStep, type StepOptions } from "./step.ts";
