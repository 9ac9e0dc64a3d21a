"""Times the rows of the bench in NumPy and PyTorch on one thread: python peers.py GROUP...; prints JSON."""
import json
import statistics
import sys
import time

import numpy as np
import torch

ROUNDS = 31
ROUND_SECONDS = 0.008


def measure(run):
    """The median time of one run in microseconds."""
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            run()
        elapsed = time.perf_counter() - start
        if elapsed >= ROUND_SECONDS:
            break
        count *= 2
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(count):
            run()
        times.append((time.perf_counter() - start) * 1e6 / count)
    return statistics.median(times)


def loops():
    a = (np.arange(2**20) % 1000 / 1000).astype(np.float32)
    b = a.copy()
    x, y = torch.from_numpy(a), torch.from_numpy(b)
    return {
        "add": {"numpy": measure(lambda: a + b), "torch": measure(lambda: x.add(y))},
        "copy": {"numpy": measure(a.copy), "torch": measure(x.clone)},
        "sum": {"numpy": measure(a.sum), "torch": measure(x.sum)},
    }


def random():
    target = torch.empty(10**7)

    def median(run):
        run()
        times = []
        for _ in range(7):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1e6)
        return statistics.median(times)

    return {"uniform 10^7": {"torch": median(target.uniform_)}, "normal 10^7": {"torch": median(target.normal_)}}


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hid1 = torch.nn.Linear(4, 7)
        self.oupt = torch.nn.Linear(7, 3)

    def forward(self, x):
        z = torch.tanh(self.hid1(x))
        return torch.log_softmax(self.oupt(z), dim=1)


def step_on(x, y):
    net = Net()
    loss_function = torch.nn.NLLLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad()
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()

    return step


def small():
    torch.manual_seed(1)
    net = Net()
    x = torch.tensor([[5.1, 3.5, 1.4, 0.2]])
    a, b = torch.randn(10), torch.randn(10)
    work = {
        "4-7-3 training step": step_on(x, torch.tensor([0])),
        "4-7-3 forward pass": lambda: net(x),
        "training step, batch 32": step_on(torch.randn(32, 4), torch.randint(0, 3, (32,))),
        "tensor of 4 numbers": lambda: torch.tensor([[5.1, 3.5, 1.4, 0.2]]),
        "add of 10 elements": lambda: a.add(b),
    }
    return {name: {"torch": measure(run)} for name, run in work.items()}


def main():
    torch.set_num_threads(1)
    groups = {"files": dict, "loops": loops, "random": random, "small": small}
    result = {}
    for name in sys.argv[1:]:
        result.update(groups[name]())
    print(json.dumps(result))


if __name__ == "__main__":
    main()
