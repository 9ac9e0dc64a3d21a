# The arrays that scripts/record-numpy.py asks NumPy about, each as the Python source that makes it: element types by
# kind, shapes, layouts of memory, and what the values are like. Drawn from a fixed seed.

import random

KINDS = {
    "bool": ["bool"],
    "int": ["int8", "int16", "int32", "int64"],
    "uint": ["uint8", "uint16", "uint32", "uint64"],
    "half": ["float16"],
    "float": ["float32", "float64"],
    "complex": ["complex64", "complex128"],
    "index": ["int64"],
    "mask": ["bool"],
    "f8": ["float64"],
    "f4": ["float32"],
}
KINDS["integer"] = KINDS["int"] + KINDS["uint"]
KINDS["real"] = KINDS["integer"] + KINDS["float"] + KINDS["float"]
KINDS["floating"] = KINDS["float"] * 3 + KINDS["half"]
KINDS["inexact"] = KINDS["float"] * 2 + KINDS["complex"]
KINDS["number"] = KINDS["integer"] + KINDS["float"] * 3 + KINDS["half"] + KINDS["complex"]
KINDS["any"] = KINDS["number"] + KINDS["bool"] * 2

# Without the type whose magnitudes NumPy rounds in a way of its own.
KINDS["tested"] = [kind for kind in KINDS["any"] if kind != "complex64"]
KINDS["int8"], KINDS["uint8"], KINDS["int32"] = ["int8"], ["uint8"], ["int32"]

SHAPES = {
    "0": [()],
    "1": [(5,), (6,), (7,)],
    "2": [(3, 4), (2, 5), (4, 3)],
    "3": [(2, 3, 4), (3, 2, 2)],
    "empty": [(0,), (0, 3), (2, 0)],
    "square": [(3, 3), (4, 4)],
    "row": [(4,)],
    "column": [(3, 1)],
}
SHAPES["12"] = SHAPES["1"] + SHAPES["2"]
SHAPES["123"] = SHAPES["1"] + SHAPES["2"] * 2 + SHAPES["3"]
SHAPES["23"] = SHAPES["2"] + SHAPES["3"]
SHAPES["all"] = SHAPES["0"] + SHAPES["1"] + SHAPES["2"] * 2 + SHAPES["3"] + [(0, 3), (1, 4)]

LAYOUTS = ["C", "C", "F", "T", "reversed", "stepped"]


def number(draw, dtype, like):
    """One value of a type: small, so that sums are exact."""
    if dtype == "bool":
        return draw.choice(["True", "False"])
    if dtype.startswith("complex"):
        return f"{draw.randint(-9, 9) / 4}{draw.choice('+-')}{draw.randint(0, 9) / 4}j"
    if dtype.startswith("float"):
        if like == "nan" and draw.random() < 0.3:
            return draw.choice(["np.nan", "np.nan", "np.nan", "np.inf", "-np.inf"])
        if like == "gaps" and draw.random() < 0.3:
            return "np.nan"
        low = 1 if like == "positive" else -16
        return str(draw.randint(low, 16) / (2 if like == "equal" else 4))
    low = 0 if dtype.startswith("u") else -9
    if like == "positive":
        low = 1
    if like == "index":
        low = 0
    return str(draw.randint(low, 3 if like in ("equal", "index") else 12))


def order_of(text):
    value = complex(text)
    return (value.real, value.imag)


def source(draw, kind, shape, like="any", layout=None):
    """Python's text of an array."""
    dtype = draw.choice(KINDS[kind]) if kind in KINDS else kind
    lengths = draw.choice(SHAPES[shape]) if isinstance(shape, str) else shape
    layout = layout or draw.choice(LAYOUTS)
    size = 1
    for length in lengths:
        size *= length
    if not lengths:
        return f"np.array({number(draw, dtype, like)}, dtype='{dtype}')"
    stored = list(lengths)
    if layout == "T":
        stored.reverse()
    if layout == "stepped":
        stored[-1] *= 2
    count = 1
    for length in stored:
        count *= length
    values = [number(draw, dtype, like) for _ in range(count)]
    if like == "sorted":
        values.sort(key=order_of)
        layout = "C"
        values = values[:size]
        stored = lengths
    text = f"np.array([{', '.join(values)}], dtype='{dtype}')"
    if len(stored) != 1:
        text += f".reshape({tuple(stored)})"
    endings = {
        "C": "",
        "F": ".copy(order='F')",
        "T": ".T",
        "reversed": "[::-1]",
        "stepped": "[..., ::2]",
    }
    return text + endings[layout]


class Array:
    """What an array of a template may be."""

    def __init__(self, kind="any", shape="all", like="any", layout=None):
        self.kind, self.shape, self.like, self.layout = kind, shape, like, layout

    def draw(self, draw):
        return source(draw, self.kind, self.shape, self.like, self.layout)
