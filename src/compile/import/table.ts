// All operators in one table, by domain and name.

import type { Operator } from "./operator.ts";
import { activationOperators } from "./operators/activations.ts";
import { controlOperators } from "./operators/control.ts";
import { productOperators } from "./operators/convolutions.ts";
import { elementwiseOperators } from "./operators/elementwise.ts";
import { indexingOperators } from "./operators/indexing.ts";
import { microsoftOperators } from "./operators/microsoft.ts";
import { normalizationOperators } from "./operators/normalizations.ts";
import { poolingOperators } from "./operators/poolings.ts";
import { quantizationOperators } from "./operators/quantization.ts";
import { recurrentOperators } from "./operators/recurrent.ts";
import { reductionOperators } from "./operators/reductions.ts";
import { resizingOperators } from "./operators/resizing.ts";
import { shapeOperators } from "./operators/shapes.ts";

/** Every operator that is imported. */
export const operators: readonly Operator[] = [
  ...activationOperators,
  ...controlOperators,
  ...elementwiseOperators,
  ...indexingOperators,
  ...microsoftOperators,
  ...normalizationOperators,
  ...poolingOperators,
  ...productOperators,
  ...quantizationOperators,
  ...recurrentOperators,
  ...reductionOperators,
  ...resizingOperators,
  ...shapeOperators,
];

const rows: ReadonlyMap<string, Operator> = new Map(
  operators.map((row) => [`${row.domain}/${row.name}`, row]),
);

/** An operator; undefined where it is not here. */
export function operatorNamed(domain: string, name: string): Operator | undefined {
  return rows.get(`${domain}/${name}`);
}
