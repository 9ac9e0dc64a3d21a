// Running operations with PyTorch's rules: types are promoted, the operation runs on the device in use, and what it
// did is recorded when a gradient may be asked for.

import { type DType, float32, float64 } from "../core/dtype.ts";
import { type Operand, type Scalar, setterOf } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { broadcastShapes, Layout } from "../core/layout.ts";
import type { Operation, Run } from "../core/op.ts";
import { Storage } from "../core/storage.ts";
import { execute, executeAligned } from "../devices/index.ts";
import { type Prepared, prepared } from "../devices/prepared.ts";
import { cast, copy } from "../ops/copying.ts";
import { conjugate, negative } from "../ops/unary.ts";
import {
  isInferenceModeEnabled,
  lazyBits,
  makeTensor,
  setInferenceMode,
  TensorBase,
  type ViewCreation,
} from "./base.ts";
import { makeNode } from "./node.ts";
import { getDefaultDtype, isHalf, plainScalar, resultType, type ScalarLike } from "./promotion.ts";
import type { Tensor } from "./tensor.ts";

let recording = true;

/** True iff operations are recorded for gradients. */
export function isGradEnabled(): boolean {
  return recording;
}

/** Switches recording. @returns what it was before */
export function setGradEnabled(enabled: boolean): boolean {
  const before = recording;
  recording = enabled;
  return before;
}

/** Runs a synchronous function without recording (`with torch.no_grad()`). */
export function noGrad<T>(run: () => T): T {
  return withRecording(false, run);
}

/** Runs a synchronous function with recording (`with torch.enable_grad()`). */
export function enableGrad<T>(run: () => T): T {
  return withRecording(true, run);
}

/**
 * Runs a synchronous function without recording, whose new tensors stay out of every graph
 * (`with torch.inference_mode()`).
 */
export function inferenceMode<T>(run: () => T): T {
  const before = setInferenceMode(true);
  try {
    return withRecording(false, run);
  } finally {
    setInferenceMode(before);
  }
}

function withRecording<T>(enabled: boolean, run: () => T): T {
  const before = setGradEnabled(enabled);
  try {
    return run();
  } finally {
    recording = before;
  }
}

/** What an operation may be given: a tensor, or a Python scalar, which counts least in promotion. */
export type Input = Tensor | ScalarLike;

/** A new tensor of zeros. */
export function allocate(layout: Layout): Tensor {
  return makeTensor(Storage.allocate(layout.dtype, layout.size), layout);
}

/** A new tensor for results: whoever asks writes each of its elements. */
export function unwritten(layout: Layout): Tensor {
  return makeTensor(Storage.empty(layout.dtype, layout.size), layout);
}

const scalarLimit = 512;
const scalars: Map<DType, Map<number, Tensor>> = new Map();

/** A 0-d tensor of a value. Numbers met often come back as the same tensor: nobody may write to it. */
export function scalarOperand(value: Scalar, dtype: DType): Tensor {
  if (typeof value !== "number" || Number.isNaN(value) || Object.is(value, -0))
    return makeScalar(value, dtype);
  let known = scalars.get(dtype);
  if (known === undefined) {
    known = new Map();
    scalars.set(dtype, known);
  }
  let tensor = known.get(value);
  if (tensor === undefined) {
    tensor = makeScalar(value, dtype);
    if (known.size < scalarLimit) known.set(value, tensor);
  }
  return tensor;
}

function makeScalar(value: Scalar, dtype: DType): Tensor {
  const tensor = allocate(Layout.contiguous(dtype, []));
  setterOf(dtype)(tensor.storage.view(dtype), 0, value);
  return tensor;
}

