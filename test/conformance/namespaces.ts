// The names that recorded programs take for granted, and the parts of the API that they mean.

import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import * as nn from "../../src/torch/nn/index.ts";
import * as optim from "../../src/torch/optim/index.ts";

import { iterate, size } from "./python/host.ts";
import { Callable } from "./python/values.ts";

/** `import numpy as np`, `import torch`, `from torch import nn`, `import torch.nn.functional as F`. */
export const namespaces: readonly (readonly [string, unknown])[] = [
  ["np", np],
  ["torch", { ...torch, nn, optim, Size: new Callable("Size", ([items]) => size(iterate(items ?? []))) }],
  ["nn", nn],
  ["F", nn.functional],
];
