// Fitting weights into models and proving it: `import { loadParameters } from "weightbridge/port"`.

export { type Examination, type ExamineOptions, examine, type Recorded } from "./examine.ts";
export { applyPlan, type Filling, type FillOptions, PortError } from "./filling.ts";
export type { Evidence, Finding, Judgement, Severity, Verdict } from "./finding.ts";
export { type LoadOptions, loadParameters, planParameters } from "./loading.ts";
export { convertedMetadata } from "./match/converted.ts";
export type { Alternative, Matcher, Matching, Proposal, Recognition } from "./matching.ts";
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
export { type Lesson, lessons } from "./report/lessons.ts";
export { reportHtml } from "./report/page.ts";
export { picturesOf } from "./report/pictures.ts";
export { type Report, type ReportOptions, reportOf } from "./report/report.ts";
export { reportText } from "./report/text.ts";
export { applyRule, placeRule, ruleShape, ruleText } from "./rules/apply.ts";
export { invertPlan, type Plan, type PlannedArray, parsePlan, planJson, planOf } from "./rules/plan.ts";
export type { Combine, Part, Rule } from "./rules/rule.ts";
export type { Step } from "./rules/steps.ts";
export type { Setting } from "./setting.ts";
export {
  type Arrangement,
  loadSource,
  type NamedArray,
  type Origin,
  type ParameterSource,
  type Source,
  sourceOf,
  sourceOfFile,
} from "./source.ts";
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
export { type Comparison, compareOutputs, countRight, predict } from "./verify.ts";
