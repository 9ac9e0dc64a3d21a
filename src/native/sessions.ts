// Sessions of one operation each, made when they are first asked for: by the operation, its attributes, its operands' element
// types, ranks and orders of axes. Lengths are known when they run, but where a lowering depends on them.

import { DType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { type Lowering, UnknownLength } from "../lowering/index.ts";
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

/** Sessions of operations, of one runtime. */
export class OperationSessions {
  private readonly runtime: Runtime;
  private readonly options: SessionOptions;
  /** Null where there is none: the operation is not to be had in this form. */
  private readonly made: Map<string, OperationSession | null> = new Map();
  /** Forms whose sessions are for one shape only. */
  private readonly fixed: Set<string> = new Set();
  /** Why there is no session, by the form. */
  readonly refused: Map<string, string> = new Map();

  /** @param options those of all its sessions */
  constructor(runtime: Runtime, options: SessionOptions = {}) {
    this.runtime = runtime;
    this.options = options;
  }

  /** The session for an operation; where ONNX or the library has none, why. */
  find(asked: Asked): OperationSession | string {
    const { name, attributes, inputs, outputs } = asked;
    const form = `${name} ${attributesText(attributes)} ${inputs.map(formText).join()} ${outputs.map(formText).join()}`;
    const isFixed = this.fixed.has(form);
    const key = isFixed ? `${form} ${shapesText(asked)}` : form;
    const found = this.made.get(key);
    if (found !== undefined) return found ?? this.refused.get(key)!;
    if (isFixed) return this.keep(key, asked, true);
    try {
      return this.keep(form, asked, false);
    } catch (error) {
      if (!(error instanceof UnknownLength)) throw error;
      this.fixed.add(form);
      return this.find(asked);
    }
  }

  private keep(key: string, asked: Asked, isFixed: boolean): OperationSession | string {
    const session = this.make(key, asked, isFixed) ?? null;
    this.made.set(key, session);
    return session ?? this.refused.get(key)!;
  }

  private make(key: string, asked: Asked, isFixed: boolean): OperationSession | undefined {
    const graph = new GraphBuilder();
    const inputs = asked.inputs.map((form, i) => placed(graph, form, i, isFixed));
    const results = asked.outputs.map(
      ({ dtype, shape }, i): ResultType => ({ dtype, shape: lengths(`result${i}`, shape, isFixed) }),
    );
    const attributes = asked.attributes as never;
    const values = asked.lowering({ graph, inputs, attributes, results });
    if (values === undefined) {
      this.refused.set(key, "ONNX has no nodes for it");
      return undefined;
    }
    const outputNames = values.map((value, i) => {
      graph.output(`y${i}`, value);
      return `y${i}`;
    });
    const inputNames = inputs.map((_, i) => `x${i}`);
    try {
      const session = this.runtime.session(graph.model(asked.name), this.options);
      return {
        session,
        inputNames: this.runtime.names(inputNames),
        outputNames: this.runtime.names(outputNames),
      };
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      // No kernel for these element types: the device below does the work.
      this.refused.set(key, error.message);
      return undefined;
    }
  }

  /** Releases all sessions. */
  release(): void {
    for (const one of this.made.values()) one?.session.release();
    this.made.clear();
  }
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
  return graph.node("Transpose", [value], { dtype, shape: turned }, { perm: order });
}
