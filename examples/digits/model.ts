// The digits network as one would write it for PyTorch: images [N, 1, 8, 8], kernels [out, in, height, width],
// Linear weights [out, in], Flatten over channels, then height, then width.

import * as torch from "weightbridge/torch";

const nn: typeof torch.nn = torch.nn;

export default function digits(): InstanceType<typeof nn.Sequential> {
  return new nn.Sequential(
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
}
