"""Loads the pinned archives with torch.load and compares them with values worked out here."""

import pathlib
import sys
from collections import OrderedDict

import torch

folder = pathlib.Path(sys.argv[1])
TYPES = (
    "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz "
    "float8_e8m0fnu float16 bfloat16 float32 float64 complex64 complex128"
).split()


def loads(name):
    path = folder / name
    yield torch.load(path, weights_only=True)
    yield torch.load(path, weights_only=True, mmap=True)


def same(one, two, where):
    assert type(one) is type(two), (where, type(one), type(two))
    if isinstance(one, torch.Tensor):
        assert (one.dtype, one.shape, one.stride(), one.storage_offset(), one.requires_grad) == (
            two.dtype,
            two.shape,
            two.stride(),
            two.storage_offset(),
            two.requires_grad,
        ), (where, one, two)
        assert bytes(one.untyped_storage()) == bytes(two.untyped_storage()), where
    elif isinstance(one, dict):
        assert list(one) == list(two), where
        for key in one:
            same(one[key], two[key], f"{where}[{key!r}]")
        if isinstance(one, OrderedDict):
            same(one.__dict__, two.__dict__, where)
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(two), where
        for at, (a, b) in enumerate(zip(one, two)):
            same(a, b, f"{where}[{at}]")
    else:
        assert one == two and str(one) == str(two), (where, one, two)


def of_type(name, first):
    dtype = getattr(torch, name)
    size = torch.empty(0, dtype=dtype).element_size()
    values = (torch.arange(6 * size) + first).to(torch.uint8)
    if dtype == torch.bool:
        return (values % 2).bool().reshape(2, 3)
    return values.view(dtype).reshape(2, 3)


for found in loads("types.pt"):
    same(found, {name: of_type(name, i) for i, name in enumerate(TYPES)}, "types")

count = torch.arange(12, dtype=torch.float32)
whole = count.reshape(3, 4)
for found in loads("layouts.pt"):
    expected = {
        "whole": whole,
        "transposed": whole.T,
        "slice": count.as_strided((2,), (4,), 5),
        "as integers": count.view(torch.int32)[1:3],
        "expanded": torch.arange(2.0).expand(3, 2),
        "reversed": torch.tensor([3.0, 2, 1, 0]),
        "0-d": torch.arange(4.0)[3],
        "empty": torch.zeros(3, 0, 2),
    }
    same(found, expected, "layouts")
    tied = [found[name].untyped_storage().data_ptr() for name in ("whole", "transposed", "slice", "as integers")]
    assert len(set(tied)) == 1, tied

for found in loads("compact.pt"):
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name
    assert found["slice"].untyped_storage().nbytes() == 8
    assert found["whole"].untyped_storage().data_ptr() == found["transposed"].untyped_storage().data_ptr()

weight = torch.nn.Parameter(torch.arange(3.0))
state = OrderedDict(weight=weight)
state._metadata = {"": {"version": 1}}
VALUES = {
    "none": None,
    "bools": [True, False],
    "ints": [0, 255, 256, 65536, -1, -(2**31), 2**31, 2**64, -(2**100)],
    "floats": [0.5, 1.0, -0.0, 1e300, float("inf")],
    "text": "é\U0001f600\ud800",
    "bytes": bytes([0, 128, 255]),
    "no bytes": b"",
    "tuples": ((), (1,), (1, 2, 3, 4)),
    "size": torch.Size([2, 3]),
    "set": {1, "a"},
    "dtype": torch.bfloat16,
    "device": torch.device("cpu"),
    3: "an int as key",
    (1, "a"): "a tuple as key",
    "shared": [["shared"], ["shared"]],
    "many": list(range(1001)),
    "state": state,
    "twice": weight,
}
for found in loads("values.pt"):
    assert found.pop("set") == {1, "a"}
    same(found, {key: value for key, value in VALUES.items() if key != "set"}, "values")
    assert found["shared"][0] is found["shared"][1]
    assert found["state"]["weight"] is found["twice"]