/** The type that inputs meet in for an operation, which may want a floating one. */
export function commonDtype(operation: Operation<never>, inputs: readonly Input[]): DType {
  const first = inputs[0];
  if (operation.promotion === "none") {
    return first instanceof TensorBase ? (first as Tensor).layout.dtype : resultType(inputs.slice(0, 1));
  }
  const dtype = sameDtype(inputs) ?? resultType(inputs);
  if (operation.promotion === "float" && dtype.kind !== "float" && dtype.kind !== "complex")
    return getDefaultDtype();
  return dtype;
}

/** The type of inputs that are tensors of one type. */
function sameDtype(inputs: readonly Input[]): DType | undefined {
  let dtype: DType | undefined;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (!(input instanceof TensorBase)) return undefined;
    if (dtype === undefined) dtype = input.layout.dtype;
    else if (dtype !== input.layout.dtype) return undefined;
  }
  return dtype;
}

/** An input as an operand of the type that the inputs met in; scalars of a half type count in float32. */
export function operandOf(input: Input, dtype: DType, converts: boolean): Tensor {
  if (!(input instanceof TensorBase)) {
    return scalarOperand(plainScalar(input), isHalf(dtype) ? float32 : dtype);
  }
  const tensor = input as Tensor;
  if (tensor.bits !== 0) return operandOf(resolved(tensor), dtype, converts);
  return converts && tensor.layout.dtype !== dtype ? converted(tensor, dtype) : tensor;
}

/** A tensor's values in another type, with no history. */
export function converted(tensor: Tensor, dtype: DType): Tensor {
  const attributes = { dtype, rules: "torch" } as const;
  const result = unwritten(cast.infer([tensor.layout], dtype, attributes)[0]!);
  execute(cast, [tensor], [result], attributes);
  return result;
}

/** The values of a tensor that is read as a conjugate or a negative, in memory of their own, with no history. */
export function resolved(tensor: Tensor): Tensor {
  let result: Tensor = tensor;
  for (const [bit, operation] of [
    [lazyBits.conjugate, conjugate],
    [lazyBits.negative, negative],
  ] as const) {
    if ((tensor.bits & bit) === 0) continue;
    const next = unwritten(operation.infer([result.layout], result.layout.dtype, undefined)[0]!);
    execute(operation, [result], [next], undefined);
    result = next;
  }
  return result;
}

/** The layout of an operand before it was converted, which is what the result's order of memory follows. */
function orderOf(input: Input, operand: Tensor): Layout {
  if (operand === input || !(input instanceof TensorBase)) return operand.layout;
  const { shape, strides } = (input as Tensor).layout;
  return new Layout(operand.layout.dtype, shape, strides);
}

/**
 * Runs an operation: promotion, conversion, the results' layouts, the kernel, the record.
 * @param inputs a list that stays as it is: the graph keeps it
 * @param label the node's name where it is not the operation's label and "Backward0"
 * @returns the outputs
 */
export function runAll<A>(
  operation: Operation<A>,
  inputs: readonly Input[],
  attributes: A,
  label?: string,
): readonly Tensor[] {
  return runPrepared(prepared(operation), inputs, attributes, label);
}

function runPrepared<A>(
  operation: Prepared<A>,
  inputs: readonly Input[],
  attributes: A,
  label: string | undefined,
): readonly Tensor[] {
  const { converts } = operation;
  let dtype: DType | undefined;
  let isRecorded = false;
  let hasNumbers = false;
  // Most runs are of tensors that nothing has to be done to first: one look at each says so.
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (typeof input === "number" && converts) {
      hasNumbers = true;
      continue;
    }
    if (!(input instanceof TensorBase) || input.bits !== 0) {
      return runConverted(operation, inputs, attributes, label);
    }
    const { layout } = input;
    if (dtype === undefined) dtype = layout.dtype;
    if ((converts && layout.dtype !== dtype) || !layout.isAligned)
      return runConverted(operation, inputs, attributes, label);
    if (recording && !isRecorded && input.requiresGrad) isRecorded = true;
  }
  if (dtype === undefined || (operation.wantsFloating && dtype.kind !== "float" && dtype.kind !== "complex"))
    return runConverted(operation, inputs, attributes, label);
  if (hasNumbers && !takesNumbers(dtype)) return runConverted(operation, inputs, attributes, label);
  const operands = hasNumbers ? withScalars(inputs, dtype) : (inputs as readonly Tensor[]);
  const outputs = allocated(resultLayouts(operation, operands, dtype, attributes));
  executeAligned(operation, operands, outputs, attributes);
  if (isRecorded && operation.gradient !== undefined)
    recordPrepared(operation, operands, outputs, attributes, label);
  return outputs;
}

