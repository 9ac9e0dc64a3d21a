// Sessions of one operation each, made when they are first asked for: by the operation, its attributes, its operands' element
// types, ranks and orders of axes. Lengths are known when they run, but where a lowering depends on them.

import { DType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { type Lowering, UnknownLength } from "../lowering/index.ts";
import { settingsFor } from "../onnx/faults.ts";
import { GraphBuilder, type GraphValue, type Length, type ResultType } from "../onnx/graph.ts";
import type { Runtime, Session, SessionOptions, Texts } from "./runtime.ts";

/** What an operand or a result is, as far as a session is made for it. */
export interface Form {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly order: readonly number[] | undefined;
}

/** A session with the names of what it takes and gives. */
export interface OperationSession {
  readonly session: Session;
  readonly inputNames: Texts;
  readonly outputNames: Texts;
}

/** An operation that is to be lowered. */
export interface Asked {
  readonly name: string;
  readonly attributes: unknown;
  readonly lowering: Lowering<never>;
  readonly inputs: readonly Form[];
  readonly outputs: readonly Form[];
}

const orderText = (order: readonly number[] | undefined): string =>
  order === undefined ? "" : order.join("");

const formText = ({ dtype, shape, order }: Form): string => `${dtype.name}${shape.length}${orderText(order)}`;

/** What JSON does not tell apart, as a text that no attribute has: element types, bigints, and numbers that it has not. */
function told(_name: string, value: unknown): unknown {
  if (value instanceof DType) return `dtype ${value.name}`;
  if (Object.is(value, -0)) return "number -0";
  const isLost = typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value));
  return isLost ? `${typeof value} ${value}` : value;
}

const attributesText = (attributes: unknown): string =>
  attributes === undefined ? "" : JSON.stringify(attributes, told);

/** So many sessions are kept: programs have tens of operations, attributes and ranks that differ; lengths seldom count. */
const mostKept = 256;

/** What is known of an operation in a form: its session, or why there is none, or that there is one for each shape. */
type Entry = OperationSession | string | typeof byShape;
const byShape = Symbol("by shape");

/** Sessions of operations, of one runtime. Beyond so many, the one that was used the longest ago is released. */
export class OperationSessions {
  private readonly runtime: Runtime;
  private readonly options: SessionOptions;
  private readonly most: number;
  /** What was used last is last, as far as it matters. */
  private readonly known: Map<string, Entry> = new Map();

  /** @param options those of all its sessions; @param most so many are kept */
  constructor(runtime: Runtime, options: SessionOptions = {}, most: number = mostKept) {
    this.runtime = runtime;
    // There is one set of intermediate results at a time: their memory is one.
    this.options = { sharedArena: true, ...options };
    this.most = most;
  }

  /** Why there are no sessions, by the form; as far back as is known. */
  get refused(): ReadonlyMap<string, string> {
    const entries = [...this.known].filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return new Map(entries);
  }

  /** The session for an operation; where ONNX or the library has none, why. */
  find(asked: Asked): OperationSession | string {
    const { name, attributes, inputs, outputs } = asked;
    const form = `${name} ${attributesText(attributes)} ${inputs.map(formText).join()} ${outputs.map(formText).join()}`;
    const found = this.recall(form) ?? this.keep(form, this.madeForAll(asked));
    if (found !== byShape) return found;
    const key = `${form} ${shapesText(asked)}`;
    // Lengths are all known.
    return (this.recall(key) ?? this.keep(key, this.make(asked, true))) as OperationSession | string;
  }

  private recall(key: string): Entry | undefined {
    const entry = this.known.get(key);
    // Long before anything has to go, the order need not be kept.
    if (entry !== undefined && this.known.size > this.most / 2) {
      this.known.delete(key);
      this.known.set(key, entry);
    }
    return entry;
  }

  private keep(key: string, entry: Entry): Entry {
    this.known.set(key, entry);
    if (this.known.size > this.most) {
      const [oldest, other] = this.known.entries().next().value!;
      this.known.delete(oldest);
      release(other);
    }
    return entry;
  }

  /** A session for all lengths, if there can be one. */
  private madeForAll(asked: Asked): Entry {
    try {
      return this.make(asked, false);
    } catch (error) {
      if (error instanceof UnknownLength) return byShape;
      throw error;
    }
  }

  /** @returns the session, or why there is none */
  private make(asked: Asked, isFixed: boolean): OperationSession | string {
    const graph = new GraphBuilder();
    const inputs = asked.inputs.map((form, i) => placed(graph, form, i, isFixed));
    const results = asked.outputs.map(
      ({ dtype, shape }, i): ResultType => ({ dtype, shape: lengths(`result${i}`, shape, isFixed) }),
    );
    const attributes = asked.attributes as never;
    const values = asked.lowering({ graph, inputs, attributes, results });
    if (values === undefined) return "ONNX has no nodes for it";
    const outputNames = values.map((value, i) => {
      graph.output(`y${i}`, value);
      return `y${i}`;
    });
    const inputNames = inputs.map((_, i) => `x${i}`);
    try {
      const model = graph.model(asked.name);
      const session = this.runtime.session(model, {
        ...this.options,
        settings: { ...this.options.settings, ...settingsFor(model, graph.types) },
      });
      return {
        session,
        inputNames: this.runtime.names(inputNames),
        outputNames: this.runtime.names(outputNames),
      };
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      // No kernel for these element types: the device below does the work.
      return error.message;
    }
  }

  /** Releases all sessions. */
  release(): void {
    for (const entry of this.known.values()) release(entry);
    this.known.clear();
  }
}

function release(entry: Entry): void {
  if (typeof entry === "object") entry.session.release();
}

const shapesText = ({ inputs, outputs }: Asked): string =>
  [...inputs, ...outputs].map(({ shape }) => shape.join("x")).join();

/** Lengths as they are, or as names. A length of 1 may be stretched, which is known beforehand only where it is written. */
const lengths = (name: string, shape: readonly number[], isFixed: boolean): Length[] =>
  shape.map((length, axis) => (isFixed ? length : `${name}_${axis}`));

/** An input of the graph with its axes in the operand's order. */
function placed(graph: GraphBuilder, { dtype, shape, order }: Form, i: number, isFixed: boolean): GraphValue {
  const value = graph.input(`x${i}`, dtype, lengths(`length${i}`, shape, isFixed));
  if (order === undefined) return value;
  const turned = order.map((place) => value.shape[place]!);
  const perm = dtype.kind === "complex" ? [...order, order.length] : order;
  return graph.node("Transpose", [value], { dtype, shape: turned }, { perm });
}
