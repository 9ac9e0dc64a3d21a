// torch.nn: CircularPad, ConstantPad, ReflectionPad, ReplicationPad and ZeroPad over one, two and three axes.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { PyFloat } from "../../core/python.ts";
import type { Tensor } from "../tensor.ts";
import { pad } from "./functional/padding.ts";
import { Module } from "./module.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

/** One length for all borders, or one for each: before and after the last axis, then the one in front of it, ... */
export type BorderSize = number | readonly number[];

type BorderArguments = Signature<[padding: BorderSize], { readonly padding?: BorderSize }>;

/** A border of so many axes. */
function borders(padding: BorderSize, axes: number): readonly number[] {
  return typeof padding === "number" ? new Array<number>(2 * axes).fill(padding) : padding;
}

function boundBorders(name: string, axes: number, args: readonly unknown[]): readonly number[] {
  return borders(bind<{ padding: BorderSize }>(`${name}.__init__`, ["padding"], args, {}).padding, axes);
}

/** A border that is taken from the input. */
class SourcePad extends Module {
  readonly padding: readonly number[];
  private readonly mode: "reflect" | "replicate" | "circular";

  constructor(
    name: string,
    axes: number,
    mode: "reflect" | "replicate" | "circular",
    args: readonly unknown[],
  ) {
    super();
    this.padding = boundBorders(`${name}Pad${axes}d`, axes, args);
    this.mode = mode;
  }

  override forward(input: Tensor): Tensor {
    if (this.mode === "circular") this.checkRank(input.layout.rank);
    return pad(input, this.padding, this.mode);
  }

  private checkRank(rank: number): void {
    const axes = this.padding.length / 2;
    if (rank === axes + 1 || rank === axes + 2) return;
    throw new ValueError(`expected ${axes + 1}D or ${axes + 2}D input (got ${rank}D input)`);
  }

  override extraRepr(): string {
    return settingText(this.padding);
  }
}

/** A border of the other end around one axis (torch.nn.CircularPad1d). */
export class CircularPad1d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Circular", 1, "circular", args);
  }
}

/** A border of the other end around two axes (torch.nn.CircularPad2d). */
export class CircularPad2d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Circular", 2, "circular", args);
  }
}

/** A border of the other end around three axes (torch.nn.CircularPad3d). */
export class CircularPad3d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Circular", 3, "circular", args);
  }
}

/** A border of the mirror image around one axis (torch.nn.ReflectionPad1d). */
export class ReflectionPad1d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Reflection", 1, "reflect", args);
  }
}

/** A border of the mirror image around two axes (torch.nn.ReflectionPad2d). */
export class ReflectionPad2d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Reflection", 2, "reflect", args);
  }
}

/** A border of the mirror image around three axes (torch.nn.ReflectionPad3d). */
export class ReflectionPad3d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Reflection", 3, "reflect", args);
  }
}

/** A border of the outermost element around one axis (torch.nn.ReplicationPad1d). */
export class ReplicationPad1d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Replication", 1, "replicate", args);
  }
}

/** A border of the outermost element around two axes (torch.nn.ReplicationPad2d). */
export class ReplicationPad2d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Replication", 2, "replicate", args);
  }
}

/** A border of the outermost element around three axes (torch.nn.ReplicationPad3d). */
export class ReplicationPad3d extends SourcePad {
  constructor(...args: BorderArguments) {
    super("Replication", 3, "replicate", args);
  }
}

interface ConstantBound {
  readonly padding: BorderSize;
  readonly value: Numeric;
}

type ConstantArguments = Signature<[padding: BorderSize, value: Numeric], Partial<ConstantBound>>;

/** A border of one value. */
class ConstantPad extends Module {
  readonly padding: readonly number[];
  readonly value: Numeric;

  constructor(axes: number, args: readonly unknown[]) {
    super();
    const names = ["padding", "value"] as const;
    const bound = bind<ConstantBound>(`ConstantPad${axes}d.__init__`, names, args, {});
    this.padding = borders(bound.padding, axes);
    this.value = bound.value;
  }

  override forward(input: Tensor): Tensor {
    return pad(input, this.padding, "constant", Number(this.value));
  }

  override extraRepr(): string {
    return settingsText({ padding: this.padding, value: this.value });
  }
}

/** A border of one value around one axis (torch.nn.ConstantPad1d). */
export class ConstantPad1d extends ConstantPad {
  constructor(...args: ConstantArguments) {
    super(1, args);
  }
}

/** A border of one value around two axes (torch.nn.ConstantPad2d). */
export class ConstantPad2d extends ConstantPad {
  constructor(...args: ConstantArguments) {
    super(2, args);
  }
}

/** A border of one value around three axes (torch.nn.ConstantPad3d). */
export class ConstantPad3d extends ConstantPad {
  constructor(...args: ConstantArguments) {
    super(3, args);
  }
}

/** A border of zeros around one axis (torch.nn.ZeroPad1d). */
export class ZeroPad1d extends ConstantPad {
  constructor(...args: BorderArguments) {
    super(1, [boundBorders("ZeroPad1d", 1, args), new PyFloat(0)]);
  }

  override extraRepr(): string {
    return settingText(this.padding);
  }
}

/** A border of zeros around two axes (torch.nn.ZeroPad2d). */
export class ZeroPad2d extends ConstantPad {
  constructor(...args: BorderArguments) {
    super(2, [boundBorders("ZeroPad2d", 2, args), new PyFloat(0)]);
  }

  override extraRepr(): string {
    return settingText(this.padding);
  }
}

/** A border of zeros around three axes (torch.nn.ZeroPad3d). */
export class ZeroPad3d extends ConstantPad {
  constructor(...args: BorderArguments) {
    super(3, [boundBorders("ZeroPad3d", 3, args), new PyFloat(0)]);
  }

  override extraRepr(): string {
    return settingText(this.padding);
  }
}