/** True iff any number beside tensors of that type is read as one of it. */
export function takesNumbers(dtype: DType): boolean {
  return dtype === float32 || dtype === float64;
}

/** Inputs whose numbers are 0-d tensors of a type. */
export function withScalars(inputs: readonly Input[], dtype: DType): readonly Tensor[] {
  let operands: Tensor[] | undefined;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (typeof input !== "number") continue;
    operands ??= inputs.slice() as Tensor[];
    operands[i] = scalarOperand(input, dtype);
  }
  return operands ?? (inputs as readonly Tensor[]);
}

/** The results' layouts of operands that are as they are; shapes that do not broadcast are refused in PyTorch's words. */
function resultLayouts<A>(
  operation: Prepared<A>,
  operands: readonly Tensor[],
  dtype: DType,
  attributes: A,
): readonly Layout[] {
  try {
    return operation.resultLayouts(operands, dtype, attributes);
  } catch (error) {
    if (operation.converts) checkBroadcast(operands.map(({ layout }) => layout));
    throw error;
  }
}

function allocated(layouts: readonly Layout[]): Tensor[] {
  const tensors = [unwritten(layouts[0]!)];
  for (let i = 1; i < layouts.length; i++) tensors.push(unwritten(layouts[i]!));
  return tensors;
}

/** Runs an operation on inputs of which some are scalars, of another type, at odd bytes, or read as conjugates or negatives. */
function runConverted<A>(
  operation: Prepared<A>,
  inputs: readonly Input[],
  attributes: A,
  label: string | undefined,
): readonly Tensor[] {
  const dtype = commonDtype(operation.operation as Operation<never>, inputs);
  const operands = inputs.map((input) => operandOf(input, dtype, operation.converts));
  const layouts = operands.map((operand, i) => orderOf(inputs[i]!, operand));
  const outputs = allocated(inferred(operation, layouts, dtype, attributes));
  execute(operation.operation, operands, outputs, attributes);
  if (recording && operation.gradient !== undefined) {
    const given = historied(inputs, operands);
    if (anyRequiresGrad(given)) recordPrepared(operation, given, outputs, attributes, label);
  }
  return outputs;
}

/** Runs an operation and gives its first output. */
export function run<A>(
  operation: Operation<A>,
  inputs: readonly Input[],
  attributes: A,
  label?: string,
): Tensor {
  const ready = prepared(operation);
  if (ready.view !== undefined) return viewPrepared(ready, inputs[0] as Tensor, attributes, label);
  return runPrepared(ready, inputs, attributes, label)[0]!;
}

/** `run` as gradients call it: attributes that are undefined are left out. */
export const runForGradient: Run<Tensor> = ((
  operation: Operation<unknown>,
  inputs: readonly (Tensor | number)[],
  attributes: unknown,
): Tensor => run(operation, inputs, attributes)) as Run<Tensor>;

/** What the graph remembers as inputs: the tensors given, and the operands that scalars became. */
function historied(inputs: readonly Input[], operands: readonly Tensor[]): Tensor[] {
  return inputs.map((input, i) => (input instanceof TensorBase ? (input as Tensor) : operands[i]!));
}

/** True iff a gradient is asked for one of the tensors. */
export function anyRequiresGrad(tensors: readonly Tensor[]): boolean {
  for (let i = 0; i < tensors.length; i++) if (tensors[i]!.requiresGrad) return true;
  return false;
}

