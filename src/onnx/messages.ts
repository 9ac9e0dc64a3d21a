// The messages of ONNX as plain objects: onnx.proto of ONNX 1.23 (IR version 14), proto2. A field that is absent in the
// file is absent here. Names are those of onnx.proto in camelCase. What a message is on the wire is in fields.ts.
//
// Left out, and skipped as unknown fields are: what tells several devices apart (DeviceConfigurationProto and the like).

import type { Later, Records } from "./source.ts";

/** An int64 or uint64: a number where that is exact, else a bigint. */
export type Integer = number | bigint;

/** A whole file. */
export interface ModelProto {
  irVersion?: Integer;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: Integer;
  docString?: string;
  graph?: GraphProto;
  opsetImport?: OperatorSetIdProto[];
  metadataProps?: StringStringEntryProto[];
  trainingInfo?: TrainingInfoProto[];
  functions?: FunctionProto[];
}

/** Which version of a domain's operators is meant; the domain "" is ai.onnx. */
export interface OperatorSetIdProto {
  domain?: string;
  version?: Integer;
}

/** A pair of texts. */
export interface StringStringEntryProto {
  key?: string;
  value?: string;
}

/** Graphs that initialize and train the model. */
export interface TrainingInfoProto {
  initialization?: GraphProto;
  algorithm?: GraphProto;
  initializationBinding?: StringStringEntryProto[];
  updateBinding?: StringStringEntryProto[];
}

/** Nodes in topological order, and the tensors that they start from. */
export interface GraphProto {
  node?: NodeProto[];
  name?: string;
  initializer?: TensorProto[];
  docString?: string;
  input?: ValueInfoProto[];
  output?: ValueInfoProto[];
  valueInfo?: ValueInfoProto[];
  quantizationAnnotation?: TensorAnnotation[];
  sparseInitializer?: SparseTensorProto[];
  metadataProps?: StringStringEntryProto[];
}

/** How a tensor is quantized: names of the tensors with its scale and zero point. */
export interface TensorAnnotation {
  tensorName?: string;
  quantParameterTensorNames?: StringStringEntryProto[];
}

/** One use of an operator. */
export interface NodeProto {
  input?: string[];
  output?: string[];
  name?: string;
  opType?: string;
  attribute?: AttributeProto[];
  docString?: string;
  domain?: string;
  overload?: string;
  metadataProps?: StringStringEntryProto[];
}

/** A named value of a node: `type` says which of the fields it is (`attributeTypes`). */
export interface AttributeProto {
  name?: string;
  f?: number;
  i?: Integer;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: number[];
  ints?: Integer[];
  strings?: Uint8Array[];
  tensors?: TensorProto[];
  graphs?: GraphProto[];
  docString?: string;
  tp?: TypeProto;
  typeProtos?: TypeProto[];
  type?: number;
  refAttrName?: string;
  sparseTensor?: SparseTensorProto;
  sparseTensors?: SparseTensorProto[];
}

/** A function that nodes may call as an operator. */
export interface FunctionProto {
  name?: string;
  input?: string[];
  output?: string[];
  attribute?: string[];
  node?: NodeProto[];
  docString?: string;
  opsetImport?: OperatorSetIdProto[];
  domain?: string;
  attributeProto?: AttributeProto[];
  valueInfo?: ValueInfoProto[];
  overload?: string;
  metadataProps?: StringStringEntryProto[];
}

/**
 * A tensor. Its elements are in `rawData`, or in one field by their type, or in another file. What was read from a file
 * has them as places in it (`Later`, `Records`).
 */
export interface TensorProto {
  dims?: Integer[];
  /** One of `dataTypes`. */
  dataType?: number;
  segment?: Segment;
  floatData?: readonly number[] | Records;
  /** Also the bits of 16-, 8- and 4-bit types. */
  int32Data?: readonly number[] | Records;
  stringData?: readonly Uint8Array[] | Records;
  int64Data?: readonly Integer[] | Records;
  name?: string;
  /** Little-endian. */
  rawData?: Uint8Array | Later;
  doubleData?: readonly number[] | Records;
  uint64Data?: readonly Integer[] | Records;
  docString?: string;
  /** `location`, `offset`, `length`, `checksum`. */
  externalData?: StringStringEntryProto[];
  /** 1 where the elements are in another file. */
  dataLocation?: number;
  metadataProps?: StringStringEntryProto[];
}

/** Which part of a larger tensor a tensor is. */
export interface Segment {
  begin?: Integer;
  end?: Integer;
}

/** A tensor of which only some elements are given: `indices` is [count] of row-major places, or [count, rank]. */
export interface SparseTensorProto {
  values?: TensorProto;
  indices?: TensorProto;
  dims?: Integer[];
}

/** A value's name and type. */
export interface ValueInfoProto {
  name?: string;
  type?: TypeProto;
  docString?: string;
  metadataProps?: StringStringEntryProto[];
}

/** The type of a value: one of the first six. */
export interface TypeProto {
  tensorType?: TensorType;
  sequenceType?: ElementsType;
  mapType?: MapType;
  opaqueType?: OpaqueType;
  sparseTensorType?: TensorType;
  optionalType?: ElementsType;
  denotation?: string;
}

/** A dense or sparse tensor. */
export interface TensorType {
  elemType?: number;
  shape?: TensorShapeProto;
}

/** A sequence or an optional value. */
export interface ElementsType {
  elemType?: TypeProto;
}

/** A map. */
export interface MapType {
  keyType?: number;
  valueType?: TypeProto;
}

/** A type that ONNX says nothing of. */
export interface OpaqueType {
  domain?: string;
  name?: string;
}

/** Lengths of axes. */
export interface TensorShapeProto {
  dim?: Dimension[];
}

/** A length: a number, a name, or (neither) anything. */
export interface Dimension {
  dimValue?: Integer;
  dimParam?: string;
  denotation?: string;
}

/** Every message by name. */
export interface Messages {
  ModelProto: ModelProto;
  OperatorSetIdProto: OperatorSetIdProto;
  StringStringEntryProto: StringStringEntryProto;
  TrainingInfoProto: TrainingInfoProto;
  GraphProto: GraphProto;
  TensorAnnotation: TensorAnnotation;
  NodeProto: NodeProto;
  AttributeProto: AttributeProto;
  FunctionProto: FunctionProto;
  TensorProto: TensorProto;
  Segment: Segment;
  SparseTensorProto: SparseTensorProto;
  ValueInfoProto: ValueInfoProto;
  TypeProto: TypeProto;
  TensorType: TensorType;
  ElementsType: ElementsType;
  MapType: MapType;
  OpaqueType: OpaqueType;
  TensorShapeProto: TensorShapeProto;
  Dimension: Dimension;
}

export type MessageName = keyof Messages;

/** `AttributeProto.AttributeType`. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  typeProto: 13,
  typeProtos: 14,
} as const;
