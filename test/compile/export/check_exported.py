# Checks a model that exportOnnx wrote, and what ONNX's reference evaluator computes with it:
# check_exported.py MODEL INPUT.npy OUTPUT.npy

import sys

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

path, given, wanted = sys.argv[1:]
onnx.checker.check_model(path, full_check=True)
x, y = np.load(given), np.load(wanted)
evaluator = ReferenceEvaluator(path)
(found,) = evaluator.run(None, {evaluator.input_names[0]: x})
np.testing.assert_allclose(found, y, rtol=1e-5, atol=1e-5)
