// Settings of optimizers: how they are read, checked in PyTorch's words, and printed.

import { PythonError, RuntimeError, ValueError } from "../../core/errors.ts";
import { snakeCase } from "../../core/names.ts";
import { PyFloat } from "../../core/python.ts";
import { floatRepr, stringRepr } from "../../core/text.ts";
import { type Numeric, settingText } from "../nn/text.ts";
import { Tensor } from "../tensor.ts";

/** A learning rate as it may be given: a number, or a tensor of one element, of which the value is taken. */
export type Rate = Numeric | Tensor;

/** Settings that choose among implementations in PyTorch. There is one here, so they change no number. */
export interface Implementation {
  /** PyTorch's update of many tensors at once. */
  foreach: boolean | null;
  maximize: boolean;
  /** Whether steps may be captured in a graph of a GPU; without a GPU a step refuses it. */
  capturable: boolean;
  /** Whether a step is recorded for gradients. */
  differentiable: boolean;
}

/** A setting as a group holds it: Python's floats, and tensors of one element, become numbers. */
export function plainSetting(value: unknown): unknown {
  if (value instanceof PyFloat) return value.value;
  if (value instanceof Tensor) return value.numel() === 1 ? Number(value.item()) : value;
  return Array.isArray(value) ? Array.from(value, plainSetting) : value;
}

/** True iff a setting was given as a Python float, so that it prints as one even when it is whole. */
export function isFloatSetting(value: unknown): boolean {
  return value instanceof PyFloat || (Array.isArray(value) && value.some(isFloatSetting));
}

/** `    name: value` of a group's settings, in order of their names, as PyTorch prints a group. */
export function groupLines(group: object, floats: ReadonlySet<string>): string[] {
  return Object.entries(group)
    .filter(([name]) => name !== "params")
    .map(([name, value]) => [snakeCase(name), shownSetting(name, value, floats)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `    ${name}: ${text}`);
}

function shownSetting(name: string, value: unknown, floats: ReadonlySet<string>): string {
  if (name === "paramNames") return `[${(value as string[]).map(stringRepr).join(", ")}]`;
  if (typeof value === "string") return value;
  if (!floats.has(name)) return settingText(value);
  if (Array.isArray(value)) return settingText(value.map((item) => new PyFloat(item as number)));
  return typeof value === "number" ? floatRepr(value) : settingText(value);
}

/** @throws ValueError in PyTorch's words for a setting below zero, or that is no number */
export function checkNotNegative(what: string, value: Numeric): void {
  if (!(Number(value) >= 0)) throw new ValueError(`Invalid ${what}: ${settingText(value)}`);
}

/** @throws ValueError in the words of the newer optimizers for a setting below zero */
export function checkAtLeastZero(what: string, value: Numeric): void {
  if (!(Number(value) >= 0)) throw new ValueError(`${what} should be >= 0 but is: ${settingText(value)}`);
}

/** @throws ValueError for a learning rate that is a tensor of several elements, or below zero */
export function checkLearningRate(
  lr: Rate,
  check: (what: string, value: Numeric) => void = checkNotNegative,
  what = "learning rate",
): void {
  if (lr instanceof Tensor && lr.numel() !== 1) throw new ValueError("Tensor lr must be 1-element");
  check(what, lr instanceof Tensor ? Number(lr.item()) : lr);
}

/** @throws ValueError unless both coefficients of running averages are in [0, 1) */
export function checkBetas(betas: readonly Rate[]): void {
  betas.forEach((beta, i) => {
    const value = beta instanceof Tensor ? Number(beta.item()) : Number(beta);
    if (value >= 0 && value < 1) return;
    throw new ValueError(`Invalid beta parameter at index ${i}: ${settingText(beta)}`);
  });
}

/** @throws RuntimeError for implementations that PyTorch does not have together */
export function checkFused(settings: {
  readonly fused: boolean | null;
  readonly foreach: boolean | null;
  readonly differentiable: boolean;
}): void {
  if (!settings.fused) return;
  if (settings.differentiable) throw new RuntimeError("`fused` does not support `differentiable`");
  if (settings.foreach) throw new RuntimeError("`fused` and `foreach` cannot be `True` together.");
}

/** @throws AssertionError where a group asks for steps that a graph of a GPU can hold */
export function refuseCapturable(group: { readonly capturable?: boolean }): void {
  if (!group.capturable) return;
  throw new PythonError(
    "AssertionError",
    "If capturable=True, params and state_steps must be on supported devices: " +
      "['cuda', 'xpu', 'hpu', 'privateuseone', 'xla'].",
  );
}
