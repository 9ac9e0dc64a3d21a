// What the values of a forward pass are, as far as its source has to know: tensors, lists of them, and numbers.

import { isJsonObject, type ModuleSpec, type StepSpec } from "../../spec.ts";
import { moduleAt } from "../calls.ts";
import type { Call } from "../operations.ts";

/** What a value is. A tuple has a known length; of an item of a list it is not known whether it is there. */
export type Kind =
  | { readonly is: "tensor" }
  | { readonly is: "number" }
  | { readonly is: "list"; readonly of: Kind }
  | { readonly is: "tuple"; readonly of: readonly Kind[] };

export const tensor: Kind = { is: "tensor" };
const number: Kind = { is: "number" };
const list = (of: Kind): Kind => ({ is: "list", of });
const tuple = (...of: Kind[]): Kind => ({ is: "tuple", of });

/** What layers give that give no single tensor. */
const layerKinds: Readonly<Record<string, Kind>> = {
  GRU: tuple(tensor, tensor),
  LSTM: tuple(tensor, tuple(tensor, tensor)),
  LSTMCell: tuple(tensor, tensor),
  MultiheadAttention: tuple(tensor, tensor),
  RNN: tuple(tensor, tensor),
};

/** What functions give that give no single tensor. */
const functionKinds: Readonly<Record<string, Kind>> = {
  chunk: list(tensor),
  meshgrid: list(tensor),
  split: list(tensor),
  tensorSplit: list(tensor),
  unbind: list(tensor),
};

const attributeKinds: Readonly<Record<string, Kind>> = { shape: list(number), ndim: number };

/** What a forward pass gives. */
export function kindOfOutputs(outputs: readonly unknown[], kindOf: (value: unknown) => Kind): Kind {
  return outputs.length === 1 ? kindOf(outputs[0]) : tuple(...outputs.map(kindOf));
}

/** What the call of a module gives. */
export function kindOfModule(root: ModuleSpec, { module }: StepSpec): Kind {
  const spec = moduleAt(root, module!);
  if (spec === undefined) return tensor;
  if (isJsonObject(spec.forward)) {
    const { outputs } = spec.forward as { readonly outputs: readonly unknown[] };
    return kindOfOutputs(outputs, () => tensor);
  }
  return (spec.from === undefined ? layerKinds[spec.type] : undefined) ?? tensor;
}

/** What a call gives. */
export function kindOfCall({ space, name, args }: Call, kindOf: (value: unknown) => Kind): Kind {
  if (space !== "python") {
    if (space === "Tensor" && name === "size") return args.length > 1 ? number : list(number);
    return functionKinds[name] ?? tensor;
  }
  const kinds = args.map(kindOf);
  if (name === "getattr") return attributeKinds[String(args[1])] ?? tensor;
  if (name !== "getitem") {
    if (kinds.some((kind) => kind.is === "tensor")) return tensor;
    return kinds[0]!;
  }
  const [of] = kinds;
  const at = args[1];
  if (of?.is === "list") return typeof at === "number" ? of.of : of;
  if (of?.is !== "tuple") return tensor;
  return typeof at === "number" ? (of.of[at < 0 ? at + of.of.length : at] ?? tensor) : of;
}

/** The type of a value in TypeScript. */
export function typeText(kind: Kind): string {
  if (kind.is === "tensor") return "Tensor";
  if (kind.is === "number") return "number";
  if (kind.is === "list") return `readonly ${typeText(kind.of)}[]`;
  return `[${kind.of.map(typeText).join(", ")}]`;
}
