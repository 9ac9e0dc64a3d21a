// Models that are exported in the tests: of torch.nn's layers, of classes of their own, and the published ones, made small.

import * as models from "../../src/models/index.ts";
import { arange, nn, randn, randnLike, type Tensor, tensor } from "../../src/torch/index.ts";

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

/** A variational autoencoder, which draws while it is trained. */
class Autoencoder extends nn.Module {
  hidden: nn.Linear = new nn.Linear(12, 8);
  mean: nn.Linear = new nn.Linear(8, 3);
  logvar: nn.Linear = new nn.Linear(8, 3);
  up: nn.Linear = new nn.Linear(3, 8);
  out: nn.Linear = new nn.Linear(8, 12);

  override forward(x: Tensor): readonly [Tensor, Tensor, Tensor] {
    const hidden = F.relu(this.hidden.call(x));
    const [mean, logvar] = [this.mean.call(hidden), this.logvar.call(hidden)];
    const drawn = this.training ? mean.add(logvar.mul(0.5).exp().mul(randnLike(mean))) : mean;
    return [this.out.call(F.relu(this.up.call(drawn))).sigmoid(), mean, logvar];
  }
}

/** Recurrent layers of all kinds, one after another, and the last step. */
class Recurrent extends nn.Module {
  gru: nn.GRU = new nn.GRU(5, 6, { batchFirst: true, numLayers: 2, bidirectional: true, dropout: 0.2 });
  lstm: nn.LSTM = new nn.LSTM(12, 4, { batchFirst: true, projSize: 3 });
  rnn: nn.RNN = new nn.RNN(3, 4, { batchFirst: true, nonlinearity: "relu" });
  head: nn.Linear = new nn.Linear(4, 2);

  override forward(x: Tensor): Tensor {
    const [first] = this.gru.call(x) as unknown as [Tensor];
    const [second] = this.lstm.call(first) as unknown as [Tensor];
    const [third] = this.rnn.call(second) as unknown as [Tensor];
    return this.head.call(third.select(1, -1));
  }
}

/** Attention of one sequence to another, with its weights. */
class Attention extends nn.Module {
  attention: nn.MultiheadAttention = new nn.MultiheadAttention(8, 2, { batchFirst: true });

  override forward(q: Tensor, k: Tensor): readonly [Tensor, Tensor | null] {
    const [output, weights] = this.attention.call(q, k, k);
    return [F.scaledDotProductAttention(output, k, k), weights];
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
  clip: () => ({
    model: new models.CLIPModel({
      textConfig: { ...text, eosTokenId: 39, maxPositionEmbeddings: 12 },
      visionConfig: { ...text, imageSize: 8, patchSize: 4 },
      projectionDim: 6,
    }),
    inputs: { input_ids: ids(2, 9, 39).where(arange(9).ne(8), 39), pixel_values: randn([3, 3, 8, 8]) },
  }),
  mobilenet: () => ({
    model: new models.MobileNetV2({
      numClasses: 5,
      widthMult: 0.25,
      invertedResidualSetting: [
        [1, 8, 1, 1],
        [6, 8, 2, 2],
      ],
    }),
    inputs: { x: randn([2, 3, 32, 32]) },
  }),
  vae: () => ({ model: new Autoencoder(), inputs: { x: randn([4, 12]) } }),
  recurrent: () => ({
    model: new Recurrent(),
    inputs: { x: randn([2, 7, 5]) },
  }),
  sequences: () => ({
    model: new nn.Sequential(
      new nn.Conv1d(3, 6, 3, { padding: 2, dilation: 2 }),
      new nn.BatchNorm1d(6),
      new nn.LeakyReLU(0.2),
      new nn.MaxPool1d(2),
      new nn.ConvTranspose1d(6, 4, 4, { stride: 2, padding: 1 }),
    ),
    inputs: { x: randn([2, 3, 12]) },
  }),
  volumes: () => ({
    model: new nn.Sequential(
      new nn.Conv3d(2, 4, 3, { padding: 1 }),
      new nn.GroupNorm(2, 4),
      new nn.SiLU(),
      new nn.AvgPool3d(2),
      new nn.ConvTranspose3d(4, 2, 2, { stride: 2 }),
    ),
    inputs: { x: randn([2, 2, 4, 6, 6]) },
  }),
  planes: () => ({
    model: new nn.Sequential(
      new nn.ConvTranspose2d(3, 6, 4, { stride: 2, padding: 1, outputPadding: 1 }),
      new nn.InstanceNorm2d(6, { affine: true }),
      new nn.Upsample({ scaleFactor: 2, mode: "bilinear", alignCorners: false }),
      new nn.PReLU(6),
    ),
    inputs: { x: randn([2, 3, 5, 6]) },
  }),
  attention: () => ({ model: new Attention(), inputs: { q: randn([2, 5, 8]), k: randn([2, 7, 8]) } }),
  llama: () => ({
    model: new models.LlamaForCausalLM({ ...text, numKeyValueHeads: 1 }),
    inputs: { input_ids: ids(2, 9, 40) },
  }),
};
