// weightbridge probe: the Python that records an input, what comes out, and what comes out of each layer.

import { writeFile } from "node:fs/promises";
import { type Command, parse, print, UsageError } from "./arguments.ts";

const help = `weightbridge probe --for torch|keras|jax [--out FILE.py]

Prints Python that records inputs, outputs and what each layer gave into a .npz, in the
names that weightbridge port --probe reads. Paste it behind your model, or import it.

  --for   the library that runs the model
  --out   writes it to a file

Exit status: 0, or 2 when it is called wrongly.`;

const torch = `# Records what a PyTorch model gives, for: weightbridge port WEIGHTS --into SPEC --probe probe.npz
import numpy as np
import torch


def record_probe(model, *inputs, path="probe.npz", labels=None, rows=8):
    """Runs the model on tensors and saves inputs, outputs and the first rows that each layer gave."""

    def array(tensor):
        tensor = tensor.detach().cpu()
        return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()

    def tensors(value):
        if isinstance(value, dict):
            value = list(value.values())
        found = value if isinstance(value, (tuple, list)) else [value]
        return [each for each in found if isinstance(each, torch.Tensor)]

    arrays = {f"inputs/{i}": array(each) for i, each in enumerate(inputs)}
    layers = {}

    def keep(name):
        def hook(module, given, output):
            for first in tensors(output)[:1]:
                if name and first.ndim > 0:
                    layers.setdefault(f"activations/{name}", array(first[:rows]).copy())

        return hook

    handles = [module.register_forward_hook(keep(name)) for name, module in model.named_modules()]
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs = model(*inputs)
    model.train(was_training)
    for handle in handles:
        handle.remove()
    arrays.update({f"outputs/{i}": array(each) for i, each in enumerate(tensors(outputs))})
    arrays.update(layers)
    if labels is not None:
        arrays["labels"] = np.asarray(labels)
    np.savez(path, **arrays)


# record_probe(model, torch.randn(8, 1, 28, 28))
`;

const keras = `# Records what a Keras model gives, for: weightbridge port model.keras --probe probe.npz
# A PyTorch model has the channels of images first: with channels_first, arrays of four axes and more are saved so.
import keras
import numpy as np


def record_probe(model, *inputs, path="probe.npz", labels=None, rows=8, channels_first=True):
    """Runs the model on arrays and saves inputs, outputs and the first rows that each layer gave."""

    def array(value):
        value = keras.ops.convert_to_numpy(value)
        return np.ascontiguousarray(np.moveaxis(value, -1, 1)) if channels_first and value.ndim >= 4 else value

    def run(target):
        found = target(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
        return found if isinstance(found, (tuple, list)) else [found]

    arrays = {f"inputs/{i}": array(each) for i, each in enumerate(inputs)}
    arrays.update({f"outputs/{i}": array(each) for i, each in enumerate(run(model))})
    for layer in getattr(model, "layers", []):
        try:
            given = run(keras.Model(model.inputs, layer.output))[0]
        except Exception:
            continue  # a layer that is called twice, or a model that is no graph
        arrays[f"activations/{layer.name}"] = array(given)[:rows]
    if labels is not None:
        arrays["labels"] = np.asarray(labels)
    np.savez(path, **arrays)


# record_probe(model, np.random.rand(8, 28, 28, 1).astype("float32"))
`;

const jax = `# Records what a JAX function gives, for: weightbridge port WEIGHTS --into SPEC --probe probe.npz
# A PyTorch model has the channels of images first: with channels_first, arrays of four axes and more are saved so.
import jax
import numpy as np


def record_probe(apply, *inputs, path="probe.npz", labels=None, channels_first=True):
    """Calls apply(*inputs), such as lambda x: module.apply(variables, x), and saves inputs and outputs."""

    def array(value):
        value = np.asarray(value)
        value = value.astype("float32") if value.dtype.name == "bfloat16" else value
        return np.ascontiguousarray(np.moveaxis(value, -1, 1)) if channels_first and value.ndim >= 4 else value

    outputs = jax.tree_util.tree_leaves(apply(*inputs))
    arrays = {f"inputs/{i}": array(each) for i, each in enumerate(inputs)}
    arrays.update({f"outputs/{i}": array(each) for i, each in enumerate(outputs)})
    if labels is not None:
        arrays["labels"] = np.asarray(labels)
    np.savez(path, **arrays)


# record_probe(lambda x: module.apply(variables, x), np.random.rand(8, 28, 28, 1).astype("float32"))
`;

/** The Python for each library. */
export const recorders: Readonly<Record<string, string>> = { torch, keras, jax };

export const probe: Command = {
  help,
  run: async (args) => {
    const { values, positionals } = parse(args, { for: { type: "string" }, out: { type: "string" } });
    const known = values.for !== undefined && Object.hasOwn(recorders, values.for);
    const text = known ? recorders[values.for!] : undefined;
    if (text === undefined || positionals.length > 0) {
      throw new UsageError(`expected --for ${Object.keys(recorders).join(", --for ")}`);
    }
    if (values.out === undefined) print(text.trimEnd());
    else await writeFile(values.out, text, { flag: "wx" });
    return 0;
  },
};
