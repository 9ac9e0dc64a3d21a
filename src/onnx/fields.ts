// What the messages of ONNX are on the wire: the number and type of each field. Reader and writer know nothing else of
// them. onnx.proto of ONNX 1.23; the encoding is that of Protocol Buffers, proto2.

import type { MessageName, Messages } from "./messages.ts";

/** Types of fields that are no messages. Enumerations are int32. */
export type ScalarName = "int32" | "int64" | "uint64" | "float" | "double" | "string" | "bytes";

/**
 * How often a field comes: `repeated` one record an element; `packed` all elements in one record when written, either
 * when read. `later`: elements of tensors, which stay in the file until they are asked for.
 */
export type FieldRule = "once" | "repeated" | "packed" | "once later" | "repeated later" | "packed later";

type Row = readonly [number: number, type: ScalarName | MessageName, rule?: FieldRule];

type Table = { readonly [M in MessageName]: { readonly [F in keyof Messages[M]]-?: Row } };

/** Every field of every message. */
const table: Table = {
  ModelProto: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    domain: [4, "string"],
    modelVersion: [5, "int64"],
    docString: [6, "string"],
    graph: [7, "GraphProto"],
    opsetImport: [8, "OperatorSetIdProto", "repeated"],
    metadataProps: [14, "StringStringEntryProto", "repeated"],
    trainingInfo: [20, "TrainingInfoProto", "repeated"],
    functions: [25, "FunctionProto", "repeated"],
  },
  OperatorSetIdProto: { domain: [1, "string"], version: [2, "int64"] },
  StringStringEntryProto: { key: [1, "string"], value: [2, "string"] },
  TrainingInfoProto: {
    initialization: [1, "GraphProto"],
    algorithm: [2, "GraphProto"],
    initializationBinding: [3, "StringStringEntryProto", "repeated"],
    updateBinding: [4, "StringStringEntryProto", "repeated"],
  },
  GraphProto: {
    node: [1, "NodeProto", "repeated"],
    name: [2, "string"],
    initializer: [5, "TensorProto", "repeated"],
    docString: [10, "string"],
    input: [11, "ValueInfoProto", "repeated"],
    output: [12, "ValueInfoProto", "repeated"],
    valueInfo: [13, "ValueInfoProto", "repeated"],
    quantizationAnnotation: [14, "TensorAnnotation", "repeated"],
    sparseInitializer: [15, "SparseTensorProto", "repeated"],
    metadataProps: [16, "StringStringEntryProto", "repeated"],
  },
  TensorAnnotation: {
    tensorName: [1, "string"],
    quantParameterTensorNames: [2, "StringStringEntryProto", "repeated"],
  },
  NodeProto: {
    input: [1, "string", "repeated"],
    output: [2, "string", "repeated"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "AttributeProto", "repeated"],
    docString: [6, "string"],
    domain: [7, "string"],
    overload: [8, "string"],
    metadataProps: [9, "StringStringEntryProto", "repeated"],
  },
  AttributeProto: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "TensorProto"],
    g: [6, "GraphProto"],
    floats: [7, "float", "repeated"],
    ints: [8, "int64", "repeated"],
    strings: [9, "bytes", "repeated"],
    tensors: [10, "TensorProto", "repeated"],
    graphs: [11, "GraphProto", "repeated"],
    docString: [13, "string"],
    tp: [14, "TypeProto"],
    typeProtos: [15, "TypeProto", "repeated"],
    type: [20, "int32"],
    refAttrName: [21, "string"],
    sparseTensor: [22, "SparseTensorProto"],
    sparseTensors: [23, "SparseTensorProto", "repeated"],
  },
  FunctionProto: {
    name: [1, "string"],
    input: [4, "string", "repeated"],
    output: [5, "string", "repeated"],
    attribute: [6, "string", "repeated"],
    node: [7, "NodeProto", "repeated"],
    docString: [8, "string"],
    opsetImport: [9, "OperatorSetIdProto", "repeated"],
    domain: [10, "string"],
    attributeProto: [11, "AttributeProto", "repeated"],
    valueInfo: [12, "ValueInfoProto", "repeated"],
    overload: [13, "string"],
    metadataProps: [14, "StringStringEntryProto", "repeated"],
  },
  TensorProto: {
    dims: [1, "int64", "repeated"],
    dataType: [2, "int32"],
    segment: [3, "Segment"],
    floatData: [4, "float", "packed later"],
    int32Data: [5, "int32", "packed later"],
    stringData: [6, "bytes", "repeated later"],
    int64Data: [7, "int64", "packed later"],
    name: [8, "string"],
    rawData: [9, "bytes", "once later"],
    doubleData: [10, "double", "packed later"],
    uint64Data: [11, "uint64", "packed later"],
    docString: [12, "string"],
    externalData: [13, "StringStringEntryProto", "repeated"],
    dataLocation: [14, "int32"],
    metadataProps: [16, "StringStringEntryProto", "repeated"],
  },
  Segment: { begin: [1, "int64"], end: [2, "int64"] },
  SparseTensorProto: {
    values: [1, "TensorProto"],
    indices: [2, "TensorProto"],
    dims: [3, "int64", "repeated"],
  },
  ValueInfoProto: {
    name: [1, "string"],
    type: [2, "TypeProto"],
    docString: [3, "string"],
    metadataProps: [4, "StringStringEntryProto", "repeated"],
  },
  TypeProto: {
    tensorType: [1, "TensorType"],
    sequenceType: [4, "ElementsType"],
    mapType: [5, "MapType"],
    denotation: [6, "string"],
    opaqueType: [7, "OpaqueType"],
    sparseTensorType: [8, "TensorType"],
    optionalType: [9, "ElementsType"],
  },
  TensorType: { elemType: [1, "int32"], shape: [2, "TensorShapeProto"] },
  ElementsType: { elemType: [1, "TypeProto"] },
  MapType: { keyType: [1, "int32"], valueType: [2, "TypeProto"] },
  OpaqueType: { domain: [1, "string"], name: [2, "string"] },
  TensorShapeProto: { dim: [1, "Dimension", "repeated"] },
  Dimension: { dimValue: [1, "int64"], dimParam: [2, "string"], denotation: [3, "string"] },
};

