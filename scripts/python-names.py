# Writes the public names of NumPy and PyTorch to test/reference/names.json, which test/house/surface.test.ts compares
# ours with. Run it with a Python that has both:
#
#   python scripts/python-names.py > test/reference/names.json

import inspect
import json
import types

import numpy
import numpy.testing
import torch
import torch.testing
import torch.optim.swa_utils

places = {
    "torch": torch,
    "torch.linalg": torch.linalg,
    "torch.Tensor": torch.Tensor,
    "torch.nn": torch.nn,
    "torch.nn.Module": torch.nn.Module,
    "torch.nn.functional": torch.nn.functional,
    "torch.nn.init": torch.nn.init,
    "torch.nn.modules.module": torch.nn.modules.module,
    "torch.nn.utils": torch.nn.utils,
    "torch.nn.utils.parametrizations": torch.nn.utils.parametrizations,
    "torch.nn.utils.parametrize": torch.nn.utils.parametrize,
    "torch.nn.utils.rnn": torch.nn.utils.rnn,
    "torch.special": torch.special,
    "torch.optim": torch.optim,
    "torch.optim.Optimizer": torch.optim.Optimizer,
    "torch.optim.lr_scheduler": torch.optim.lr_scheduler,
    "torch.optim.lr_scheduler.LRScheduler": torch.optim.lr_scheduler.LRScheduler,
    "torch.optim.swa_utils": torch.optim.swa_utils,
    "torch.utils": torch.utils,
    "torch.utils.data": torch.utils.data,
    "torch.autograd": torch.autograd,
    "torch.autograd.functional": torch.autograd.functional,
    "torch.autograd.graph": torch.autograd.graph,
    "torch.fft": torch.fft,
    "torch.random": torch.random,
    "torch.signal": torch.signal,
    "torch.signal.windows": torch.signal.windows,
    "numpy.fft": numpy.fft,
    "numpy": numpy,
    "numpy.linalg": numpy.linalg,
    "numpy.random": numpy.random,
    "numpy.random.BitGenerator": numpy.random.BitGenerator,
    "numpy.random.Generator": numpy.random.Generator,
    "numpy.random.MT19937": numpy.random.MT19937,
    "numpy.random.PCG64": numpy.random.PCG64,
    "numpy.random.PCG64DXSM": numpy.random.PCG64DXSM,
    "numpy.random.Philox": numpy.random.Philox,
    "numpy.random.RandomState": numpy.random.RandomState,
    "numpy.random.SFC64": numpy.random.SFC64,
    "numpy.random.SeedSequence": numpy.random.SeedSequence,
    "numpy.testing": numpy.testing,
    "torch.testing": torch.testing,
    "numpy.ndarray": numpy.ndarray,
}


def names(place):
    return " ".join(sorted(name for name in dir(place) if not name.startswith("_")))


def is_offered(place, name):
    """Whether a name is a part of what the place offers to its users, and not what its own code imports."""
    value = getattr(place, name, None)
    if name.startswith("_") or isinstance(value, types.ModuleType):
        return False
    if inspect.isclass(place):
        return True
    listed = getattr(place, "__all__", None)
    if place is torch:
        is_function = name in listed or hasattr(torch._C._VariableFunctions, name)
        return is_function and (name[0].islower() or name in ("Generator", "Size", "Tensor"))
    if listed is not None:
        return name in listed
    if inspect.isclass(value):
        return value.__module__.startswith(place.__name__)
    return callable(value) and str(getattr(value, "__module__", None) or "torch").startswith("torch")


def offered(place):
    return " ".join(sorted(name for name in dir(place) if is_offered(place, name)))


versions = {"numpy": numpy.__version__, "torch": torch.__version__.split("+")[0]}
lists = {
    "versions": versions,
    "names": {key: names(place) for key, place in places.items()},
    # What docs/not-here.md is made from.
    "api": {key: offered(place) for key, place in places.items() if key.startswith("torch")},
}
print(json.dumps(lists, indent=1))
