# Writes the public names of NumPy and PyTorch to test/reference/names.json, which test/house/surface.test.ts compares
# ours with. Run it with a Python that has both:
#
#   python scripts/python-names.py > test/reference/names.json

import json

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
    "torch.fft": torch.fft,
    "torch.signal": torch.signal,
    "torch.signal.windows": torch.signal.windows,
    "numpy.fft": numpy.fft,
    "numpy": numpy,
    "numpy.linalg": numpy.linalg,
    "numpy.testing": numpy.testing,
    "torch.testing": torch.testing,
    "numpy.ndarray": numpy.ndarray,
}


def names(place):
    return " ".join(sorted(name for name in dir(place) if not name.startswith("_")))


versions = {"numpy": numpy.__version__, "torch": torch.__version__.split("+")[0]}
print(json.dumps({"versions": versions, "names": {key: names(place) for key, place in places.items()}}, indent=1))
