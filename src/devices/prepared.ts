// An operation as it is run. Declarations are objects of many shapes, and reading one at each run costs more than a small
// operation itself: what runs need of them is brought into objects of one.

import type { DType } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import type { Layout } from "../core/layout.ts";
import type { Gradient, GradientKernel, Kernel, Operation } from "../core/op.ts";

/** An operation remembers the layouts of so many results: two to the power of this. */
const knownBits = 6;

/**
 * Where layouts of these places are remembered. Networks have sizes that go together, which a sum of the places would bring
 * to one: factors that mix all bits, and the highest of what they give (Knuth, The Art of Computer Programming 3, 6.4).
 */
function placeOf(first: number, second: number): number {
  return (Math.imul(first, 0x9e3779b1) + Math.imul(second, 0x85ebca6b)) >>> (32 - knownBits);
}

/** The layouts of an operation's results, by those of its operands; what there is no operand for is undefined. */
interface Inference {
  readonly first: Layout;
  readonly second: Layout | undefined;
  readonly third: Layout | undefined;
  readonly results: readonly Layout[];
}

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
  /** The kernel for less work than `least`, which is the product of the sizes of the first operand and the first result. */
  small: Kernel<Attributes> | undefined = undefined;
  least = 0;
  /** What computes the gradient in one go; null where nothing does, undefined until it is first asked for. */
  gradientKernel: GradientKernel<Attributes> | null | undefined = undefined;
  /** True iff the results' layouts follow from the operands' alone: a function of two parameters reads no attributes. */
  private readonly infersAlone: boolean;
  private readonly inferences: (Inference | undefined)[] = [];

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
    this.infersAlone = infer.length < 3;
  }

  /**
   * The layouts of the results. Those for row-major operands of shapes met lately are known.
   * @param dtype the first operand's type
   */
  resultLayouts(operands: readonly Operand[], dtype: DType, attributes: Attributes): readonly Layout[] {
    const count = operands.length;
    const first = operands[0]!.layout;
    if (!this.infersAlone || count > 3 || first.place < 0)
      return this.infer(layoutsOf(operands), dtype, attributes);
    const second = count > 1 ? operands[1]!.layout : undefined;
    const third = count > 2 ? operands[2]!.layout : undefined;
    // What is not row-major is mostly made for one call.
    if (second !== undefined && second.place < 0) return this.infer(layoutsOf(operands), dtype, attributes);
    const place = placeOf(first.place, second === undefined ? 0 : second.place);
    const known = this.inferences[place];
    if (known !== undefined && known.first === first && known.second === second && known.third === third)
      return known.results;
    const results = this.infer(layoutsOf(operands), dtype, attributes);
    this.inferences[place] = { first, second, third, results };
    return results;
  }
}

function layoutsOf(operands: readonly Operand[]): Layout[] {
  const layouts = new Array<Layout>(operands.length);
  for (let i = 0; i < layouts.length; i++) layouts[i] = operands[i]!.layout;
  return layouts;
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
  for (const each of known.values()) {
    each.kernel = undefined;
    each.small = undefined;
    each.least = 0;
    each.gradientKernel = undefined;
  }
}
