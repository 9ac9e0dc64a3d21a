// Checks a model before it is written: what onnx.checker asks of the graphs that are made here.

import { RuntimeError } from "../../core/errors.ts";
import type { GraphProto, ModelProto, TensorProto } from "../../onnx/messages.ts";
import { onnxTypes } from "../../onnx/types.ts";

/** What is wrong with a tensor's form. */
function tensorProblem({ name = "", dims = [], dataType = 0, rawData }: TensorProto): string | undefined {
  const type = onnxTypes.get(dataType);
  if (type === undefined || type.dtype === undefined) return `the tensor ${name} has no type`;
  const bytes = dims.reduce<number>((size, length) => size * Number(length), type.dtype.itemSize);
  if (rawData === undefined || rawData.byteLength === bytes) return undefined;
  return `the tensor ${name} takes ${bytes} bytes, and has ${rawData.byteLength}`;
}

function graphProblems(graph: GraphProto, domains: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const known = new Set<string>();
  const names = new Set<string>();
  const define = (name: string): void => {
    if (name === "" || known.has(name)) problems.push(`two values have the name ${JSON.stringify(name)}`);
    known.add(name);
  };
  for (const { name = "", type } of graph.input ?? []) {
    define(name);
    if (type?.tensorType?.elemType === undefined) problems.push(`the input ${name} has no type`);
  }
  for (const tensor of graph.initializer ?? []) {
    define(tensor.name ?? "");
    problems.push(...[tensorProblem(tensor)].filter((each) => each !== undefined));
  }
  for (const { name = "", opType = "", domain = "", input = [], output = [], attribute = [] } of graph.node ??
    []) {
    if (name === "" || names.has(name)) problems.push(`two nodes have the name ${JSON.stringify(name)}`);
    names.add(name);
    if (!domains.has(domain))
      problems.push(`the operators of the domain ${domain} have no version (${opType})`);
    for (const each of input) {
      if (each !== "" && !known.has(each))
        problems.push(`${name} takes ${each}, which nothing gives before it`);
    }
    for (const { t } of attribute)
      if (t !== undefined) problems.push(...[tensorProblem(t)].filter((each) => each !== undefined));
    for (const each of output) if (each !== "") define(each);
  }
  for (const { name = "", type } of graph.output ?? []) {
    if (!known.has(name)) problems.push(`nothing gives the output ${name}`);
    if (type?.tensorType?.elemType === undefined) problems.push(`the output ${name} has no type`);
  }
  return problems;
}

/**
 * Checks a model: each value has one maker, which comes before whoever takes it; operators have versions, inputs and outputs
 * types, tensors as many bytes as their shapes say.
 * @throws RuntimeError naming everything that is wrong
 */
export function checkModel({ graph, opsetImport = [] }: ModelProto): void {
  const domains = new Set(opsetImport.map(({ domain = "" }) => domain));
  const problems = graph === undefined ? ["it has no graph"] : graphProblems(graph, domains);
  if (problems.length > 0) throw new RuntimeError(`the model is not valid ONNX: ${problems.join("; ")}`);
}
