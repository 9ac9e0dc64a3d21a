"""Loads the pinned weights into models of Keras and compares weights and outputs with values worked out here."""

import pathlib
import sys

import keras
import numpy as np

folder = pathlib.Path(sys.argv[1])
layers = keras.layers


def eighths(shape, first):
    return ((first + np.arange(int(np.prod(shape))) % 16) / 8).astype(np.float32).reshape(shape)


def arrays(model):
    return [np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(w, "float32"))) for w in model.weights]


def check(model, name, expected):
    model.load_weights(folder / name)
    found = arrays(model)
    assert len(found) == len(expected)
    for one, two in zip(found, expected):
        assert np.array_equal(one, two), (name, one, two)


x = np.arange(8, dtype=np.float32).reshape(2, 4) / 4
kernel, bias, gamma, beta = eighths((4, 6), 3), eighths((6,), 4), eighths((6,), 5), eighths((6,), 6)
mean, variance = eighths((6,), 7), eighths((6,), 8)
last, last_bias = eighths((6, 2), 1), eighths((2,), 2)
hidden = (x @ kernel + bias - mean) / np.sqrt(variance + 1e-3) * gamma + beta
outputs = hidden @ last + last_bias
weights = [kernel, bias, gamma, beta, mean, variance, last, last_bias]
for policy in "float32", "bfloat16":
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(6, name="wide"),
            layers.Dropout(0.5, name="drop"),
            layers.BatchNormalization(name="bn"),
            layers.Dense(2, name="out"),
        ]
    )
    check(model, f"{policy}.weights.h5", weights)
    if policy == "float32":
        assert np.allclose(model.predict(x, verbose=0), outputs, rtol=1e-5), (model.predict(x, verbose=0), outputs)

keras.config.set_dtype_policy("float32")
model = keras.Sequential([keras.Input((5, 4)), layers.LSTM(3)])
check(model, "recurrent.weights.h5", [eighths((4, 12), 1), eighths((3, 12), 2), eighths((12,), 3)])
