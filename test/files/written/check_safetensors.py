"""Loads the pinned safetensors files with the library itself and compares them with values worked out here."""

import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save

folder = pathlib.Path(sys.argv[1])


def counted(dtype, shape, first):
    """A tensor whose bytes count up from `first`; a bool's are 0 and 1."""
    size = torch.empty(0, dtype=dtype).element_size()
    count = int(torch.tensor(shape).prod()) * size
    values = (torch.arange(count) + first).to(torch.uint8)
    if dtype == torch.bool:
        return (values % 2).bool().reshape(shape)
    return values.view(dtype).reshape(shape)


def check(name, expected, metadata=None):
    path = folder / name
    found = load_file(path)
    assert found.keys() == expected.keys(), (name, found.keys())
    for key, tensor in expected.items():
        other = found[key]
        assert (other.dtype, other.shape) == (tensor.dtype, tensor.shape), (name, key)
        one, two = (each.contiguous().flatten() for each in (tensor, other))
        if tensor.numel() and tensor.dtype != torch.bool:
            one, two = one.view(torch.uint8), two.view(torch.uint8)
        assert torch.equal(one, two), (name, key)
    with safe_open(path, "pt") as file:
        assert file.metadata() == metadata, (name, file.metadata())
    if metadata is None or len(metadata) == 1:
        own = save({key: tensor.contiguous() for key, tensor in expected.items()}, metadata)
        assert path.read_bytes() == own, f"{name} is not what the library writes"


TYPES = (
    "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz "
    "float8_e8m0fnu float16 bfloat16 float32 float64 complex64"
).split()
check("types.safetensors", {name: counted(getattr(torch, name), [2, 3], i) for i, name in enumerate(TYPES)})

check(
    "layouts.safetensors",
    {
        "fortran": torch.tensor([[0.0, 2, 4], [1, 3, 5]]),
        "every other": torch.tensor([[1.0, 3], [5, 7]]),
        "reversed": torch.tensor([3.0, 2, 1, 0]),
        "broadcast": torch.tensor([[0.0, 1]] * 3),
        "0-d": torch.tensor(3.0),
        "empty": torch.zeros(3, 0, 2),
    },
    {"format": "pt"},
)

NAMES = ["\uffff", "\U0001f600", "", "__proto__", 'a"b\\\n\u0001é', "0"]
check(
    "names.safetensors",
    {name: counted(torch.int32, [1], i) for i, name in enumerate(NAMES)},
    {"b": "naïve\n", "a": ""},
)
check("nothing.safetensors", {})
