// Models that are exported in the tests: of torch.nn's layers, of classes of their own, and the published ones, made small.

import * as models from "../../src/models/index.ts";
import { arange, nn, randn, type Tensor, tensor } from "../../src/torch/index.ts";

const F = nn.functional;

/** A model and an example of what it takes. */
export interface Sample {
  readonly model: nn.Module;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** A classifier as one writes it first: layers as fields, functions between them. */
export class Net extends nn.Module {
  hid1: nn.Linear = new nn.Linear(12, 16);
  hid2: nn.Linear = new nn.Linear(16, 16);
  out: nn.Linear = new nn.Linear(16, 3);
  readonly p: number = 0.25;

  override forward(x: Tensor): Tensor {
    const flat = x.view(x.shape[0]!, -1);
    const first = F.dropout(this.hid1.call(flat).tanh(), { p: this.p, training: this.training });
    return F.logSoftmax(this.out.call(F.relu(this.hid2.call(first)).add(first)), { dim: 1 });
  }
}

/** What is no layer: a scale that is no parameter, a recurrent layer with its state, an index, a tied weight. */
export class Tagger extends nn.Module {
  embed: nn.Embedding = new nn.Embedding(11, 6);
  rnn: nn.LSTM = new nn.LSTM(6, 6, { batchFirst: true });
  head: nn.Linear = new nn.Linear(6, 11, { bias: false });
  readonly scale: Tensor = tensor([0.5, 1, 2, 1, 0.5, 1]);

  constructor() {
    super();
    this.head.weight = this.embed.weight;
  }

  override forward(tokens: Tensor): readonly [Tensor, Tensor] {
    const positions = arange(tokens.shape[1]!).unsqueeze(0).div(10).unsqueeze(-1);
    const [states, [hidden]] = this.rnn.call(
      this.embed.call(tokens).mul(this.scale).add(positions),
    ) as unknown as [Tensor, [Tensor, Tensor]];
    return [this.head.call(states.at("...", ":")), hidden.at(-1)];
  }
}

/** Token ids that differ. */
export const ids = (batch: number, length: number, limit: number): Tensor =>
  arange(batch * length)
    .mul(7)
    .add(3)
    .remainder(limit)
    .reshape(batch, length);

const text = {
  vocabSize: 40,
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 24,
  maxPositionEmbeddings: 32,
  typeVocabSize: 2,
};

/** The models by name. */
export const samples: Readonly<Record<string, () => Sample>> = {
  sequential: () => ({
    model: new nn.Sequential(new nn.Linear(4, 7), new nn.Tanh(), new nn.Dropout(0.3), new nn.Linear(7, 3)),
    inputs: { x: randn([5, 4]) },
  }),
  net: () => ({ model: new Net(), inputs: { x: randn([3, 3, 4]) } }),
  cnn: () => ({
    model: new nn.Sequential({
      conv: new nn.Conv2d(1, 4, 3, { padding: 1, bias: false }),
      norm: new nn.BatchNorm2d(4),
      act: new nn.ReLU(),
      pool: new nn.MaxPool2d(2),
      flat: new nn.Flatten(),
      fc: new nn.Linear(64, 10),
    }),
    inputs: { x: randn([2, 1, 8, 8]) },
  }),
  tagger: () => ({ model: new Tagger(), inputs: { tokens: ids(2, 9, 11) } }),
  transformer: () => ({
    model: new nn.TransformerEncoder(
      new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, activation: "gelu" }),
      2,
    ),
    inputs: { src: randn([2, 5, 8]) },
  }),
  resnet: () => ({
    model: models.resnet18({ widths: [4, 6, 8, 8], numClasses: 5 }),
    inputs: { images: randn([2, 3, 32, 32]) },
  }),
  convnext: () => ({
    model: new models.ConvNeXt(
      [
        { inputChannels: 4, outChannels: 6, numLayers: 1 },
        { inputChannels: 6, outChannels: null, numLayers: 2 },
      ],
      { numClasses: 4, stochasticDepthProb: 0.3 },
    ),
    inputs: { x: randn([2, 3, 32, 32]) },
  }),
  bert: () => ({
    model: new models.BertForSequenceClassification(text),
    inputs: { input_ids: ids(2, 9, 40), attention_mask: ids(2, 9, 9).gt(1).long() },
  }),
  gpt2: () => ({
    model: new models.GPT2LMHeadModel({ vocabSize: 40, nEmbd: 16, nLayer: 2, nHead: 2, nPositions: 32 }),
    inputs: { input_ids: ids(2, 9, 40) },
  }),
  llama: () => ({
    model: new models.LlamaForCausalLM({ ...text, numKeyValueHeads: 1 }),
    inputs: { input_ids: ids(2, 9, 40) },
  }),
};
