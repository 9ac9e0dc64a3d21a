"""`files_peer.py make FOLDER` writes the files of the group `files`; `files_peer.py read PATH` reads one whole and prints its time."""
import json
import os
import sys
import time

import numpy as np
import safetensors.numpy
import torch

LAYERS = 60


def make(folder):
    generator = np.random.default_rng(0)
    arrays = {
        f"layer.{i}.weight": generator.standard_normal((1024, 2048), dtype=np.float32) for i in range(LAYERS)
    }
    arrays["embedding.weight"] = generator.standard_normal((4096, 2048), dtype=np.float32)
    arrays["bias"] = generator.standard_normal(1024, dtype=np.float32)
    np.savez(os.path.join(folder, "model.npz"), **arrays)
    torch.save({name: torch.from_numpy(a) for name, a in arrays.items()}, os.path.join(folder, "model.pt"))
    safetensors.numpy.save_file(arrays, os.path.join(folder, "model.safetensors"))


def read_npz(path):
    with np.load(path) as members:
        return {name: members[name] for name in members.files}


READERS = {".npz": read_npz, ".pt": torch.load, ".safetensors": safetensors.numpy.load_file}


def read(path):
    start = time.perf_counter()
    tensors = READERS[os.path.splitext(path)[1]](path)
    whole = (time.perf_counter() - start) * 1e6
    print(json.dumps({"whole": whole, "tensors": len(tensors)}))


if __name__ == "__main__":
    {"make": make, "read": read}[sys.argv[1]](sys.argv[2])
