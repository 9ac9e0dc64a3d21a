// Conversions between element types, and integer arithmetic that wraps, held to what NumPy and PyTorch gave.

import assert from "node:assert/strict";
import test from "node:test";
import { type DType, dtypeByName, float64, int64, uint32 } from "../../src/core/dtype.ts";
import { elements, type Operand, type Scalar, setterOf } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { Storage } from "../../src/core/storage.ts";
import { execute } from "../../src/devices/index.ts";
import type { Rules } from "../../src/ops/elementwise.ts";
import { operations } from "../../src/ops/index.ts";
import { referenceJson } from "../support/reference.ts";

type Library = "numpy" | "torch";
type Written = number | string | boolean | readonly [number | string, number | string];

interface Wrapped {
  readonly lib: Library;
  readonly op: string;
  readonly dtype: string;
  readonly a: readonly Written[];
  readonly b: readonly Written[];
  readonly result: readonly Written[];
}

interface Recorded {
  readonly casts: {
    readonly floats: readonly Written[];
    readonly "float to int": Readonly<Record<string, readonly Written[] | object>>;
    readonly ints: readonly (string | number)[];
    readonly "int64 to": Readonly<Record<string, readonly Written[]>>;
    readonly doubles: readonly string[];
    readonly "double to": Readonly<Record<string, string>>;
  };
  readonly wraps: readonly Wrapped[];
}

const { casts, wraps } = referenceJson<Recorded>("layout/promotion.json");

function scalar(written: Written, dtype: DType): Scalar {
  if (typeof written === "boolean") return written;
  if (typeof written === "object") return { re: Number(written[0]), im: Number(written[1]) };
  return dtype.compute === "big" ? BigInt(written) : Number(written);
}

function operand(values: readonly Scalar[], dtype: DType): Operand {
  const storage = Storage.allocate(dtype, values.length);
  const array = storage.view(dtype);
  values.forEach((value, i) => {
    setterOf(dtype)(array, i, value);
  });
  return { storage, layout: Layout.contiguous(dtype, [values.length]) };
}

function cast(input: Operand, dtype: DType, rules: Library): Operand {
  const output = {
    storage: Storage.allocate(dtype, input.layout.size),
    layout: Layout.contiguous(dtype, input.layout.shape),
  };
  execute(operations.cast, [input], [output], { dtype, rules });
  return output;
}

for (const [name, expected] of Object.entries(casts["float to int"])) {
  if (!Array.isArray(expected)) continue; // What vector code gave is recorded by index, and is another outcome.
  const [library, from, , to] = name.split(" ") as [Library, string, string, string];
  test(`floats to integers: ${name}`, () => {
    const target = dtypeByName(to)!;
    const input = operand(casts.floats.map(Number), dtypeByName(from)!);
    assert.deepEqual(
      elements(cast(input, target, library)),
      expected.map((each: Written) => scalar(each, target)),
    );
  });
}

for (const [name, expected] of Object.entries(casts["int64 to"])) {
  const [library, to] = name.split(" ") as [Library, string];
  test(`64-bit integers to ${name}`, () => {
    const target = dtypeByName(to)!;
    const got = elements(cast(operand(casts.ints.map(BigInt), int64), target, library));
    assert.deepEqual(
      got,
      expected.map((each: Written) => scalar(each, target)),
    );
  });
}

for (const [name, expected] of Object.entries(casts["double to"])) {
  const [library, ...chain] = name.split(" ").filter((word) => word !== "then") as [Library, ...string[]];
  test(`doubles to ${name}, by their bits`, () => {
    const doubles = new Float64Array(
      new BigUint64Array(casts.doubles.map((bits) => BigInt(`0x${bits}`))).buffer,
    );
    let value: Operand = {
      storage: new Storage(doubles),
      layout: Layout.contiguous(float64, [doubles.length]),
    };
    for (const each of chain) value = cast(value, dtypeByName(each)!, library);
    const { itemSize } = value.layout.dtype;
    const bytes = value.storage.bytes().slice();
    const bits = itemSize === 4 ? new Uint32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
    const isNaNAt = doubles.map((each) => Number(Number.isNaN(each)));
    const got = Array.from(bits, (each) => each.toString(16).padStart(2 * itemSize, "0"));
    // The bits of a NaN carry no value.
    expected.split(" ").forEach((each, i) => {
      if (isNaNAt[i] === 0) assert.equal(got[i], each, `${casts.doubles[i]}`);
    });
  });
}

const names: Readonly<Record<string, Operation | Operation<Rules>>> = {
  add: operations.add,
  subtract: operations.subtract,
  multiply: operations.multiply,
  floor_divide: operations.floorDivide,
  "divide trunc": operations.divideTrunc,
  remainder: operations.remainder,
  fmod: operations.fmod,
  power: operations.power,
  left_shift: operations.leftShift,
  right_shift: operations.rightShift,
};

for (const { lib, op, dtype: typeName, a, b, result } of wraps) {
  test(`${lib} ${op} of ${typeName} at the edges of the type`, () => {
    const dtype = dtypeByName(typeName)!;
    const values = (list: readonly Written[]): Scalar[] => list.map((each) => scalar(each, dtype));
    const output = operand(values(result), dtype);
    const expected = elements(output);
    output.storage.bytes().fill(0);
    execute(names[op] as Operation<Rules>, [operand(values(a), dtype), operand(values(b), dtype)], [output], {
      rules: lib,
    });
    assert.deepEqual(elements(output), expected);
  });
}

test("an integer divided by zero is PyTorch's error, and 0 by NumPy's rules", () => {
  const [one, zero, output] = [operand([1n], int64), operand([0n], int64), operand([7n], int64)];
  for (const operation of [
    operations.floorDivide,
    operations.remainder,
    operations.fmod,
    operations.divideTrunc,
  ]) {
    assert.throws(() => execute(operation, [one, zero], [output], { rules: "torch" }), /ZeroDivisionError/);
    execute(operation, [one, zero], [output], { rules: "numpy" });
    assert.deepEqual(elements(output), [0n]);
  }
});

test("a negative power of an integer is NumPy's error, and the truncated quotient by PyTorch's rules", () => {
  const [base, exponent, output] = [
    operand([-1n, 1n, 5n], int64),
    operand([-3n, -3n, -3n], int64),
    operand([7n, 7n, 7n], int64),
  ];
  assert.throws(
    () => execute(operations.power, [base, exponent], [output], { rules: "numpy" }),
    /Integers to negative integer powers are not allowed/,
  );
  execute(operations.power, [base, exponent], [output], { rules: "torch" });
  assert.deepEqual(elements(output), [-1n, 1n, 0n]);
});

test("elements at odd bytes are read and written in place", () => {
  const bytes = new Uint8Array(13);
  new DataView(bytes.buffer).setUint32(1, 7, true);
  new DataView(bytes.buffer).setUint32(5, 9, true);
  const odd = { storage: new Storage(bytes), layout: new Layout(uint32, [2], [4], 1, 1) };
  execute(operations.add, [odd, odd], [odd], undefined);
  assert.deepEqual(elements(odd), [14, 18]);
  assert.equal(bytes[0], 0);
});