/** Puts outputs into the graph. Those of a type that has no gradients stay out. */
export function record<A>(
  operation: Operation<A>,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attributes: A,
  label?: string,
): void {
  recordPrepared(prepared(operation), inputs, outputs, attributes, label);
}

function recordPrepared<A>(
  operation: Prepared<A>,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attributes: A,
  label: string | undefined,
): void {
  const kind = outputs[0]!.layout.dtype.kind;
  if (kind !== "float" && kind !== "complex") return;
  const node = makeNode(operation as Prepared, inputs, outputs, attributes, label);
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i]!;
    const outputKind = output.layout.dtype.kind;
    if (outputKind !== "float" && outputKind !== "complex") continue;
    output.node = node;
    output.outputIndex = i;
  }
}

/** A view of a tensor, recorded. */
export function runView<A>(operation: Operation<A>, input: Tensor, attributes: A, label?: string): Tensor {
  return viewPrepared(prepared(operation), input, attributes, label);
}

function viewPrepared<A>(
  operation: Prepared<A>,
  input: Tensor,
  attributes: A,
  label: string | undefined,
): Tensor {
  const view = viewOf(input, operation.view!(input.layout, attributes));
  if (recording && operation.gradient !== undefined && input.requiresGrad)
    recordPrepared(operation, [input], [view], attributes, label);
  return view;
}

function viewCreation(input: Tensor): ViewCreation {
  if (recording || input.viewCreation !== "plain") return input.viewCreation;
  return isInferenceModeEnabled() ? "inference" : "withoutGradients";
}

/** A tensor over the same memory that counts as a view; not recorded. */
export function viewOf(input: Tensor, layout: Layout): Tensor {
  const view = makeTensor(input.storage, layout, input.counter);
  view.base = input.base ?? input;
  view.viewVersion = input.counter.version;
  view.viewCreation = viewCreation(input);
  view.bits = input.bits;
  view.isForInference = input.isForInference;
  // PyTorch's views keep the mark of their source where its history is not kept.
  if (!recording && input.requiresGrad) view.wantsGradient = true;
  return view;
}

/** The results' layouts; shapes that do not broadcast are refused in PyTorch's words. */
export function inferred<A>(
  { infer, converts }: Prepared<A>,
  layouts: readonly Layout[],
  dtype: DType,
  attributes: A,
): readonly Layout[] {
  try {
    return infer(layouts, dtype, attributes);
  } catch (error) {
    if (converts) checkBroadcast(layouts);
    throw error;
  }
}

/** @throws RuntimeError naming the first two shapes that do not go together */
export function checkBroadcast(layouts: readonly Operand["layout"][]): void {
  let shape = layouts[0]!.shape;
  for (const layout of layouts.slice(1)) {
    const both = broadcastShapes([shape, layout.shape]);
    if (both === undefined) throw broadcastError(shape, layout.shape);
    shape = both;
  }
}

/** The error for two shapes that do not broadcast. */
export function broadcastError(a: readonly number[], b: readonly number[]): RuntimeError {
  const rank = Math.max(a.length, b.length);
  for (let axis = rank - 1; axis >= 0; axis--) {
    const lengthA = a[axis - rank + a.length] ?? 1;
    const lengthB = b[axis - rank + b.length] ?? 1;
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) {
      return new RuntimeError(
        `The size of tensor a (${lengthA}) must match the size of tensor b (${lengthB}) at non-singleton dimension ${axis}`,
      );
    }
  }
  return new RuntimeError("The shapes of the tensors do not broadcast");
}

/** A copy in the tensor's own order of memory, with no history. */
export function copied(tensor: Tensor): Tensor {
  if (tensor.bits !== 0) return resolved(tensor);
  const result = unwritten(copy.infer([tensor.layout], tensor.layout.dtype, undefined)[0]!);
  execute(copy, [tensor], [result], undefined);
  return result;
}
