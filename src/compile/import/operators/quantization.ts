// Quantization, as arithmetic on what the integers stand for.

import { type DType, float32, int32, uint8 } from "../../../core/dtype.ts";
import { iinfo } from "../../../torch/limits.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, int, type Operator, operator } from "../operator.ts";
import { axisOf, dtypeOf, typeRefusal } from "./helpers.ts";

/** A scale or zero point as it is stretched to a tensor: one for all, one for each place along an axis, or one for each block. */
function along(value: Tensor, x: Tensor, axis: number, blockSize: number): Tensor {
  if (value.ndim === 0 || value.layout.size === 1) return value.reshape(...x.shape.map(() => 1));
  const at = axisOf(axis, x.ndim);
  if (blockSize > 0) return value.repeatInterleave(blockSize, at).narrow(at, 0, x.shape[at]!);
  return value.reshape(...x.shape.map((_, place) => (place === at ? -1 : 1)));
}

interface QuantizeValues {
  readonly axis: number;
  readonly block_size: number;
  readonly output_dtype: number;
}

function saturated(x: Tensor, dtype: DType): Tensor {
  const { min, max } = iinfo(dtype);
  return x.clamp(Number(min), Number(max)).to(dtype);
}

function quantize(call: Call<QuantizeValues>): Tensor {
  const { axis, block_size: blockSize, output_dtype: wanted } = call.attributes;
  const [x, scale, zero] = [call.tensor(0), call.tensor(1), call.maybe(2)];
  const dtype = zero?.dtype ?? (wanted === 0 ? uint8 : dtypeOf(wanted));
  const scaled = x.to(float32).div(along(scale, x, axis, blockSize).to(float32));
  if (dtype.isFloatingPoint) return scaled.to(dtype);
  const rounded = scaled.round();
  const moved = zero === null ? rounded : rounded.add(along(zero, x, axis, blockSize).to(float32));
  return saturated(moved, dtype);
}

function dequantize(call: Call<QuantizeValues>): Tensor {
  const { axis, block_size: blockSize, output_dtype: wanted } = call.attributes;
  const [x, scale, zero] = [call.tensor(0), call.tensor(1), call.maybe(2)];
  const whole = x.dtype.isFloatingPoint ? x.to(scale.dtype) : x.to(int32);
  const moved = zero === null ? whole : whole.sub(along(zero, x, axis, blockSize).to(whole.dtype));
  const result = moved.to(scale.dtype).mul(along(scale, x, axis, blockSize));
  return wanted === 0 ? result : result.to(dtypeOf(wanted));
}

function dynamic(call: Call<object>): Tensor[] {
  const x = call.tensor(0);
  const low = x.amin([...x.shape.keys()]).clamp(null, 0);
  const high = x.amax([...x.shape.keys()]).clamp(0, null);
  const scale = high.sub(low).div(255);
  const zero = saturated(low.neg().div(scale).round(), uint8);
  return [saturated(x.div(scale).round().add(zero.to(float32)), uint8), scale, zero];
}

const attributes = {
  axis: int(1),
  block_size: int(0),
  output_dtype: int(0),
  saturate: int(1),
  precision: int(0),
};

const refusal = ({
  attributes: { output_dtype: wanted },
}: {
  readonly attributes: QuantizeValues;
}): string | undefined => (wanted === 0 ? undefined : typeRefusal(wanted));

/** Quantization. */
export const quantizationOperators: readonly Operator[] = [
  operator("QuantizeLinear", attributes, quantize, { settings: [1, 2], refusal }),
  operator("DequantizeLinear", attributes, dequantize, { settings: [1, 2], refusal }),
  operator("DynamicQuantizeLinear", {}, dynamic),
  operator("MatMulInteger", {}, (call) => {
    const [a, b, zeroA, zeroB] = [call.tensor(0), call.tensor(1), call.maybe(2), call.maybe(3)];
    const left =
      zeroA === null
        ? a.to(int32)
        : a.to(int32).sub(zeroA.to(int32).reshape(...(zeroA.ndim === 1 ? [-1, 1] : zeroA.shape)));
    const right = zeroB === null ? b.to(int32) : b.to(int32).sub(zeroB.to(int32));
    return left.matmul(right);
  }),
];
