// Functions of one number over float32 elements, in blocks that stay in the second cache.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { copyOut, nextOf, ownBytes, placeToRead, placeToWrite, unit } from "../../kernels/copy.ts";
import type { MapExports } from "../../kernels/instance.ts";
import { kernelsFor } from "../../kernels/use.ts";
import type { GeluAttributes } from "../../ops/activations.ts";
import type { SoftplusAttributes } from "../../ops/rectifiers.ts";
import type { Row, Rows } from "./device.ts";
import { overRuns } from "./runs.ts";

/** Elements worked on at a time. */
const blockLength = 2 ** 15;
/** From how many elements on threads pay. */
const leastThreaded = 2 ** 16;

type Name = keyof MapExports;

const sizeOf = (_inputs: readonly Operand[], outputs: readonly Operand[]): number => outputs[0]!.layout.size;

function map(name: Name, input: Operand, output: Operand): void {
  overRuns(input, output, (from, into) => {
    const source = from.storage.view(float32) as Float32Array;
    const target = into.storage.view(float32) as Float32Array;
    const made = kernelsFor(into.layout.size, leastThreaded, source, target)!;
    const own = made.start;
    const start = own + ownBytes;
    return (at, to, n) => {
      for (let done = 0, count: number; done < n; done += count) {
        count = nextOf(made, n - done, blockLength);
        const place = placeToWrite(made, target, to + done, count, start, unit);
        const first = placeToRead(made, source, at + done, count, start);
        if (count <= blockLength) made.exports[name](first, place, own, count, 0);
        else {
          made.scratch(made.threads * ownBytes);
          made.inParts(name, [first, place, own], [4, 4, 0], count, blockLength);
        }
        if (place === start) copyOut(made, target, to + done, start, count);
      }
    };
  });
}

/** From how many elements on the call pays: with 32 it takes a quarter to two thirds of the reference's time, sqrt most. */
const least = 64;

function mapRow<Attributes>(nameOf: (attributes: Attributes) => Name | undefined): Row<never> {
  const row: Row<Attributes> = {
    work: sizeOf,
    least,
    run: ([input], [output], attributes) => {
      const name = nameOf(attributes);
      const isSingle = input!.layout.dtype === float32 && output!.layout.dtype === float32;
      if (name === undefined || !isSingle || output!.layout.size === 0) return false;
      map(name, input!, output!);
      return true;
    },
  };
  return row as Row<never>;
}

/** From this threshold on the function is its argument in single precision anyway. */
const plainThreshold = 20;

export const mapRows: Rows = {
  exp: mapRow(() => "exp32"),
  log: mapRow(() => "log32"),
  sqrt: mapRow(() => "sqrt32"),
  rsqrt: mapRow(() => "rsqrt32"),
  tanh: mapRow(() => "tanh32"),
  sigmoid: mapRow(() => "sigmoid32"),
  silu: mapRow(() => "silu32"),
  logSigmoid: mapRow(() => "logSigmoid32"),
  erf: mapRow(() => "erf32"),
  gelu: mapRow<GeluAttributes>(({ approximate }) => (approximate === "none" ? "gelu32" : "geluTanh32")),
  softplus: mapRow<SoftplusAttributes>(({ beta, threshold }) =>
    beta === 1 && threshold >= plainThreshold ? "softplus32" : undefined,
  ),
};
