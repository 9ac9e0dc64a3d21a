// Execution providers: what an ONNX Runtime library runs graphs on, besides the processor, by option. Most are asked for
// through one function by their name; those of NVIDIA have options of their own.

import { RuntimeError, ValueError } from "../core/errors.ts";
import type { Functions, Pointer } from "./interface.ts";
import { type AddressOf, texts } from "./memory.ts";

/** A provider with its options, by ONNX Runtime's names for them: `{ name: "CUDA", options: { device_id: "1" } }`. */
export interface ProviderOptions {
  readonly name: string;
  readonly options?: Readonly<Record<string, string>>;
}

/** A provider: its name (as `getProviders` gives it, upper and lower case alike), or its name and options. */
export type Provider = string | ProviderOptions;

/** What is always there, last. */
export const processor = "CPU";

const suffix = "ExecutionProvider";

/** A provider's name without what all have: "CUDAExecutionProvider" is "CUDA". */
export const shortName = (name: string): string =>
  name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;

/** What the library's function for all of them calls a provider, where that is not the short name. */
const otherNames: Readonly<Record<string, string>> = {
  Dml: "DML",
  Xnnpack: "XNNPACK",
  WebNN: "WEBNN",
  Azure: "AZURE",
  NvTensorRTRTX: "NvTensorRtRtx",
};

/** The functions of a provider that has options of its own. */
interface OwnFunctions {
  readonly create: (functions: Functions, out: BigUint64Array) => Pointer;
  readonly update: "updateCudaOptions" | "updateTensorRtOptions";
  readonly append: "appendCuda" | "appendTensorRt";
  readonly release: "releaseCudaOptions" | "releaseTensorRtOptions";
}

const own: Readonly<Record<string, OwnFunctions>> = {
  CUDA: {
    create: (functions, out) => functions.createCudaOptions(out),
    update: "updateCudaOptions",
    append: "appendCuda",
    release: "releaseCudaOptions",
  },
  Tensorrt: {
    create: (functions, out) => functions.createTensorRtOptions(out),
    update: "updateTensorRtOptions",
    append: "appendTensorRt",
    release: "releaseTensorRtOptions",
  },
};

/** Providers that need what results within a graph lie in not to be planned. */
const withoutPattern: readonly string[] = ["Dml"];

/** A provider that was asked for and that the library has. */
export interface ChosenProvider {
  /** The library's name for it, without "ExecutionProvider". */
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

/**
 * The providers that are asked for, by the library's names.
 * @param available short names of those that the library has
 * @throws ValueError naming one that it has not and those that it has, or options that one has not
 */
export function chosenProviders(
  asked: readonly Provider[],
  available: readonly string[],
  library: string,
): ChosenProvider[] {
  return asked.map((one) => {
    const { name, options = {} } = typeof one === "string" ? { name: one } : one;
    const wanted = shortName(name).toLowerCase();
    const found = available.find((other) => other.toLowerCase() === wanted);
    if (found === processor && Object.keys(options).length > 0) {
      throw new ValueError(`the execution provider CPU has no options: ${Object.keys(options).join(", ")}`);
    }
    if (found !== undefined) return { name: found, options };
    throw new ValueError(
      `ONNX Runtime at ${library} has no execution provider ${name}; it has: ${available.join(", ")}. ` +
        "A library that has it can be named by the option `library`",
    );
  });
}

/** True iff one of them cannot have its memory planned. */
export const needsNoPattern = (providers: readonly ChosenProvider[]): boolean =>
  providers.some(({ name }) => withoutPattern.includes(name));

/**
 * Adds a provider to a session's options. The processor needs none: it does what no other takes.
 * @throws RuntimeError in the library's words where it does not work here
 */
export function appendProvider(
  functions: Functions,
  made: Pointer,
  provider: ChosenProvider,
  check: (status: Pointer) => void,
  addressOf: AddressOf,
): void {
  if (provider.name === processor) return;
  try {
    append(functions, made, provider, check, addressOf);
  } catch (error) {
    throw new RuntimeError(
      `the execution provider ${provider.name} does not work here: ${(error as Error).message.trim()}. Its own library lies ` +
        "beside ONNX Runtime's (of onnxruntime-node, its install script fetches it), and needs those of the device",
    );
  }
}

function append(
  functions: Functions,
  made: Pointer,
  { name, options }: ChosenProvider,
  check: (status: Pointer) => void,
  addressOf: AddressOf,
): void {
  const keys = texts(Object.keys(options), addressOf);
  const values = texts(Object.values(options), addressOf);
  const count = keys.kept.length;
  const functionsOf = own[name];
  if (functionsOf === undefined) {
    const other = otherNames[name] ?? name;
    check(functions.appendProvider(made, other, keys.addresses, values.addresses, count));
    return;
  }
  const out = new BigUint64Array(1);
  check(functionsOf.create(functions, out));
  const providerOptions = Number(out[0]);
  try {
    if (count > 0)
      check(functions[functionsOf.update](providerOptions, keys.addresses, values.addresses, count));
    check(functions[functionsOf.append](made, providerOptions));
  } finally {
    functions[functionsOf.release](providerOptions);
  }
}
