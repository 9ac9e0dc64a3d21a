// Operations that write their result into a tensor: in-place methods and `out=`. PyTorch's rules say which targets
// are refused, and how the write enters the graph of gradients.

import { RuntimeError } from "../core/errors.ts";
import { type Layout, sameShape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { type Prepared, prepared } from "../devices/prepared.ts";
import { cast } from "../ops/copying.ts";
import { isInferenceModeEnabled, TensorBase, viewError } from "./base.ts";
import { rebaseView } from "./copy-slices.ts";
import { cTypeName, scalarTypeName, shapeText } from "./errors.ts";
import { gradientEdge, makeNode } from "./node.ts";
import { isSamePlace, refuseInternalOverlap, refusePartialOverlap } from "./overlap.ts";
import { canCast } from "./promotion.ts";
import {
  anyRequiresGrad,
  commonDtype,
  converted,
  copied,
  type Input,
  inferred,
  isGradEnabled,
  operandOf,
  resolved,
  takesNumbers,
  unwritten,
  withScalars,
} from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * True iff a write has to be recorded.
 * @throws RuntimeError for a leaf that requires a gradient, a view of one, or a view that may not be written
 */
export function checkWritable(target: Tensor, sources: readonly Tensor[] = []): boolean {
  if (target.isForInference && !isInferenceModeEnabled()) {
    throw new RuntimeError(
      "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor " +
        "before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.",
    );
  }
  if (!isGradEnabled() || !(target.requiresGrad || anyRequiresGrad(sources))) return false;
  if (target.base !== null) {
    if (target.viewCreation !== "plain") refuseView(target);
    if (target.requiresGrad && target.base.isLeaf) {
      throw new RuntimeError(
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
      );
    }
  }
  if (target.requiresGrad && target.isLeaf) {
    throw new RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.");
  }
  return true;
}

function refuseView(target: Tensor): never {
  const { node, outputIndex, viewCreation } = target;
  if (viewCreation === "several" && node !== null) {
    throw new RuntimeError(
      `Output ${outputIndex} of ${node.name.replace(/Backward0?/, "")} is a view and is being modified inplace. This view is the output of a ` +
        "function that returns multiple views. Such functions do not allow the output views to be modified inplace. " +
        "You should replace the inplace operation by an out-of-place one.",
    );
  }
  const error = viewError(viewCreation, "is being");
  if (node === null) throw error;
  throw new RuntimeError(
    error.message.replace(
      "A view was created",
      `Output ${outputIndex} of ${node.name} is a view of a view which was created`,
    ),
  );
}

/** Puts a write into the target's history. */
export function recordWrite<A>(
  operation: Operation<A>,
  target: Tensor,
  inputs: readonly Tensor[],
  attributes: A,
  label: string | undefined,
): void {
  const { dtype } = target.layout;
  if (!dtype.isFloatingPoint && !dtype.isComplex) return;
  const node = makeNode(prepared(operation) as Prepared, inputs, [target], attributes, label);
  node.countBefore(target, operation.saves?.inputs);
  if (target.base !== null) rebaseView(target, node);
  else {
    target.node = node;
    target.outputIndex = 0;
  }
}

/** The target's value before a write, with its history, for gradients that read it. */
export function snapshot(target: Tensor): Tensor {
  const before = copied(target);
  const edge = gradientEdge(target);
  if (edge === null) return before;
  const isLeaf = edge.variable !== null;
  if (isLeaf) before.accumulator = edge;
  else {
    before.node = edge;
    before.outputIndex = target.outputIndex;
  }
  return before;
}

/** @throws RuntimeError when a result of that shape and type cannot be stored in the target */
export function checkResult(target: Tensor, result: Layout): void {
  const { shape } = target.layout;
  const fits = shape.length === result.rank && shape.every((length, axis) => length === result.shape[axis]);
  if (!fits) {
    throw new RuntimeError(
      `output with shape ${shapeText(shape)} doesn't match the broadcast shape ${shapeText(result.shape)}`,
    );
  }
  if (!canCast(result.dtype, target.dtype)) throw castError(result, target.layout);
}

function castError(from: Layout, to: Layout): RuntimeError {
  return new RuntimeError(
    `result type ${scalarTypeName(from.dtype)} can't be cast to the desired output type ${scalarTypeName(to.dtype)}`,
  );
}

/**
 * Runs an elementwise operation and stores its result in the target, which is its first input too if `inputs` say so.
 * @returns the target
 */
export function runInPlace<A>(
  operation: Operation<A>,
  target: Tensor,
  inputs: readonly Input[],
  attributes: A,
  label?: string,
): Tensor {
  if (isPlainWrite(target, inputs)) {
    execute(operation, withScalars(inputs, target.layout.dtype), [target], attributes);
    target.bump();
    return target;
  }
  const sources = inputs.filter((input): input is Tensor => input instanceof TensorBase);
  const isRecorded = checkWritable(target, sources) && operation.gradient !== undefined;
  refuseInternalOverlap(target);
  for (const source of sources) refusePartialOverlap(target, source);
  const dtype = commonDtype(operation as Operation<never>, inputs);
  const operands = inputs.map((input) => operandOf(input, dtype, operation.promotion !== "none"));
  const [result] = inferred(
    prepared(operation),
    operands.map((operand) => operand.layout),
    dtype,
    attributes,
  );
  checkResult(target, result!);
  const saved = isRecorded && savesTarget(operation, inputs, target) ? snapshot(target) : undefined;
  const given = inputs.map((input, i) => {
    if (input === target && saved !== undefined) return saved;
    return input instanceof TensorBase ? (input as Tensor) : operands[i]!;
  });
  store(operation, target, operands, result!, attributes);
  if (isRecorded) recordWrite(operation, target, given, attributes, label);
  return target;
}

/** True for what optimizers do: row-major tensors of one floating type and shape, or numbers; nothing to be recorded. */
function isPlainWrite(target: Tensor, inputs: readonly Input[]): boolean {
  const { layout } = target;
  if (layout.dtype.kind !== "float" || !layout.isContiguous || target.bits !== 0) return false;
  if (target.isForInference) return false;
  const isRecording = isGradEnabled();
  if (isRecording && target.requiresGrad) return false;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (input === target || (typeof input === "number" && takesNumbers(layout.dtype))) continue;
    if (!(input instanceof TensorBase) || input.layout.dtype !== layout.dtype || input.bits !== 0)
      return false;
    if (input.storage === target.storage || (isRecording && input.requiresGrad)) return false;
    if (!input.layout.isContiguous || !sameShape(input.layout.shape, layout.shape)) return false;
  }
  return true;
}

