// Attributes of nodes, read by the kinds that an operator declares.

import { RuntimeError } from "../../core/errors.ts";
import {
  type AttributeProto,
  attributeTypes,
  type GraphProto,
  type TensorProto,
} from "../../onnx/messages.ts";
import type { AttributeType, AttributeValues, Kind } from "./operator.ts";

/** What makes values of the attributes that hold more than numbers and texts. */
export interface Makers {
  tensor(proto: TensorProto): AttributeValues["tensor"];
  graph(proto: GraphProto, attribute: string): AttributeValues["graph"];
}

const utf8 = new TextDecoder();

/** The value of each type; undefined where the attribute does not hold one. */
const readers: {
  readonly [type in AttributeType]: (
    proto: AttributeProto,
    makers: Makers,
  ) => AttributeValues[type] | undefined;
} = {
  int: ({ i }) => Number(i ?? 0),
  float: ({ f }) => f ?? 0,
  string: ({ s }) => utf8.decode(s ?? new Uint8Array(0)),
  ints: ({ ints }) => (ints ?? []).map(Number),
  floats: ({ floats }) => floats ?? [],
  strings: ({ strings }) => (strings ?? []).map((each) => utf8.decode(each)),
  tensor: ({ t }, { tensor }) => t && tensor(t),
  graph: ({ g, name = "" }, makers) => g && makers.graph(g, name),
};

/** Fields by which an attribute without a type, as models of IR version 1 have them, is told. */
const fields: Readonly<Record<AttributeType, keyof AttributeProto>> = {
  int: "i",
  float: "f",
  string: "s",
  ints: "ints",
  floats: "floats",
  strings: "strings",
  tensor: "t",
  graph: "g",
};

/** True iff the attribute is of that type. An empty list is one of any. */
function isOf(proto: AttributeProto, type: AttributeType): boolean {
  const given = proto.type ?? 0;
  return given === 0 ? proto[fields[type]] !== undefined : given === attributeTypes[type];
}

/**
 * The attributes of a node.
 * @param given those of the node @returns each by its name, as the kinds say
 * @throws RuntimeError for one that the operator does not have, or of another type
 */
export function attributeValues(
  kinds: Readonly<Record<string, Kind<unknown>>>,
  given: readonly AttributeProto[],
  makers: Makers,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, { fallback }] of Object.entries(kinds)) values[name] = fallback;
  for (const proto of given) {
    const { name = "" } = proto;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw new RuntimeError(`its attribute ${JSON.stringify(name)} is not here`);
    const value = isOf(proto, kind.type) ? readers[kind.type](proto, makers) : undefined;
    if (value === undefined) throw new RuntimeError(`its attribute ${name} is not of type ${kind.type}`);
    values[name] = value;
  }
  return values;
}
