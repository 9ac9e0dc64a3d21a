"""Loads the pinned checkpoint into PyTorch's own model, optimizers and schedule, and goes on with them."""

import pathlib
import sys
from collections import Counter, OrderedDict

import torch
from torch import nn

path = pathlib.Path(sys.argv[1]) / "checkpoint.pt"
found = torch.load(path, weights_only=True)
assert list(found) == ["model", "adam", "sgd", "schedule", "epoch", "loss", "random"]
assert (found["epoch"], type(found["epoch"])) == (3, int)
assert (found["loss"], type(found["loss"])) == (2.0, float)

state = found["model"]
assert type(state) is OrderedDict
torch.manual_seed(1)
model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
adam = torch.optim.Adam(model.parameters(), lr=1.0)
sgd = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
schedule = torch.optim.lr_scheduler.MultiStepLR(sgd, [1, 2, 2], 0.5)
assert state._metadata == model.state_dict()._metadata, state._metadata

x = torch.arange(8).reshape(4, 2).float() / 8


def step():
    for optimizer in (sgd, adam):
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
    schedule.step()


def types(value):
    if isinstance(value, dict):
        return {key: types(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(types(item) for item in value)
    return type(value)


for _ in range(3):
    step()
for name, optimizer in {"adam": adam, "sgd": sgd}.items():
    groups = optimizer.state_dict()["param_groups"]
    assert repr(found[name]["param_groups"]) == repr(groups), (found[name]["param_groups"], groups)
    assert types(found[name]["state"]) == types(optimizer.state_dict()["state"]), name
assert repr(found["schedule"]) == repr(schedule.state_dict()), (found["schedule"], schedule.state_dict())
assert type(found["schedule"]["milestones"]) is Counter

model.load_state_dict(state)
adam.load_state_dict(found["adam"])
sgd.load_state_dict(found["sgd"])
schedule.load_state_dict(found["schedule"])
torch.set_rng_state(found["random"])
step()
assert adam.state[model[0].weight]["step"] == 4
