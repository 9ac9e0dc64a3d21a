// Values as the recorded operator cases write them (ops/README.md of the reference values), read as Python's values:
// what calls the API with them translates them by the API rule alone.

import { dtypeByName } from "../../../src/core/dtype.ts";
import { contiguousStrides, Layout } from "../../../src/core/layout.ts";
import { float } from "../../../src/core/python.ts";
import { Storage } from "../../../src/core/storage.ts";
import * as torch from "../../../src/torch/index.ts";
import { callHost, camelCase, readAttribute } from "../python/host.ts";
import { ellipsis, Slice, tuple } from "../python/values.ts";
import { NotCovered } from "../suite.ts";

/** A recorded array. */
export interface ArrayRecord {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
  /** All of its memory in base64; absent where only the form is fixed. */
  readonly data?: string;
  readonly requires_grad?: boolean;
}

/** A recorded value of any kind. */
export type Recorded =
  | null
  | boolean
  | number
  | string
  | ArrayRecord
  | readonly Recorded[]
  | { readonly [key: string]: Recorded };

/** Arguments given by name. */
export type RecordedNames = Readonly<Record<string, Recorded>>;

/** True iff the value is a recorded array. */
export function isArrayRecord(value: unknown): value is ArrayRecord {
  return typeof value === "object" && value !== null && "shape" in value && "dtype" in value;
}

/** What a call is decoded into: its tensors in order of appearance. */
export class Decoder {
  readonly tensors: torch.Tensor[] = [];
  private readonly takesGradients: boolean;

  constructor(takesGradients = true) {
    this.takesGradients = takesGradients;
  }

  /** A recorded value as Python's. */
  value(recorded: Recorded): unknown {
    if (typeof recorded !== "object" || recorded === null) return recorded;
    if (Array.isArray(recorded)) return recorded.map((item: Recorded) => this.value(item));
    if (isArrayRecord(recorded)) return this.tensor(recorded);
    const [[kind, content]] = Object.entries(recorded) as [[string, Recorded]];
    const decode = kinds[kind];
    if (decode === undefined) throw new NotCovered(`a recorded value of the kind ${kind}`);
    return decode(content, this);
  }

  /** Arguments by name. */
  names(recorded: RecordedNames): Map<string, unknown> {
    return new Map(Object.entries(recorded).map(([name, value]) => [name, this.value(value)]));
  }

  private tensor(record: ArrayRecord): torch.Tensor {
    const tensor = tensorOf(record);
    if (this.takesGradients && record.requires_grad) tensor.requiresGrad_(true);
    this.tensors.push(tensor);
    return tensor;
  }
}

/** The tensor of a recorded array, over the recorded memory. */
export function tensorOf({ dtype, shape, strides, offset, data }: ArrayRecord): torch.Tensor {
  const type = dtypeByName(dtype);
  if (type === undefined) throw new NotCovered(`the element type ${dtype}`);
  const bytes = Uint8Array.from(Buffer.from(data ?? "", "base64"));
  const layout = new Layout(type, [...shape], [...(strides ?? contiguousStrides(shape))], offset ?? 0);
  return new torch.Tensor(new Storage(new type.array(bytes.buffer)), layout);
}

/** A number as it is written inside `$float` and `$complex`. */
function numberOf(value: Recorded): number {
  return value === "-0" ? -0 : Number(value);
}

/** `nn.functional.gelu` in the API's namespaces. */
export function namedFunction(path: string): unknown {
  return path.split(".").reduce<unknown>((object, name) => readAttribute(object, name), torch);
}

type Decode = (content: Recorded, decoder: Decoder) => unknown;

const kinds: Readonly<Record<string, Decode>> = {
  $float: (content) => float(numberOf(content)),
  $int: (content) => BigInt(content as string),
  $complex: (content) => {
    const [re, im] = content as readonly [Recorded, Recorded];
    return { re: numberOf(re), im: numberOf(im) };
  },
  $tuple: (content, decoder) => tuple((content as readonly Recorded[]).map((item) => decoder.value(item))),
  $size: (content) => tuple(content as readonly Recorded[]),
  $dict: (content, decoder) => decoder.names(content as RecordedNames),
  $dtype: (content) => {
    const dtype = dtypeByName(content as string);
    if (dtype === undefined) throw new NotCovered(`the element type ${content}`);
    return dtype;
  },
  $memory_format: (content) => Reflect.get(torch, camelCase(content as string)),
  $slice: (content, decoder) =>
    new Slice((content as readonly Recorded[]).map((part) => decoder.value(part))),
  $ellipsis: () => ellipsis,
  $layout: () => "strided",
  $fn: (content) => {
    const found = namedFunction(content as string);
    const isModule = typeof found === "function" && /^class\b/.test(String(found));
    return isModule ? new (found as new () => unknown)() : found;
  },
  $module: (content, decoder) => {
    const { name, args, kwargs } = content as {
      name: string;
      args: readonly Recorded[];
      kwargs: RecordedNames;
    };
    return builtModule(name, args, kwargs, decoder);
  },
};

/** A module of PyTorch's, from its name and what its constructor is given. */
export function builtModule(
  name: string,
  args: readonly Recorded[],
  kwargs: RecordedNames,
  decoder: Decoder,
): unknown {
  const Class = readAttribute(torch.nn, name);
  const positional = args.map((value) => decoder.value(value));
  return callHost(Class, positional, decoder.names(kwargs));
}
