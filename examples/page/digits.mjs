// The digits network as pages have it: its weights are in digits.safetensors beside it.

import * as torch from "weightbridge/torch";

const { nn } = torch;

/** The network, with weights as they are drawn. Takes pictures of shape [n, 1, 8, 8] and gives scores of shape [n, 10]. */
export const digitsNetwork = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 12, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(192, 16),
    new nn.ReLU(),
    new nn.Linear(16, 10),
  );