/** Wire types: how a record's length is known. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

const wireOf: Readonly<Record<ScalarName, number>> = {
  int32: wire.varint,
  int64: wire.varint,
  uint64: wire.varint,
  float: wire.fixed32,
  double: wire.fixed64,
  string: wire.bytes,
  bytes: wire.bytes,
};

/** A field, with what follows from its row. */
export interface Field {
  readonly message: MessageName;
  readonly name: string;
  readonly number: number;
  /** The type of an element that is no message. */
  readonly scalar: ScalarName | undefined;
  /** The message that an element is. */
  readonly inner: MessageName | undefined;
  /** Wire type of one element. */
  readonly wire: number;
  readonly isRepeated: boolean;
  /** True iff all elements are written in one record. */
  readonly isPacked: boolean;
  /** True iff elements stay in the file when the message is read. */
  readonly isLater: boolean;
}

function fieldOf(message: MessageName, name: string, [number, type, rule = "once"]: Row): Field {
  const scalar = type in wireOf ? (type as ScalarName) : undefined;
  return {
    message,
    name,
    number,
    scalar,
    inner: scalar === undefined ? (type as MessageName) : undefined,
    wire: scalar === undefined ? wire.bytes : wireOf[scalar],
    isRepeated: !rule.startsWith("once"),
    isPacked: rule.startsWith("packed"),
    isLater: rule.endsWith("later"),
  };
}

type FieldsOf = ReadonlyMap<number, Field>;

/** The fields of each message by number, in order of number. */
const fields: ReadonlyMap<string, FieldsOf> = new Map(
  Object.entries(table).map(([message, rows]): [string, FieldsOf] => {
    const all = Object.entries(rows).map(([name, row]) => fieldOf(message as MessageName, name, row as Row));
    all.sort((a, b) => a.number - b.number);
    return [message, new Map(all.map((field) => [field.number, field]))];
  }),
);

/** The fields of a message by number, in order of number. */
export function fieldsOf(message: MessageName): FieldsOf {
  return fields.get(message)!;
}
