// Files that were brought into PyTorch's layout before: what was turned must not be turned again.

import type { Finding } from "../finding.ts";
import type { Matching } from "../matching.ts";
import type { Step } from "../rules/steps.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import { keepsOrder } from "./fits.ts";
import { listText } from "./fitting.ts";
import { segmentsOf } from "./naming.ts";

/** The key under which a file that was written here says so in its metadata. */
const convertedKey = "weightbridge";

/** What a file says of itself that holds weights brought over from another library. */
export const convertedMetadata = (library: string): Map<string, string> =>
  new Map([[convertedKey, `converted from ${library}`]]);

/** Names that other libraries alone give to matrices and kernels. */
const foreignRoles: ReadonlySet<string> = new Set(["kernel", "depthwise_kernel", "pointwise_kernel"]);

const isMove = ({ op }: Step): boolean => op !== "cast";

/** What is said of a file that was converted before. */
export function convertedFindings(source: Source, model: Model, { rules }: Matching): Finding[] {
  const said = source.origin.metadata?.get(convertedKey);
  const byName = new Map(source.arrays.map(({ name, array }) => [name, array]));
  const turned = rules.filter((rule) =>
    rule.from.some(({ name, ops = [] }) => {
      const array = byName.get(name);
      const all = [...ops, ...(rule.combine === undefined ? (rule.ops ?? []) : [])].filter(isMove);
      return array !== undefined && all.length > 0 && !keepsOrder(array.shape, all);
    }),
  );
  if (typeof said === "string") {
    const names = turned.map(({ target }) => target);
    const text =
      names.length === 0
        ? `The file says that it was ${said} before; nothing is turned again.`
        : `The file says that it was ${said} before, and ${listText(names)} would be turned again.`;
    const parameters = names.length === 0 ? rules.map(({ target }) => target) : names;
    return [finding(parameters, names.length === 0 ? "note" : "suspicion", "format", text)];
  }
  const foreign = rules.filter(({ target, from: [part, ...others], ops = [] }) => {
    if (part === undefined || others.length > 0 || [...(part.ops ?? []), ...ops].some(isMove)) return false;
    const shape = model.byName.get(target)?.tensor.shape ?? [];
    const isTold = shape.length >= 2 && shape.join() !== shape.toReversed().join();
    return isTold && foreignRoles.has(segmentsOf(part.name).at(-1)!);
  });
  if (foreign.length === 0) return [];
  const names = foreign.map(({ target }) => target);
  const text = `${listText(foreign.map(({ from }) => `"${from[0]!.name}"`))} have another library's names and PyTorch's order of axes: converted before. They are taken as they lie.`;
  return [finding(names, "note", "shapes", text)];
}

const finding = (
  parameters: readonly string[],
  severity: Finding["severity"],
  evidence: Finding["evidence"],
  text: string,
): Finding => ({ kind: "already converted", parameters, severity, evidence, text, isRepaired: false });
