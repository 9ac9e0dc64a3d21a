"""The models of the bench in PyTorch alone, with the layers and the sizes of those in weightbridge/models; weights from a seed.

python models.py NAME FILE exports one as ONNX, with what goes in and comes out in FILE.json.
"""
import json
import sys

import torch
from torch import nn
from torch.nn import functional


def convolution(inputs, outputs, kernel, stride=1, groups=1, activation=None):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return layers + ([activation(inplace=True)] if activation is not None else [])


class Residual(nn.Module):
    """A block beside a shortcut, with or without a ReLU on the sum."""

    def __init__(self, block, shortcut, is_rectified):
        super().__init__()
        self.block, self.shortcut, self.is_rectified = nn.Sequential(*block), shortcut, is_rectified

    def forward(self, x):
        y = self.block(x) + self.shortcut(x)
        return torch.relu(y) if self.is_rectified else y


def resnet18():
    layers = [*convolution(3, 64, 7, 2, activation=nn.ReLU), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for width, first in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for stride in (first, 1):
            block = convolution(inputs, width, 3, stride, activation=nn.ReLU) + convolution(width, width, 3)
            is_same = stride == 1 and inputs == width
            shortcut = nn.Identity() if is_same else nn.Sequential(*convolution(inputs, width, 1, stride))
            layers.append(Residual(block, shortcut, True))
            inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def mobilenet_v2():
    layers = convolution(3, 32, 3, 2, activation=nn.ReLU6)
    inputs = 32
    for expansion, width, count, first in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for i in range(count):
            stride, hidden = first if i == 0 else 1, inputs * expansion
            block = convolution(inputs, hidden, 1, activation=nn.ReLU6) if expansion > 1 else []
            block += convolution(hidden, hidden, 3, stride, hidden, nn.ReLU6) + convolution(hidden, width, 1)
            is_same = stride == 1 and inputs == width
            layers.append(Residual(block, nn.Identity(), False) if is_same else nn.Sequential(*block))
            inputs = width
    layers += convolution(320, 1280, 1, activation=nn.ReLU6)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000))


WIDTH, HEADS, LAYERS = 768, 12, 12


class Attention(nn.Module):
    def __init__(self, is_causal):
        super().__init__()
        self.inputs, self.output = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(3)), nn.Linear(WIDTH, WIDTH)
        self.is_causal = is_causal

    def forward(self, x):
        batch, length, _ = x.shape
        shape = batch, length, HEADS, WIDTH // HEADS
        q, k, v = (layer(x).view(shape).transpose(1, 2) for layer in self.inputs)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=self.is_causal)
        return self.output(y.transpose(1, 2).reshape(batch, length, WIDTH))


class Layer(nn.Module):
    """A transformer's layer with its norms behind the sums (BERT) or before (GPT-2)."""

    def __init__(self, is_causal):
        super().__init__()
        self.is_causal = is_causal
        self.attention = Attention(is_causal)
        activation = nn.GELU("tanh" if is_causal else "none")
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), activation, nn.Linear(4 * WIDTH, WIDTH))
        eps = 1e-5 if is_causal else 1e-12
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH, eps) for _ in range(2))

    def forward(self, x):
        first, second = self.norms
        if self.is_causal:
            x = x + self.attention(first(x))
            return x + self.mlp(second(x))
        x = first(x + self.attention(x))
        return second(x + self.mlp(x))


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(30522, WIDTH), nn.Embedding(512, WIDTH)
        self.types, self.norm = nn.Embedding(2, WIDTH), nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.Sequential(*(Layer(False) for _ in range(LAYERS)))
        self.pooler = nn.Linear(WIDTH, WIDTH)

    def forward(self, ids):
        places = torch.arange(ids.shape[1])
        x = self.words(ids) + self.places(places) + self.types(torch.zeros_like(ids))
        x = self.layers(self.norm(x))
        return x, torch.tanh(self.pooler(x[:, 0]))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(50257, WIDTH), nn.Embedding(1024, WIDTH)
        self.layers, self.norm = nn.Sequential(*(Layer(True) for _ in range(LAYERS))), nn.LayerNorm(WIDTH)

    def forward(self, ids):
        x = self.words(ids) + self.places(torch.arange(ids.shape[1]))
        return functional.linear(self.norm(self.layers(x)), self.words.weight)


def image():
    return torch.linspace(-1, 1, 3 * 224 * 224).reshape(1, 3, 224, 224)


def ids(length):
    return (torch.arange(length) * 37 % 1000).reshape(1, length)


MODELS = {
    "ResNet-18": (resnet18, image),
    "MobileNetV2": (mobilenet_v2, image),
    "BERT-base": (Bert, lambda: ids(128)),
    "GPT-2-small": (Gpt2, lambda: ids(64)),
}


def make(name):
    """The model, ready for inference, and its input."""
    torch.manual_seed(0)
    model, example = MODELS[name]
    return model().eval(), example()


def port(name, tensor):
    return {"name": name, "shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch.")}


def export(name, file):
    model, x = make(name)
    with torch.no_grad():
        outputs = model(x)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    names = [f"y{i}" for i in range(len(outputs))]
    torch.onnx.export(model, (x,), file, input_names=["x"], output_names=names, opset_version=17, dynamo=False)
    ports = {"inputs": [port("x", x)], "outputs": [port(*pair) for pair in zip(names, outputs)]}
    with open(f"{file}.json", "w") as out:
        json.dump(ports, out)


if __name__ == "__main__":
    export(*sys.argv[1:])
