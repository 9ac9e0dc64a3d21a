# Writes what NumPy answers to a few thousand calls to test/reference/numpy/*.jsonl.gz, which the suite `numpy` replays
# (test/conformance/numpy.ts). A case is a Python program whose last line is the question. Run it with a Python that has
# NumPy and PyTorch (of which torch.testing is asked): `python scripts/record-numpy.py`; `--seed N --to DIR` draws other cases.
#
# A case holds `py`, and what came: `result` (or `error` and `message`), `warnings`, and the state of what was written to
# as part of the result. `digits` says that numbers count as equal within so many units of the last place of the
# greatest number of the result: sums, and functions of which no library promises the last digit.

import argparse
import gzip
import io
import json
import math
import os
import random
import re
import warnings

import numpy as np
import record_numpy_cases as cases
import record_numpy_more as more
import torch

FILES = {
    "ufuncs": cases.UFUNCS,
    "reductions": cases.REDUCTIONS,
    "nan": cases.NAN,
    "statistics": cases.STATISTICS,
    "sorting": cases.SORTING,
    "moving": more.MOVING,
    "creation": more.CREATION,
    "products": more.PRODUCTS,
    "polynomials": more.POLYNOMIALS,
    "testing": more.TESTING,
    "torch_testing": more.TORCH_TESTING,
}


def scalar(value):
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value) if abs(int(value)) <= 2**53 else str(int(value))
    if isinstance(value, (complex, np.complexfloating)):
        return [scalar(value.real), scalar(value.imag)]
    number = float(value)
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else ("Infinity" if number > 0 else "-Infinity")


def flags(array):
    letters = {"C": "C_CONTIGUOUS", "F": "F_CONTIGUOUS", "W": "WRITEABLE", "A": "ALIGNED"}
    with warnings.catch_warnings():
        # Some views say that they will be read-only one day.
        warnings.simplefilter("ignore")
        return "".join(letter for letter, name in letters.items() if array.flags[name])


def seen(value, names):
    """A value as it is recorded; arrays with the names of the arrays whose memory they share."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            raise TypeError(f"an array of {value.dtype}")
        return {
            "array": {
                "dtype": value.dtype.name,
                "shape": list(value.shape),
                "strides": [step // value.itemsize for step in value.strides],
                "flags": flags(value),
                "shares": [name for name, other in names.items() if np.shares_memory(value, other)],
                "values": [scalar(item) for item in value.ravel().tolist()],
            }
        }
    if isinstance(value, np.generic):
        return {"scalar": value.dtype.name, "value": scalar(value)}
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float, complex)):
        return scalar(value)
    if isinstance(value, np.dtype):
        return {"dtype": value.name}
    if isinstance(value, type) and issubclass(value, np.generic):
        return {"dtype": np.dtype(value).name}
    if isinstance(value, (list, tuple)):
        return [seen(item, names) for item in value]
    raise TypeError(f"a case gives a {type(value).__name__}")


ERRORS = re.compile(r"^_UFunc\w+Error$")


def answer(lines):
    """What a program gives: the fields of its case."""
    scope = {"np": np, "torch": torch}
    for line in lines[:-1]:
        if re.match(r"^[abc] = ", line):
            exec(line, scope)
    names = {name: scope[name] for name in "abc" if isinstance(scope.get(name), np.ndarray)}
    rest = [line for line in lines if not re.match(r"^[abc] = ", line)]
    fields = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = None
            for line in rest:
                value = eval(line, scope)
            result = value
        except Exception as error:
            fields = {"error": ERRORS.sub("UFuncTypeError", type(error).__name__), "message": str(error)}
    if caught:
        fields["warnings"] = [{"type": each.category.__name__, "message": str(each.message)} for each in caught]
    if "error" not in fields:
        fields["result"] = seen(result, names)
    return fields


def program(template, draw):
    """One program of a template: the arrays, the expression, what is looked at then."""
    parts = template.parts
    choices = {name: draw.choice(part) for name, part in parts.items() if isinstance(part, list)}
    lines = [f"{name} = {part.draw(draw)}" for name, part in parts.items() if not isinstance(part, list)]
    text = template.text
    for name, choice in choices.items():
        text = text.replace("{" + name + "}", choice)
    if template.then is None:
        return [*lines, text]
    # What is given and what was written to are looked at together.
    return [*lines, f"[{text}, {template.then}]"]


def file_text(templates, draw):
    rows, known = [], set()
    for template in templates:
        for _ in range(template.times):
            lines = program(template, draw)
            py = "; ".join(lines)
            if py in known:
                continue
            known.add(py)
            try:
                fields = answer(lines)
            except TypeError as error:
                if "a case gives" in str(error) or "an array of" in str(error):
                    continue
                raise
            # "single": reckoned in single precision, perhaps, and put into an array of another type.
            digits = {True: 4, "coarse": 1000, "single": 4}.get(template.near)
            if template.near == "single" and re.search("float64|complex128", json.dumps(fields)):
                digits = 2**31
            rows.append({"id": len(rows), "py": py, **({"digits": digits} if digits else {}), **fields})
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), len(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", default=os.path.join(os.path.dirname(__file__), "..", "test", "reference"))
    options = parser.parse_args()
    folder = os.path.join(options.to, "numpy")
    os.makedirs(folder, exist_ok=True)
    for name, templates in FILES.items():
        text, count = file_text(templates, random.Random(f"{name} {options.seed}"))
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed:
            packed.write(text.encode())
        with open(os.path.join(folder, f"{name}.jsonl.gz"), "wb") as file:
            file.write(buffer.getvalue())
        print(f"{name}: {count} cases, {len(buffer.getvalue())} bytes")


main()
