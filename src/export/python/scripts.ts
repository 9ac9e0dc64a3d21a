// The files beside an exported model's source: what checks it, what it needs, and how it is used.

/** check.py: runs the model on the example and compares with what it gave here. */
export const checkScript = (
  inputs: readonly string[],
  outputs: number,
): string => `"""Runs the model on the recorded example and compares what it gives with what it gave where it was exported."""

from pathlib import Path

import torch
from model import load
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
INPUTS = (${inputs.map((name) => `${JSON.stringify(name)},`).join(" ")})
# How far outputs may be apart, as a share of the largest.
TOLERANCE = 1e-4


def main():
    example = load_file(HERE / "example.safetensors")
    model = load().eval()
    with torch.no_grad():
        outputs = model(*(example[f"inputs/{name}"] for name in INPUTS))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    if len(outputs) != ${outputs}:
        raise SystemExit(f"expected ${outputs} outputs, got {len(outputs)}")
    for i, output in enumerate(outputs):
        wanted = example[f"outputs/{i}"]
        if output.shape != wanted.shape or output.dtype != wanted.dtype:
            raise SystemExit(f"output {i} is {output.dtype} {tuple(output.shape)}, not {wanted.dtype} {tuple(wanted.shape)}")
        apart = (output.double() - wanted.double()).abs().max().item() if wanted.numel() else 0.0
        largest = wanted.double().abs().max().item() if wanted.numel() else 0.0
        if not apart <= TOLERANCE * max(largest, 1e-30):
            raise SystemExit(f"output {i} is {apart:.3g} apart, of {largest:.3g} at most")
        print(f"output {i}: at most {apart:.3g} apart, of {largest:.3g} at most")
    print("the outputs are the recorded ones")


if __name__ == "__main__":
    main()
`;

/** requirements.txt. */
export const requirements = "torch>=2.6\nsafetensors>=0.4.3\nnumpy\n";

/** What the README says of the model. */
export interface ReadmeFacts {
  readonly name: string;
  /** Names and shapes of the inputs; a length that is free is told by its name. */
  readonly inputs: readonly (readonly [name: string, dtype: string, shape: readonly (number | string)[]])[];
  readonly parameters: number;
}

/** README.md. */
export const readme = ({ name, inputs, parameters }: ReadmeFacts): string => `# ${name}

${parameters.toLocaleString("en")} parameters. The model takes ${inputs
  .map(([input, dtype, shape]) => `\`${input}\` (${dtype}, [${shape.join(", ")}])`)
  .join(", ")}.

| file | what it is |
| --- | --- |
| \`model.py\` | the model; \`load()\` gives it with its weights |
| \`model.safetensors\` | the weights, under the keys of the state dict |
| \`check.py\`, \`example.safetensors\` | an input, and what the model gave for it where it was exported |
| \`train.py\` | trains it, on one processor or many |

\`\`\`sh
pip install -r requirements.txt
python check.py
\`\`\`

Training takes a .npz or .safetensors with ${inputs.map(([input]) => `\`${input}\``).join(", ")} and \`target\`:

\`\`\`sh
python train.py --data data.npz --lr 1e-3 --epochs 3
torchrun --nproc-per-node 4 train.py --data data.npz          # DistributedDataParallel
torchrun --nproc-per-node 4 train.py --data data.npz --fsdp   # parameters sharded
\`\`\`

GPUs are used where there are any (NCCL between them), else the processor (Gloo). The trained weights are in
\`checkpoint.safetensors\`, under the same keys.
`;
