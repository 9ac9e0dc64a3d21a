// An operation as it is run. Declarations are objects of many shapes, and reading one at each run costs more than a small
// operation itself: what runs need of them is brought into objects of one.

import type { Gradient, Kernel, Operation } from "../core/op.ts";

const none: readonly number[] = [];

/** What running and recording an operation reads of its declaration, and its kernel on the device in use. */
export class Prepared<Attributes = unknown> {
  readonly operation: Operation<Attributes>;
  readonly infer: Operation<Attributes>["infer"];
  readonly view: Operation<Attributes>["view"];
  readonly gradient: Gradient<Attributes> | undefined;
  /** True iff operands are converted to the type that they meet in. */
  readonly converts: boolean;
  /** True iff integers and bool become a floating type. */
  readonly wantsFloating: boolean;
  readonly roundsSteps: boolean;
  /** True iff the gradient reads saved values: a node gives them free behind a pass. */
  readonly saves: boolean;
  /** Positions of the inputs and outputs whose values the gradient reads. */
  readonly savedInputs: readonly number[];
  readonly savedOutputs: readonly number[];
  /** True iff the gradient reads outputs, of which nodes keep none otherwise. */
  readonly keepsOutputs: boolean;
  /** Undefined until it is first run on the device in use. */
  kernel: Kernel<Attributes> | undefined = undefined;

  constructor(operation: Operation<Attributes>) {
    const { infer, view, gradient, promotion, saves, roundsSteps } = operation;
    this.operation = operation;
    this.infer = infer;
    this.view = view;
    this.gradient = gradient;
    this.converts = promotion !== "none";
    this.wantsFloating = promotion === "float";
    this.roundsSteps = roundsSteps === true;
    this.saves = saves !== undefined;
    this.savedInputs = saves?.inputs ?? none;
    this.savedOutputs = saves?.outputs ?? none;
    this.keepsOutputs = saves?.outputs !== undefined;
  }
}

/** Operations are declared once, so it stays small. */
const known: Map<unknown, Prepared<never>> = new Map();

/** A declared operation, prepared once. For one that is made for a single call use the class. */
export function prepared<Attributes>(operation: Operation<Attributes>): Prepared<Attributes> {
  return (known.get(operation) ?? prepare(operation)) as Prepared<Attributes>;
}

function prepare<Attributes>(operation: Operation<Attributes>): Prepared<never> {
  const made = new Prepared(operation) as unknown as Prepared<never>;
  known.set(operation, made);
  return made;
}

/** Forgets the kernels: another device is in use. */
export function forgetKernels(): void {
  for (const each of known.values()) each.kernel = undefined;
}
