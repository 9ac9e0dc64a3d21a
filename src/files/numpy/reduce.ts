// What stands for NumPy's arrays and scalars in a pickle: `ndarray.__reduce__`, `generic.__reduce__` and
// `dtype.__reduce__`, under the names that NumPy 1 and 2 both know.

import type { DType } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { contentBytes } from "../content.ts";
import { Call, OwnGlobal } from "../pickle/parts.ts";
import { TupleValue } from "../values.ts";
import { descrOf, inFileOrder } from "./write.ts";

const multiarray = "numpy.core.multiarray";

function dtypeCall(dtype: DType): Call {
  const descr = descrOf(dtype);
  const order = descr[0]!;
  const state = new TupleValue([3, order, null, null, null, -1, -1, 0]);
  return new Call(new OwnGlobal("numpy.dtype"), [descr.slice(1), false, true], state);
}

/** A NumPy array of numbers; its bytes must be in memory. */
export function numpyArrayCall(array: Operand): Call {
  const { fortran, inOrder } = inFileOrder(array);
  const { dtype, shape } = array.layout;
  const args = [new OwnGlobal("numpy.ndarray"), new TupleValue([0]), Uint8Array.of(0x62)];
  const state = [1, new TupleValue([...shape]), dtypeCall(dtype), fortran, contentBytes(inOrder)];
  return new Call(new OwnGlobal(`${multiarray}._reconstruct`), args, new TupleValue(state as never[]));
}

/** A NumPy scalar; its bytes must be in memory. */
export function numpyScalarCall(array: Operand): Call {
  return new Call(new OwnGlobal(`${multiarray}.scalar`), [
    dtypeCall(array.layout.dtype),
    contentBytes(array),
  ]);
}
