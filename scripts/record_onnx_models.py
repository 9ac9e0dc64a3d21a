# Records small models that PyTorch exports to ONNX (torch.onnx.export, dynamo=False), with what PyTorch computes, for
# test/compile/import/models.json; of one of them a step of fine-tuning too.
# Usage: python scripts/record_onnx_models.py [seed] [target]

import io
import json
import sys
import warnings
from pathlib import Path

import torch
from torch import nn

from record_onnx_encoding import encoded, encoded_bytes

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
TARGET = Path(sys.argv[2] if len(sys.argv) > 2 else "test/compile/import/models.json")
warnings.simplefilter("ignore")
torch.manual_seed(SEED)
cases = []


def export(model, inputs, names, keep=False, opset=17, dynamic=True):
    buffer = io.BytesIO()
    axes = {name: {0: "batch"} for name in names} if dynamic else None
    kept = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False} if keep else {}
    torch.onnx.export(
        model,
        tuple(inputs),
        buffer,
        input_names=names,
        dynamic_axes=axes,
        opset_version=opset,
        dynamo=False,
        **kept,
    )
    return buffer.getvalue()


def record(name, model, example, given, **options):
    """example: what it is exported with; given: what it is run with."""
    model.eval()
    names = [f"x{i}" for i in range(len(example))]
    data = export(model, example, names, **options)
    with torch.no_grad():
        outputs = model(*given)
    outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
    case = {
        "name": name,
        "model": encoded_bytes(data),
        "inputs": {n: encoded(x.numpy()) for n, x in zip(names, given)},
        "outputs": [encoded(x.numpy()) for x in outputs],
        "parameters": [n for n, _ in model.named_parameters()],
    }
    cases.append(case)
    return case


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1, bias=False),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, stride=2, groups=2),
            nn.BatchNorm2d(8),
            nn.Hardswish(),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.pool(self.features(x)).flatten(1)
        return self.head(self.drop(x))


class Tagger(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.embed = nn.Embedding(11, 6)
        self.rnn = kind(6, 7, batch_first=True, **options)
        self.out = nn.Linear(7 * (2 if options.get("bidirectional") else 1), 4)

    def forward(self, tokens):
        return self.out(self.rnn(self.embed(tokens))[0])


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.norm = nn.LayerNorm(8)

    def forward(self, tokens):
        x = self.embed(tokens)
        steps = torch.arange(tokens.shape[1])
        mask = torch.triu(torch.full((tokens.shape[1], tokens.shape[1]), float("-inf")), 1)
        return self.norm(self.layer(x + torch.sin(steps)[None, :, None], src_mask=mask))


class Segment(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(2, 4)
        self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1)
        self.slope = nn.PReLU(3)

    def forward(self, x):
        low = nn.functional.silu(self.norm(self.down(x)))
        up = self.slope(self.up(low))
        other = nn.functional.interpolate(low, size=x.shape[2:], mode="bilinear", align_corners=False)
        padded = nn.functional.pad(other, (1, 1, 0, 0), mode="reflect")[:, :, :, 1:-1]
        mixed = torch.cat([up, padded], 1)
        return mixed, mixed.topk(2, dim=1)[1], mixed.var(dim=(2, 3))


def fine_tuned(case, model, x):
    """One step of SGD on the model as it is in evaluation."""
    target = torch.randint(0, 5, (x.shape[0],))
    loss = nn.functional.cross_entropy(model(x), target)
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9).step()
    case["step"] = {
        "target": encoded(target.numpy()),
        "loss": encoded(loss.detach().numpy()),
        "after": {name: encoded(value.numpy()) for name, value in model.state_dict().items() if "num_batches" not in name},
    }


def randomized(model):
    for name, value in model.named_buffers():
        if "running" in name:
            value.uniform_(0.5, 1.5)
    return model


images, more = torch.randn(2, 3, 8, 8), torch.randn(5, 3, 8, 8)
net = randomized(Net())
record("a convolutional network, normalisation folded", net, [images], [more])
case = record("a convolutional network, as it was", net, [images], [more], keep=True)
fine_tuned(case, net, more)
tokens, other = torch.randint(0, 11, (2, 5)), torch.randint(0, 11, (3, 5))
record("an LSTM in both directions, two layers", Tagger(nn.LSTM, bidirectional=True, num_layers=2), [tokens], [other])
record("a GRU", Tagger(nn.GRU), [tokens], [other])
record("an RNN, opset 11", Tagger(nn.RNN, nonlinearity="relu"), [tokens], [other], opset=11)
record("a transformer's encoder layer", Masked(), [tokens], [other])
record("a network that segments", Segment(), [torch.randn(1, 2, 8, 8)], [torch.randn(2, 2, 8, 8)])
record("a network that segments, opset 18", Segment(), [torch.randn(1, 2, 8, 8)], [torch.randn(2, 2, 8, 8)], opset=18)
TARGET.write_text("[\n" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases) + "\n]\n")
print(len(cases), "models,", TARGET.stat().st_size, "bytes")
