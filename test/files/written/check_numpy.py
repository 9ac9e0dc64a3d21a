"""Loads the pinned .npy and .npz with NumPy, compares them with values worked out here, and writes them again."""

import io
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
TYPES = (
    "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64 complex64 complex128"
).split()


def of_type(name, first):
    dtype = np.dtype(name)
    values = (np.arange(6 * dtype.itemsize) + first) % (2 if name == "bool" else 256)
    return values.astype(np.uint8).view(dtype).reshape(2, 3)


count = np.arange(8, dtype=np.float32)
LAYOUTS = {
    "fortran": np.asfortranarray(count[:6].reshape(3, 2).T),
    "layers/every other": count.reshape(2, 4)[:, 1::2],
    "reversed é": count[3::-1],
    "0-d": count[3].reshape(()),
    "empty": np.zeros((3, 0, 2), np.float32),
}


def check(name, expected):
    with np.load(folder / name) as found:
        assert found.files == list(expected), (name, found.files)
        for key, array in expected.items():
            assert (found[key].dtype, found[key].shape) == (array.dtype, array.shape), (name, key)
            assert found[key].tobytes() == array.tobytes(), (name, key)
    own = io.BytesIO()
    np.savez(own, **expected)
    assert own.getvalue() == (folder / name).read_bytes(), f"{name} is not what NumPy writes"


check("types.npz", {name: of_type(name, i) for i, name in enumerate(TYPES)})
check("layouts.npz", LAYOUTS)
own = io.BytesIO()
np.save(own, LAYOUTS["fortran"])
assert own.getvalue() == (folder / "fortran.npy").read_bytes(), "fortran.npy is not what NumPy writes"
