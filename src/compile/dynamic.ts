// One program for all sizes: traces of it for several sizes are laid beside one another, and whatever number is not the same in
// all of them is a length that depends on the sizes.

import { NotImplementedError } from "../core/errors.ts";
import { sizelessAttributes } from "../lowering/index.ts";
import type { Length } from "../onnx/graph.ts";
import type { Lengths } from "./expressions.ts";
import { type Computation, inputsOf, type Maker, type Value, type View } from "./program.ts";
import { sameValue } from "./trace.ts";

/** Programs laid beside one another. */
export class DynamicProgram {
  readonly lengths: Lengths;
  private readonly shapes: Map<Value, readonly Length[]> = new Map();
  private readonly numbers: Map<View, readonly (readonly Length[])[]> = new Map();
  /** For each value of the first program the values of all. */
  private readonly same: Map<Value, readonly Value[]> = new Map();

  /**
   * @param wanted for each trial the values that are wanted
   * @throws NotImplementedError naming what depends on the sizes in a way that a graph cannot
   */
  constructor(lengths: Lengths, wanted: readonly (readonly Value[])[]) {
    this.lengths = lengths;
    if (wanted.some(({ length }) => length !== wanted[0]!.length)) {
      throw new NotImplementedError(
        "how many tensors the module gives depends on a dynamic length: leave the axis out of dynamic",
      );
    }
    const waiting = wanted[0]!.map((_, i) => wanted.map((values) => values[i]!));
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const known = this.same.get(next[0]!);
      if (known?.every((value, i) => value === next![i]) === true) continue;
      // One value for one size that is two for another: sizes that mean different things came out equal.
      if (known !== undefined) throw differs(next[0]!.maker);
      this.learn(next);
      const inputs = next.map(({ maker }) => inputsOf(maker));
      if (inputs.some(({ length }) => length !== inputs[0]!.length)) throw differs(next[0]!.maker);
      inputs[0]!.forEach((_, i) => {
        waiting.push(inputs.map((each) => each[i]!));
      });
    }
  }

  /** The lengths of a value of the first program. */
  shapeOf(value: Value): readonly Length[] {
    return this.shapes.get(value) ?? value.shape;
  }

  /** The numbers of a view of the first program. */
  numbersOf(view: View): readonly (readonly Length[])[] {
    return this.numbers.get(view) ?? view.numbers;
  }

  /** A value in all programs, of one of the first. */
  inAll(value: Value): readonly Value[] {
    return this.same.get(value) ?? [value];
  }

  private learn(values: readonly Value[]): void {
    const [first] = values;
    if (values.some(({ shape, dtype }) => shape.length !== first!.shape.length || dtype !== first!.dtype))
      throw differs(first!.maker);
    this.same.set(first!, values);
    this.shapes.set(
      first!,
      first!.shape.map((_, axis) => this.lengths.of(values.map(({ shape }) => shape[axis]!))),
    );
    const makers = values.map(({ maker }) => maker);
    const { maker } = first!;
    if (maker.kind === "view") this.learnView(maker, makers);
    else if (maker.kind === "computation") checkComputation(maker, makers);
    else if (makers.some((each) => each.kind !== "input" || each.slot !== maker.slot)) throw differs(maker);
  }

  private learnView(first: View, makers: readonly Maker[]): void {
    const views = makers.map((maker) => {
      if (maker.kind !== "view" || maker.name !== first.name) throw differs(first);
      return maker;
    });
    const numbers = first.numbers.map((list, i) => {
      const lists = views.map((view) => view.numbers[i]!);
      if (lists.some(({ length }) => length !== list.length)) throw differs(first);
      return list.map((_, place) => this.lengths.of(lists.map((each) => each[place]!)));
    });
    this.numbers.set(first, numbers);
  }
}

/** A computation's attributes, those that hold lengths said without them. */
export function attributesOf({ name, attributes, inputs }: Computation): unknown {
  const sizeless = sizelessAttributes.get(name);
  if (sizeless === undefined) return attributes;
  return sizeless(
    attributes as never,
    inputs.map(({ shape }) => shape),
  );
}

function checkComputation(first: Computation, makers: readonly Maker[]): void {
  for (const maker of makers) {
    if (maker.kind !== "computation" || maker.name !== first.name) throw differs(first);
    if (!sameValue(attributesOf(maker), attributesOf(first))) throw differs(first);
  }
}

function differs(maker: Maker): NotImplementedError {
  const path = maker.kind === "input" || maker.path === "" ? "" : ` in the module "${maker.path}"`;
  const what = maker.kind === "input" ? "what is read" : `"${maker.name}"`;
  return new NotImplementedError(
    `${what}${path} depends on a dynamic length in a way that one graph cannot express: leave the axis out of "dynamic", and ` +
      "there is a graph for each of its lengths",
  );
}
