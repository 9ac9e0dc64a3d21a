// Arrays of a description as TypeScript writes them: by the rule that makes them where one is plain, else by element.

import { shapeText } from "../../../core/words.ts";
import type { Tensor } from "../../../torch/index.ts";
import { constantOf } from "../build.ts";
import { numberText } from "./text.ts";

function elementText(value: unknown): string {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? String(value) : `${value}n`;
  return typeof value === "number" ? numberText(value) : String(value);
}

function tensorText(tensor: Tensor): string {
  const { shape, dtype } = tensor;
  const values = tensor.flatten().tolist() as readonly unknown[];
  const type = `{ dtype: torch.${dtype.name} }`;
  if (shape.length === 0) return `torch.tensor(${elementText(values[0])}, ${type})`;
  if (values.length > 1 && values.every((value) => Object.is(value, values[0])))
    return `torch.full(${shapeText(shape)}, ${elementText(values[0])}, ${type})`;
  const viewed = shape.length === 1 ? "" : `.view(${shape.join(", ")})`;
  if (dtype.name === "int64" && values.length > 1 && values.every((value, i) => Number(value) === i))
    return `torch.arange(${values.length})${viewed}`;
  return `torch.tensor([${values.map(elementText).join(", ")}], ${type})${viewed}`;
}

/** The constants that the source of a model has, each once. */
export class Constants {
  private readonly names = new Map<string, string>();
  /** The lines that declare them. */
  readonly lines: string[] = [];

  /** The name of an array. @param place where it stands in the description, for errors */
  nameOf(value: unknown, place: string): string {
    const text = JSON.stringify(value);
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const name = `constant${this.names.size + 1}`;
    this.names.set(text, name);
    this.lines.push(`const ${name} = ${tensorText(constantOf(value, place))};`);
    return name;
  }
}
