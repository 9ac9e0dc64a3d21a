"""Loads the pinned files of HDF5 with h5py and compares them with values worked out here."""

import pathlib
import sys

import h5py
import numpy as np

folder = pathlib.Path(sys.argv[1])


def counted(dtype, shape, first):
    """An array whose bytes count up from `first`; a bool's are 0 and 1."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape)) * dtype.itemsize
    values = (np.arange(count) + first) % (2 if dtype == bool else 256)
    return np.frombuffer(values.astype(np.uint8).tobytes(), dtype).reshape(shape)


def datasets(file):
    found = {}
    file.visititems(lambda name, item: found.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def check(name, expected):
    with h5py.File(folder / name, "r") as file:
        found = datasets(file)
        assert found.keys() == expected.keys(), (name, found.keys())
        for path, array in expected.items():
            other = file[path][()]
            assert (other.dtype, other.shape) == (array.dtype, array.shape), (name, path, other.dtype)
            assert other.tobytes() == array.tobytes(), (name, path)


TYPES = (
    "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz "
    "float8_e8m0fnu float16 bfloat16 float32 float64 complex64 complex128"
).split()
OPAQUE = {name: "V2" if name == "bfloat16" else "V1" for name in TYPES if name.startswith(("float8", "bfloat"))}
check("types.h5", {f"types/{name}": counted(OPAQUE.get(name, name), (2, 3), i) for i, name in enumerate(TYPES)})
with h5py.File(folder / "types.h5", "r") as file:
    for name in TYPES:
        assert dict(file["types"][name].attrs) == ({"dtype": name} if name in OPAQUE else {}), name

f4 = np.float32
check(
    "layouts.h5",
    {
        "fortran": np.array([[0, 2, 4], [1, 3, 5]], f4),
        "every other": np.array([[1, 3], [5, 7]], f4),
        "broadcast": np.array([[0, 1]] * 3, f4),
        "0-d": np.array(3, f4),
        "empty": np.zeros((3, 0, 2), f4),
    },
)

NAMES = [*"10 9 0 1 2 3 4 5 6 7 8 \uffff \U0001f600 __proto__ é".split(" "), "with a blank"]
check("names.h5", {f"a/b/{name}": counted(np.int32, (1,), i) for i, name in enumerate(NAMES)})
with h5py.File(folder / "names.h5", "r") as file:
    assert list(file["a/b"]) == sorted(NAMES, key=str.encode), list(file["a/b"])
    assert "a/b/11" not in file
check("nothing.h5", {})

ATTRIBUTES = {
    "text": "naïve",
    "no text": "",
    "long": "0123456789" * 700,
    "texts": np.array(["a", "", "日本"], object),
    "bytes": np.bytes_(b"fixed"),
    "list of bytes": np.array([b"a", b"bcd"], "S3"),
    "integer": np.int64(-3),
    "float": np.float64(1.5),
    "large": np.uint64(2**64 - 1),
    "true": np.bool_(True),
    "list": np.array([1, 2, 3], np.int64),
    "mixed": np.array([1, 2.5]),
    "booleans": np.array([True, False]),
    "nothing": np.array([], np.float64),
    "array": counted(np.float64, (2, 1), 0),
}
with h5py.File(folder / "attributes.h5", "r") as file:
    assert set(file.attrs) == set(ATTRIBUTES), set(file.attrs)
    for name, value in ATTRIBUTES.items():
        other = file.attrs[name]
        assert type(other) is type(value), (name, type(other))
        one, two = np.asarray(value), np.asarray(other)
        assert (one.dtype, one.shape, one.tolist()) == (two.dtype, two.shape, two.tolist()), (name, other)
    assert dict(file["array"].attrs) == {"unit": "m"}
    assert dict(file["only/attributes"].attrs) == {"name": "x"}
    assert len(file["only/attributes"]) == 0
check("attributes.h5", {"array": counted(np.int32, (2,), 0)})
