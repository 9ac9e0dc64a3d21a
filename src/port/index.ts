// Fitting weights into models and proving it: `import { loadParameters } from "weightbridge/port"`.

export { type Convention, type Conversion, conventions } from "./conventions.ts";
export type { PlanEntry } from "./match.ts";
export { buildModel, buildModule } from "./model/build.ts";
export { emitModel } from "./model/emit/emit.ts";
export { specOf } from "./model/file.ts";
export {
  hasKerasConfig,
  type KerasModel,
  type KerasModelOptions,
  type KerasSource,
  kerasModel,
  kerasModelSpec,
} from "./model/keras/model.ts";
export { outline } from "./model/outline.ts";
export { applyPlan, loadParameters, type Plan, type PlanOptions, PortError, planParameters } from "./plan.ts";
export {
  type Change,
  type ChangeContext,
  type ChangeFamily,
  changedRules,
  type Edit,
} from "./prove/change.ts";
export { changeFamilies } from "./prove/families/index.ts";
export { type Proof, type ProveOptions, prove } from "./prove/prove.ts";
export type { Unseen } from "./prove/unseen.ts";
export { type PortReport, portReport, portText } from "./report.ts";
export type { Arrangement, NamedArray, ParameterSource } from "./source.ts";
export {
  type ConstantSpec,
  type EntrySpec,
  type ForwardSpec,
  type ModelSpec,
  type ModuleSpec,
  modelSpecOf,
  type StateSpec,
  type StepSpec,
} from "./spec.ts";
export { applyTransforms, type Transform, transformText } from "./transform.ts";
export { type Comparison, compareOutputs, countRight, type Lesson, lessons, predict } from "./verify.ts";
