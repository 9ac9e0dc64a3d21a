"""The process of an engine in Python: `python engine.py torch|numpy THREADS`, and then the protocol of bench/engines.mjs."""
import json
import math
import sys
import time

import numpy as np


def numbers(*shape):
    """The numbers that works are given: the same for every engine."""
    i = np.arange(math.prod(shape), dtype=np.int64)
    return ((i * 7919 % 10007) / 10007 - 0.5).astype(np.float32).reshape(shape)


def numpy_work(work):
    kind = work["kind"]
    if kind == "matmul":
        n, transposed = work["n"], work["transposed"]
        a, b = (numbers(n, n).T if name in transposed else numbers(n, n) for name in "ab")
        return lambda: a @ b
    if kind == "unary":
        x = numbers(*work["shape"])
        functions = {"exp": np.exp, "tanh": np.tanh}
        function = functions.get(work["name"])
        return function and (lambda: function(x))
    if kind == "arithmetic":
        x, y = numbers(work["length"]), numbers(work["length"])
        return {"add": lambda: x + y, "mul": lambda: x * y, "sum": x.sum}[work["name"]]
    if kind == "transposedCopy":
        x = numbers(work["n"], work["n"]).T
        return lambda: np.ascontiguousarray(x)
    return None


def torch_mlp(torch, sizes, batch):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x = torch.from_numpy(numbers(batch, sizes[0]))
    y = torch.arange(batch) % sizes[-1]

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def torch_linear(torch, inputs, outputs, batch, is_backward, is_out_in):
    shape = (outputs, inputs) if is_out_in else (inputs, outputs)
    weight = torch.from_numpy(numbers(*shape)).requires_grad_()
    x = torch.from_numpy(numbers(batch, inputs)).requires_grad_()
    gradient = torch.from_numpy(numbers(batch, outputs))

    def forward():
        return x @ (weight.T if is_out_in else weight)

    if not is_backward:
        return torch.no_grad()(forward)
    out = forward()
    return lambda: torch.autograd.grad(out, [x, weight], gradient, retain_graph=True)


def torch_work(work):
    import torch

    functional = torch.nn.functional

    def tensor(*shape):
        return torch.from_numpy(numbers(*shape))

    kind = work["kind"]
    if kind == "matmul":
        n, transposed = work["n"], work["transposed"]
        a, b = (tensor(n, n).T if name in transposed else tensor(n, n) for name in "ab")
        return lambda: a @ b
    if kind == "unary":
        x = tensor(*work["shape"])
        function = {
            "exp": torch.exp,
            "tanh": torch.tanh,
            "gelu": functional.gelu,
            "softmax": lambda x: torch.softmax(x, -1),
            "layerNorm": lambda x: functional.layer_norm(x, x.shape[-1:]),
        }[work["name"]]
        return lambda: function(x)
    if kind == "arithmetic":
        x, y = tensor(work["length"]), tensor(work["length"])
        return {"add": lambda: x + y, "mul": lambda: x * y, "sum": x.sum}[work["name"]]
    if kind == "transposedCopy":
        x = tensor(work["n"], work["n"]).T
        return x.contiguous
    if kind == "conv":
        channels, size, kernel, filters = (work[name] for name in ("channels", "size", "kernel", "filters"))
        x, weight = tensor(1, channels, size, size), tensor(filters, channels, kernel, kernel)
        return lambda: functional.conv2d(x, weight, padding=kernel // 2)
    if kind == "mlp":
        return torch_mlp(torch, work["sizes"], work["batch"])
    if kind == "model":
        import models

        model, x = models.make(work["name"])
        return torch.no_grad()(lambda: model(x))
    if kind == "linear":
        sizes = work["inputs"], work["outputs"], work["batch"]
        return torch_linear(torch, *sizes, work["pass"] == "backward", work["layout"] == "out, in")
    return None


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    if name == "torch":
        import torch

        torch.set_num_threads(threads)
        about, make = f"PyTorch {torch.__version__}", torch_work
    else:
        about, make = f"NumPy {np.__version__}", numpy_work
    print(json.dumps({"about": about}), flush=True)
    runs = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = request["id"]
        if "count" in request:
            run, count = runs[key], request["count"]
            start = time.perf_counter()
            for _ in range(count):
                run()
            answer = {"microseconds": (time.perf_counter() - start) * 1e6 / count}
        elif "work" in request:
            run = make(request["work"])
            if run is not None:
                run()
                runs[key] = run
            answer = {"ok": run is not None}
        else:
            answer = {"ok": runs.pop(key, None) is not None}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
