// PyTorch's element types as pickles name them: storage classes and dtypes, with those that are carried as bytes.

import {
  bfloat16,
  bool,
  complex64,
  complex128,
  type DType,
  dtypes,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
} from "../../core/dtype.ts";

/** An element type: its name, its size, and the core type where there is one. */
export interface TorchType {
  readonly name: string;
  /** Bytes of one element. */
  readonly size: number;
  /** Bytes of the numbers an element is made of; what a big-endian file has reversed. */
  readonly lane: number;
  readonly dtype: DType | undefined;
  /** The type of the integers of a quantized type. */
  readonly integers?: DType;
}

function core(dtype: DType): TorchType {
  return { name: dtype.name, size: dtype.itemSize, lane: dtype.itemSize / dtype.lanes, dtype };
}

function raw(name: string, size: number, lane = size): TorchType {
  return { name, size, lane, dtype: undefined };
}

function quantized(name: string, integers: DType): TorchType {
  return { name, size: integers.itemSize, lane: integers.itemSize, dtype: undefined, integers };
}

const carried: readonly TorchType[] = [
  raw("complex32", 4, 2),
  raw("float4_e2m1fn_x2", 1),
  quantized("qint8", int8),
  quantized("quint8", uint8),
  quantized("qint32", int32),
];

/** Every element type by PyTorch's name, without `torch.`. */
export const torchTypes: ReadonlyMap<string, TorchType> = new Map(
  [...dtypes.map(core), ...carried].map((type) => [type.name, type]),
);

/** An untyped storage: its length is in bytes. */
export const untyped: TorchType = { ...core(uint8) };

const storageClasses: readonly [name: string, type: TorchType][] = [
  ["FloatStorage", core(float32)],
  ["DoubleStorage", core(float64)],
  ["HalfStorage", core(float16)],
  ["BFloat16Storage", core(bfloat16)],
  ["LongStorage", core(int64)],
  ["IntStorage", core(int32)],
  ["ShortStorage", core(int16)],
  ["CharStorage", core(int8)],
  ["ByteStorage", core(uint8)],
  ["BoolStorage", core(bool)],
  ["ComplexFloatStorage", core(complex64)],
  ["ComplexDoubleStorage", core(complex128)],
  ["QInt8Storage", torchTypes.get("qint8")!],
  ["QUInt8Storage", torchTypes.get("quint8")!],
  ["QInt32Storage", torchTypes.get("qint32")!],
];

/** Storage classes by `module.name`. */
export const torchStorages: ReadonlyMap<string, TorchType> = new Map([
  ...storageClasses.flatMap(([name, type]): [string, TorchType][] => [
    [`torch.${name}`, type],
    [`torch.cuda.${name}`, type],
  ]),
  ["torch.storage.UntypedStorage", untyped],
  ["torch.storage._UntypedStorage", untyped],
  ["torch.UntypedStorage", untyped],
]);

/** The class of typed storages by the name of their element type, where the type has such a class. */
export const storageClassNames: ReadonlyMap<string, string> = new Map(
  storageClasses.map(([name, type]) => [type.name, name]),
);
