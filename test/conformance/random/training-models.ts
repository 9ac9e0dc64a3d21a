// The networks of the recorded training runs, as `sources` of random/training.json writes them in Python.

import * as torch from "../../../src/torch/index.ts";

const { nn } = torch;
type Tensor = torch.Tensor;

/** A network that takes one tensor and gives one. */
export abstract class Network extends torch.nn.Module {
  abstract override forward(x: Tensor): Tensor;
}

class Iris extends Network {
  hid1: torch.nn.Linear = new nn.Linear(4, 7);
  oupt: torch.nn.Linear = new nn.Linear(7, 3);

  constructor() {
    super();
    for (const layer of [this.hid1, this.oupt]) {
      nn.init.uniform_(layer.weight, -0.1, 0.1);
      nn.init.zeros_(layer.bias!);
    }
  }

  override forward(x: Tensor): Tensor {
    return torch.logSoftmax(this.oupt.call(torch.tanh(this.hid1.call(x))), { dim: 1 });
  }
}

class Mlp extends Network {
  a: torch.nn.Linear = new nn.Linear(64, 32);
  b: torch.nn.Linear = new nn.Linear(32, 10);

  override forward(x: Tensor): Tensor {
    return this.b.call(torch.relu(this.a.call(x)));
  }
}

class Regular extends Network {
  net: torch.nn.Sequential = new nn.Sequential(
    new nn.Linear(64, 24),
    new nn.BatchNorm1d(24),
    new nn.ReLU(),
    new nn.Dropout(0.3),
    new nn.Linear(24, 10),
  );

  override forward(x: Tensor): Tensor {
    return this.net.call(x) as Tensor;
  }
}

class Cnn extends Network {
  net: torch.nn.Sequential = new nn.Sequential(
    new nn.Conv2d(1, 8, 3),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(72, 10),
  );

  override forward(x: Tensor): Tensor {
    return this.net.call(x.reshape(-1, 1, 8, 8)) as Tensor;
  }
}

class Lstm extends Network {
  rnn: torch.nn.LSTM = new nn.LSTM(3, 8, { batchFirst: true });
  out: torch.nn.Linear = new nn.Linear(8, 2);

  override forward(x: Tensor): Tensor {
    const [, [h]] = this.rnn.call(x);
    return this.out.call(h.at(-1));
  }
}

class Gru extends Network {
  rnn: torch.nn.GRU = new nn.GRU(3, 8, { numLayers: 2, batchFirst: true });
  out: torch.nn.Linear = new nn.Linear(8, 1);

  override forward(x: Tensor): Tensor {
    const [y] = this.rnn.call(x);
    return this.out.call(y.at(":", -1)).squeeze(1);
  }
}

class Classifier extends Network {
  tokens: torch.nn.Embedding = new nn.Embedding(10, 16);
  places: torch.nn.Parameter = new nn.Parameter(torch.zeros(12, 16));
  encoder: torch.nn.TransformerEncoder;
  out: torch.nn.Linear;

  constructor(dropout: number) {
    super();
    const layer = new nn.TransformerEncoderLayer(16, 2, 32, { dropout, batchFirst: true });
    this.encoder = new nn.TransformerEncoder(layer, 2);
    this.out = new nn.Linear(16, 2);
  }

  override forward(x: Tensor): Tensor {
    return this.out.call(this.encoder.call(this.tokens.call(x).add(this.places)).mean({ dim: 1 }));
  }
}

/** Builds the network of a recorded class; what is not in the source is in the run's name. */
export const networks: Readonly<Record<string, (runName: string) => Network>> = {
  Iris: () => new Iris(),
  Mlp: () => new Mlp(),
  Regular: () => new Regular(),
  Cnn: () => new Cnn(),
  Lstm: () => new Lstm(),
  Gru: () => new Gru(),
  Classifier: (name) => new Classifier(Number(/dropout (\S+)/.exec(name)![1])),
};