function savesTarget<A>(operation: Operation<A>, inputs: readonly Input[], target: Tensor): boolean {
  return operation.saves?.inputs?.some((i) => inputs[i] === target) ?? false;
}

/** Computes into the target: directly where nothing is in the way, else by way of a memory of its own. */
function store<A>(
  operation: Operation<A>,
  target: Tensor,
  operands: readonly Tensor[],
  result: Layout,
  attributes: A,
): void {
  const isDirect =
    target.bits === 0 &&
    result.dtype.compute === target.dtype.compute &&
    operands.every(
      (operand) => operand.storage !== target.storage || isSamePlace(operand.layout, target.layout),
    );
  if (isDirect) {
    execute(operation, operands, [target], attributes);
    target.bump();
    return;
  }
  const fresh = unwritten(result);
  execute(operation, operands, [fresh], attributes);
  writeValues(target, fresh);
}

/**
 * Writes values (stretched, converted) into a tensor and counts the write; nothing is checked or recorded.
 * @param keepsBytes whether truth values stay the bytes that they are; else any byte but 0 is written as 1
 */
export function writeValues(target: Tensor, values: Tensor, keepsBytes = true): void {
  let source = values.bits === 0 ? values : resolved(values);
  if (target.bits !== 0) {
    const same = converted(source, target.dtype);
    same.bits = target.bits;
    source = resolved(same);
  }
  const apart = source.storage === target.storage && !isSamePlace(source.layout, target.layout);
  const rules = keepsBytes && source.dtype === target.dtype ? "numpy" : "torch";
  execute(cast, [apart ? copied(source) : source], [target], { dtype: target.dtype, rules });
  target.bump();
}

/**
 * Stores a result in `out`, which is resized where its shape is another (`out=`).
 * @throws RuntimeError when gradients are asked for, or the type does not fit
 */
export function storeOut(out: Tensor, result: Tensor, name: string, inputs: readonly Input[]): Tensor {
  const sources = inputs.filter((input): input is Tensor => input instanceof TensorBase);
  if (isGradEnabled() && (out.requiresGrad || anyRequiresGrad(sources))) {
    throw new RuntimeError(
      `${name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.`,
    );
  }
  if (!canCast(result.dtype, out.dtype)) throw castError(result.layout, out.layout);
  refuseInternalOverlap(out);
  const { shape } = out.layout;
  const fits = shape.length === result.ndim && shape.every((length, axis) => length === result.shape[axis]);
  if (!fits) {
    if (out.layout.size !== 0) {
      warn(
        "UserWarning",
        `An output with one or more elements was resized since it had shape ${shapeText(shape)}, which does not match ` +
          `the required output shape ${shapeText(result.shape)}. This behavior is deprecated, and in a future PyTorch ` +
          "release outputs will not be resized unless they have zero elements. You can explicitly reuse an out tensor t " +
          "by resizing it, inplace, to zero elements with t.resize_(0).",
      );
    }
    out.resize_(result.shape);
  }
  writeValues(out, result.detach());
  return out;
}

/** A result, or `out` with it where that is given. @param name PyTorch's name of the function */
export function into(
  result: Tensor,
  out: Tensor | null | undefined,
  name: string,
  inputs: readonly Input[],
): Tensor {
  return out === null || out === undefined ? result : storeOut(out, result, name, inputs);
}

/** As `into`, for functions whose `out` has to have the result's type. @throws RuntimeError where it has another */
export function intoSameType(
  result: Tensor,
  out: Tensor | null | undefined,
  name: string,
  inputs: readonly Input[],
): Tensor {
  if (out !== null && out !== undefined && out.dtype !== result.dtype) {
    throw new RuntimeError(
      `Expected out tensor to have dtype ${cTypeName(result.dtype)}, but got ${cTypeName(out.dtype)} instead`,
    );
  }
  return into(result, out, name, inputs);
}
