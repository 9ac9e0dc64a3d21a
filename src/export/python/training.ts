// train.py: trains the exported model on one processor or many (torch.distributed's launcher `torchrun`,
// DistributedDataParallel, and fully_shard, which is FSDP's second form).

/** What the script is told of the model. */
export interface TrainingFacts {
  readonly inputs: readonly string[];
  /** Entries of the state dict that are one tensor with another: files hold the other. */
  readonly tied: readonly string[];
  /** True iff some parameters take no part in the first output. */
  readonly hasUnused: boolean;
}

const body = `
HERE = Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description="Trains the model of model.py.")
    parser.add_argument("--data", type=Path, required=True, help="a .npz or .safetensors with the inputs and the target")
    parser.add_argument("--target", default="target", help="the name of the target in it")
    parser.add_argument("--weights", type=Path, default=HERE / "model.safetensors", help="the weights to begin with")
    parser.add_argument("--out", type=Path, default=HERE / "checkpoint.safetensors", help="the file for the trained weights")
    parser.add_argument("--loss", choices=["auto", *LOSSES], default="auto",
                        help="auto: cross_entropy for a target of integers, else mse")
    parser.add_argument("--output", type=int, default=0, help="which of several outputs the loss is of")
    parser.add_argument("--optimizer", choices=list(OPTIMIZERS), default="adamw")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--momentum", type=float, default=0.0, help="of sgd")
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--clip", type=float, help="the largest norm of the gradients")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, help="ends after so many steps")
    parser.add_argument("--batch-size", type=int, default=32, help="of each process")
    parser.add_argument("--no-shuffle", action="store_true", help="takes the examples in their order")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fsdp", action="store_true", help="shards parameters over the processes instead of copying them")
    parser.add_argument("--eval-mode", action="store_true", help="without dropout, with the statistics of normalisations")
    return parser.parse_args()


def cross_entropy(output, target):
    if target.shape == output.shape[:-1]:
        output, target = output.flatten(0, -2), target.flatten()
    return F.cross_entropy(output, target)


LOSSES = {
    "cross_entropy": cross_entropy,
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "bce_with_logits": F.binary_cross_entropy_with_logits,
}

OPTIMIZERS = {
    "sgd": lambda parameters, given: torch.optim.SGD(
        parameters, lr=given.lr, momentum=given.momentum, weight_decay=given.weight_decay),
    "adam": lambda parameters, given: torch.optim.Adam(parameters, lr=given.lr, weight_decay=given.weight_decay),
    "adamw": lambda parameters, given: torch.optim.AdamW(parameters, lr=given.lr, weight_decay=given.weight_decay),
}


def read_data(path, target):
    """The inputs in the order in which the model takes them, and the target."""
    if path.suffix == ".npz":
        with np.load(path) as file:
            arrays = {name: torch.from_numpy(file[name]) for name in file.files}
    else:
        arrays = load_file(path)
    found = []
    for name in (*INPUTS, target):
        names = [name, f"inputs/{name}", *(["input"] if len(INPUTS) == 1 and name != target else [])]
        present = [each for each in names if each in arrays]
        if not present:
            raise SystemExit(f"{path}: there is no array {name}; there are {', '.join(arrays)}")
        found.append(arrays[present[0]])
    return TensorDataset(*found)


def wrapped(model, device, given):
    """The model as the processes share it."""
    if not dist.is_initialized():
        return model
    if given.fsdp:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        mesh = init_device_mesh(device.type, (dist.get_world_size(),))
        for module in model.modules():
            if isinstance(module, nn.ModuleList):
                for block in module:
                    fully_shard(block, mesh=mesh)
        return fully_shard(model, mesh=mesh)
    devices = [device] if device.type == "cuda" else None
    has_unused = HAS_UNUSED or given.output > 0
    return nn.parallel.DistributedDataParallel(model, device_ids=devices, find_unused_parameters=has_unused)


def save(model, path, given):
    """Writes the weights under the names of the state dict."""
    if given.fsdp and dist.is_initialized():
        from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

        state = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    else:
        state = getattr(model, "module", model).state_dict()
    if dist.is_initialized() and dist.get_rank() > 0:
        return
    state = {name: value.cpu().contiguous() for name, value in state.items() if name not in TIED}
    save_file(state, path, metadata={"format": "pt"})


def mean_loss(loss):
    """The loss of the batches of all processes."""
    loss = loss.detach().clone()
    if dist.is_initialized():
        dist.all_reduce(loss)
        loss /= dist.get_world_size()
    return loss.item()


def clip(parameters, largest):
    norm = nn.utils.clip_grad_norm_(parameters, largest)
    return norm.full_tensor() if hasattr(norm, "full_tensor") else norm


def train(given):
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(device)
    torch.manual_seed(given.seed)
    model = load(given.weights).to(device).train(not given.eval_mode)
    data = read_data(given.data, given.target)
    count, rank = (dist.get_world_size(), dist.get_rank()) if dist.is_initialized() else (1, 0)
    sampler = DistributedSampler(data, count, rank, shuffle=not given.no_shuffle, seed=given.seed)
    loader = DataLoader(data, given.batch_size, sampler=sampler)
    is_classes = not data.tensors[-1].is_floating_point()
    name = given.loss if given.loss != "auto" else "cross_entropy" if is_classes else "mse"
    # What is drawn while training differs from process to process.
    torch.manual_seed(given.seed + rank)
    model = wrapped(model, device, given)
    optimizer = OPTIMIZERS[given.optimizer](model.parameters(), given)
    step = 0
    for epoch in range(given.epochs):
        sampler.set_epoch(epoch)
        for batch in loader:
            *inputs, target = (each.to(device) for each in batch)
            output = model(*inputs)
            output = output[given.output] if isinstance(output, tuple) else output
            loss = LOSSES[name](output, target)
            optimizer.zero_grad()
            loss.backward()
            if given.clip is not None:
                clip(model.parameters(), given.clip)
            optimizer.step()
            step += 1
            shown = mean_loss(loss)
            if rank == 0:
                print(f"epoch {epoch + 1} step {step} loss {shown:.9g}", flush=True)
            if step == given.steps:
                save(model, given.out, given)
                return
    save(model, given.out, given)


def main():
    given = arguments()
    if "RANK" in os.environ:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        train(given)
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
`;

const head = `"""Trains the model of model.py.

    python train.py --data data.npz
    torchrun --nproc-per-node 4 train.py --data data.npz
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from model import load
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset
`;

const tuple = (names: readonly string[]): string =>
  `(${names.map((name) => `${JSON.stringify(name)},`).join(" ")})`;

/** The script. */
export const trainingScript = ({ inputs, tied, hasUnused }: TrainingFacts): string =>
  [
    head,
    `# What the model takes, in order.\nINPUTS = ${tuple(inputs)}`,
    `# Entries of the state dict that are one tensor with another, which files hold.\nTIED = ${tuple(tied)}`,
    `# Whether some parameters take no part in the first output.\nHAS_UNUSED = ${hasUnused ? "True" : "False"}`,
    body.trimStart(),
  ].join("\n");
