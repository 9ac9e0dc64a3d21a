// What an operation is. Each is declared once, in `src/ops`: its name, how its operands' types meet, the layout of
// its results, and its gradient in terms of other operations. Devices hold the kernels; faces own the promotion.

import type { DType } from "./dtype.ts";
import type { Operand } from "./elements.ts";
import type { Layout } from "./layout.ts";

/**
 * How the operands' element types meet before the kernel runs. The faces read this and apply their own tables.
 *
 * - `none`: the operands keep their types
 * - `common`: all become their common type
 * - `float`: as `common`, and integers and bool become a floating type
 */
export type Promotion = "none" | "common" | "float";

/** What a gradient is given, over any kind of value that operations can run on. */
export interface GradientContext<Value extends Operand, Attributes> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** One for each output; undefined where nothing flows. At least one is there. */
  readonly grads: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  /** True iff the gradient of that input is asked for. */
  needs(input: number): boolean;
  /** Runs an operation, recorded like any other, so that gradients of gradients follow. A number is a scalar operand. */
  readonly run: Run<Value>;
}

/** Runs an operation and gives its first output. */
export type Run<Value extends Operand> = <A>(
  operation: Operation<A>,
  inputs: readonly (Value | number)[],
  ...attributes: A extends undefined ? [attributes?: undefined] : [attributes: A]
) => Value;

/**
 * Gradients of the inputs, in order; undefined where none is asked or there is none. A gradient of a shape that
 * the input was stretched to is summed back by whoever called.
 */
export type Gradient<Attributes> = <Value extends Operand>(
  context: GradientContext<Value, Attributes>,
) => readonly (Value | undefined)[];

/**
 * A whole gradient in one go, for little work that nothing is to be recorded of. It does what the operation's `gradient` does.
 * @param make makes a result that is then written
 * @returns undefined, with nothing done, for operands that it is not made for
 */
export type GradientKernel<Attributes> = <Value extends Operand>(
  context: Omit<GradientContext<Value, Attributes>, "run">,
  make: (layout: Layout) => Value,
) => readonly (Value | undefined)[] | undefined;

/** Values that the gradient reads: writing to one in place before backward is an error. */
export interface SavedValues {
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
}

/** The declaration of an operation. */
export interface Operation<Attributes = undefined> {
  /** The name under which device tables hold its kernel. */
  readonly name: string;
  /** PyTorch's name of the node in the graph of gradients, without the trailing `Backward0`: "Add". */
  readonly label: string;
  readonly promotion: Promotion;
  /**
   * The layouts of the outputs.
   * @param dtype the type that the operands met in (of the first operand where `promotion` is `none`)
   */
  readonly infer: (inputs: readonly Layout[], dtype: DType, attributes: Attributes) => readonly Layout[];
  /** For a view: the layout over the first input's storage. Then there is no kernel, and `infer` is not called. */
  readonly view?: (input: Layout, attributes: Attributes) => Layout;
  readonly gradient?: Gradient<Attributes>;
  readonly saves?: SavedValues;
  /** True iff each element of a result is made of the operands' elements at its own place alone, once they are stretched. */
  readonly isElementwise?: boolean;
  /** True iff each step of the gradient is rounded to a half type, as PyTorch has it; else it is computed in float32. */
  readonly roundsSteps?: boolean;
}

/** The attributes of an operation. */
export type AttributesOf<T> = T extends Operation<infer A> ? A : never;

/** Computes the outputs, which are given and may share memory with nothing else, from the inputs. */
export type Kernel<Attributes> = (
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: Attributes,
) => void;
