// Floating tensors of a file as another floating type, cast when they are read: rounded once, as PyTorch's `to`.

import { type DType, dtypeByName } from "../core/dtype.ts";
import { Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { castInto } from "../devices/reference/cast.ts";
import { checkWrittenOut } from "../files/content.ts";
import { Stored } from "../files/stored.ts";
import { type ArrayLike, ArrayValue } from "../files/values.ts";
import { UsageError } from "./arguments.ts";

/** The floating type of a name. @throws UsageError when it is none */
export function floatType(name: string): DType {
  const dtype = dtypeByName(name);
  if (dtype?.kind !== "float") {
    throw new UsageError(`--dtype takes float16, bfloat16, float32, float64 or a float8 type, got ${name}`);
  }
  return dtype;
}

/** Tensors with the floating ones among them cast. Strides stay, and what shares a storage shares it still. */
export function cast(
  tensors: readonly (readonly [string, ArrayLike])[],
  dtype: DType,
): (readonly [string, ArrayLike])[] {
  const types = new Map<Stored, Set<DType>>();
  for (const [, array] of tensors) {
    if (!(array instanceof ArrayValue)) continue;
    const { stored, layout } = array;
    types.set(stored, (types.get(stored) ?? new Set()).add(layout.dtype));
  }
  const storages = new Map<Stored, Stored>();
  return tensors.map(([name, array]) => {
    if (!(array instanceof ArrayValue) || array.layout.dtype.kind !== "float") return [name, array];
    if (array.layout.dtype === dtype) return [name, array];
    const { stored, layout, facts } = array;
    const from = layout.dtype;
    if (!layout.isAligned || types.get(stored)!.size > 1 || stored.byteLength % from.itemSize !== 0) {
      return [name, castAlone(array, dtype)];
    }
    const whole = storages.get(stored) ?? castStorage(stored, from, dtype);
    storages.set(stored, whole);
    return [
      name,
      new ArrayValue(whole, new Layout(dtype, layout.shape, layout.strides, layout.offset), facts),
    ];
  });
}

/** All elements of a storage cast, read when they are asked for. */
function castStorage(stored: Stored, from: DType, to: DType): Stored {
  const shape = [stored.byteLength / from.itemSize];
  return castStored(stored, Layout.contiguous(from, shape), Layout.contiguous(to, shape));
}

/** A tensor cast apart from others, row-major. */
function castAlone({ stored, layout, facts }: ArrayValue, to: DType): ArrayValue {
  const target = Layout.contiguous(to, layout.shape);
  checkWrittenOut(layout.shape, target.size * to.itemSize, stored.byteLength);
  return new ArrayValue(castStored(stored, layout, target), target, facts);
}

function castStored(stored: Stored, from: Layout, to: Layout): Stored {
  const fill = async (target: Uint8Array): Promise<void> => {
    const wasLoaded = stored.isLoaded;
    const storage = await stored.load();
    castInto({ storage, layout: from }, { storage: new Storage(target), layout: to }, "torch");
    if (!wasLoaded) stored.release();
  };
  return Stored.filled(to.size * to.dtype.itemSize, fill, stored.place);
}
