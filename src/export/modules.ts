// Modules as descriptions: layers of torch.nn with their arguments, containers with what they hold, modules of other
// classes with what they hold and the forward pass that was seen of them.

import { isLayerOf, specOfModule } from "../port/model/describe.ts";
import { DescribedModule } from "../port/model/described.ts";
import type { EntrySpec, ForwardSpec, ModuleSpec } from "../port/spec.ts";
import { nn, type Tensor } from "../torch/index.ts";

const containers: readonly (readonly [name: string, Class: abstract new (...args: never) => nn.Module])[] = [
  ["Sequential", nn.Sequential],
  ["ModuleList", nn.ModuleList],
  ["ModuleDict", nn.ModuleDict],
];

/** The container of torch.nn that a module is, or that its class only extends; undefined for any other. */
export function containerKind(module: nn.Module): string | undefined {
  const [name, Class] = containers.find(([, each]) => module instanceof each) ?? [];
  if (name === undefined || Class === undefined) return undefined;
  const isPlain = module._parameters.size === 0 && module._buffers.size === 0;
  return isPlain && module.forward === (Class.prototype as nn.Module).forward ? name : undefined;
}

/** True iff the module is a layer of torch.nn, whose forward pass PyTorch has. */
export const isTorchLayer = (module: nn.Module): boolean =>
  isLayerOf(module) && containerKind(module) === undefined;

const classNameOf = (module: nn.Module): string =>
  "printedName" in module && typeof module.printedName === "string"
    ? module.printedName
    : module.constructor.name;

/** What is seen of a module's call: its forward pass, and the tensors that it reads besides. */
export interface Derived {
  readonly forward: ForwardSpec;
  readonly constants: ReadonlyMap<string, Tensor>;
}

const entryOf = ({ shape, dtype }: Tensor): EntrySpec => ({ shape: [...shape], dtype: dtype.name });

function entriesOf(module: nn.Module, constants: ReadonlyMap<string, Tensor>): Partial<ModuleSpec> {
  const parameters = [...module._parameters].flatMap(([name, each]) =>
    each === null ? [] : [[name, entryOf(each)] as const],
  );
  const buffers = [...module._buffers].flatMap(([name, each]) => {
    if (each === null) return [];
    const persistent = module._nonPersistentBuffers.has(name) ? { persistent: false } : {};
    return [[name, { ...entryOf(each), ...persistent }] as const];
  });
  for (const [name, each] of constants) buffers.push([name, { ...entryOf(each), persistent: false }]);
  return {
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    ...(buffers.length === 0 ? {} : { buffers: Object.fromEntries(buffers) }),
  };
}

/**
 * The description of a model.
 * @param derivedOf what was seen of a module; undefined where it was not called
 * @throws ValueError for a layer that does not tell what it was made with
 */
export function describeModule(
  module: nn.Module,
  derivedOf: (module: nn.Module) => Derived | undefined,
  path = "model",
): ModuleSpec {
  if (isTorchLayer(module)) return specOfModule(module, path);
  // Fields become children when they are asked for.
  [...module.children()];
  const children = [...module._modules].flatMap(([name, child]) =>
    child === null ? [] : [[name, describeModule(child, derivedOf, `${path}.${name}`)] as const],
  );
  const below = children.length === 0 ? {} : { children: Object.fromEntries(children) };
  const kind = containerKind(module);
  if (kind !== undefined && !(module instanceof DescribedModule)) {
    const type = classNameOf(module);
    return type === kind ? { type, ...below } : { type, from: "model", extends: kind, ...below };
  }
  const derived = derivedOf(module);
  return {
    type: classNameOf(module),
    from: "model",
    ...entriesOf(module, derived?.constants ?? new Map()),
    ...below,
    ...(derived === undefined ? {} : { forward: derived.forward }),
  };
}
