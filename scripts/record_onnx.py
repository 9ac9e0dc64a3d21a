# Records small graphs, one or a few for each operator, for test/compile/import/operators.json, with what ONNX's reference
# evaluator says of them (zeros where it does not know the form); record_onnx_runtime.mjs then has ONNX Runtime answer them.
# Usage: python scripts/record_onnx.py [seed] [target] && node scripts/record_onnx_runtime.mjs [target]

import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from record_onnx_encoding import encoded, encoded_bytes

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
TARGET = Path(sys.argv[2] if len(sys.argv) > 2 else "test/compile/import/operators.json")
random = np.random.default_rng(SEED)
cases = []


def floats(*shape, low=-2.0, high=2.0, dtype=np.float32):
    return random.uniform(low, high, shape).astype(dtype)


def ints(*shape, low=-5, high=6, dtype=np.int64):
    return random.integers(low, high, shape).astype(dtype)


def vector(*values, dtype=np.int64):
    return np.array(values, dtype)


def scalar(value, dtype=np.int64):
    return np.array(value, dtype)


def record(name, model, feeds, expected=None):
    if expected is None:
        expected = ReferenceEvaluator(model).run(None, feeds)
    cases.append(
        {
            "name": name,
            "model": encoded_bytes(model.SerializeToString()),
            "inputs": {key: encoded(value) for key, value in feeds.items()},
            "outputs": [encoded(np.asarray(value)) for value in expected],
        }
    )


def case(op, inputs, opset=21, domain="", outputs=1, held=(), expected=None, **attributes):
    """A graph of one node. held: which inputs are initializers."""
    names = ["" if value is None else f"in{i}" for i, value in enumerate(inputs)]
    given = {n: np.asarray(v) for n, v in zip(names, inputs) if v is not None}
    wanted = outputs if isinstance(outputs, list) else [f"out{i}" for i in range(outputs)]
    node = helper.make_node(op, names, wanted, name="/the/node", domain=domain, **attributes)
    initial = [n for i, n in enumerate(names) if i in held and n]
    typed = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
        for n, v in given.items()
        if n not in initial
    ]
    graph = helper.make_graph(
        [node],
        "one",
        typed,
        [helper.make_empty_tensor_value_info(n) for n in wanted if n],
        [numpy_helper.from_array(given[n], n) for n in initial],
    )
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=imports, ir_version=min(10, 10 if opset > 8 else 3))
    feeds = {n: v for n, v in given.items() if n not in initial}
    text = " ".join(f"{k}={v}" for k, v in attributes.items() if isinstance(v, (int, float, str, list)))
    shapes = " ".join("-" if v is None else "x".join(map(str, np.shape(v))) or "0d" for v in inputs)
    name = f"{domain + '.' if domain else ''}{op}-{opset} [{shapes}] {text}".strip()
    try:
        record(name, model, feeds, expected)
    except Exception as error:  # the evaluator has gaps of its own
        print("not recorded:", name, repr(error)[:200])


def elementwise():
    a, b = floats(2, 3, 4), floats(3, 1)
    for op in ["Add", "Sub", "Mul", "Div", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"]:
        case(op, [a, b])
    for op in ["Add", "Sub", "Mul", "Div"]:
        case(op, [ints(4, 3), ints(3, low=1)])
        case(op, [ints(4, dtype=np.int32), ints(4, low=1, dtype=np.int32)])
    case("Pow", [floats(2, 3, low=0.1), floats(3)])
    case("Pow", [floats(2, 3), scalar(2)])
    case("Pow", [ints(4), scalar(3)])
    case("Equal", [ints(5, low=0, high=2), ints(5, low=0, high=2)])
    case("Mod", [ints(8), ints(8, low=1) * np.array([1, -1] * 4)])
    case("Mod", [floats(8), floats(8, low=0.5)], fmod=1)
    for op in ["Max", "Min", "Sum", "Mean"]:
        case(op, [a, b, floats(1)])
    for op in ["And", "Or", "Xor"]:
        case(op, [a > 0, b > 0])
    case("Not", [a > 0])
    for op in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]:
        case(op, [ints(5), ints(5)])
    case("BitwiseNot", [ints(5)])
    for direction in ["LEFT", "RIGHT"]:
        case("BitShift", [ints(5, low=0, high=60, dtype=np.uint8), ints(5, low=0, high=3, dtype=np.uint8)], direction=direction)
    left, right = floats(2, 3, 4), floats(3)
    case("Add", [left, right], opset=6, broadcast=1, axis=1, expected=[left + right[:, None]])
    special = np.array([np.nan, np.inf, -np.inf, 0, 1], np.float32)
    case("IsNaN", [special])
    case("IsInf", [special])
    case("IsInf", [special], detect_negative=0)
    case("IsInf", [special], detect_positive=0)
    case("Where", [a > 0, a, b])
    for op in "Abs Neg Exp Floor Ceil Sign Erf Sin Cos Tan Atan Sinh Cosh Tanh Asinh Relu Sigmoid Softplus Softsign Identity HardSwish Mish".split():
        case(op, [floats(3, 4)])
    case("Round", [np.array([0.5, 1.5, 2.5, -0.5, -1.5, 1.2, -1.7], np.float32)])
    for op in ["Log", "Sqrt", "Reciprocal"]:
        case(op, [floats(3, 4, low=0.1)])
    for op in ["Asin", "Acos", "Atanh"]:
        case(op, [floats(3, 4, low=-0.9, high=0.9)])
    case("Acosh", [floats(3, 4, low=1.1, high=3)])
    for op in ["Abs", "Neg", "Sign"]:
        case(op, [ints(3, 4)])
    case("Clip", [floats(3, 4), scalar(-0.5, np.float32), scalar(0.5, np.float32)], held=(1, 2))
    case("Clip", [floats(3, 4), None, scalar(0.5, np.float32)])
    case("Clip", [floats(3, 4), scalar(0.1, np.float32)])
    case("Clip", [floats(3, 4)], opset=6, min=-0.5, max=0.7)
    case("Cast", [floats(3, 4, low=-5, high=5)], to=TensorProto.INT64)
    case("Cast", [floats(3, 4)], to=TensorProto.BOOL)
    case("Cast", [floats(3, 4)], to=TensorProto.DOUBLE)
    case("Cast", [floats(3, 4)], to=TensorProto.FLOAT16)
    case("Cast", [ints(3, 4)], to=TensorProto.FLOAT)
    case("CastLike", [ints(3, 4), floats(1)])


def activations():
    x = floats(2, 3, 4)
    case("LeakyRelu", [x])
    case("LeakyRelu", [x], alpha=0.3)
    case("PRelu", [x, floats(3, 1)], held=(1,))
    case("Elu", [x], alpha=0.7)
    case("Celu", [x], alpha=2.0)
    case("Selu", [x])
    case("Selu", [x], alpha=2.0, gamma=1.5)
    case("HardSigmoid", [x])
    case("HardSigmoid", [x], alpha=0.5, beta=0.3)
    case("ThresholdedRelu", [x], alpha=0.7)
    case("Shrink", [x], bias=0.3, lambd=0.8)
    case("Gelu", [x])
    case("Gelu", [x], approximate="tanh")
    for axis in [-1, 0, 1]:
        for opset in [11, 13]:
            for op in ["Softmax", "LogSoftmax"]:
                case(op, [x], opset=opset, axis=axis)
    case("Softmax", [x], opset=11)
    case("Softmax", [x])
    case("Hardmax", [x], axis=1)
    for alpha in [1.0, 0.5]:
        case("Swish", [x], opset=24, alpha=alpha, expected=[(x * sigmoid(alpha * x.astype(np.float64))).astype(np.float32)])
    case("Dropout", [x, scalar(0.5, np.float32)])
    case("Dropout", [x], opset=7, ratio=0.3)


def reductions():
    x = floats(2, 3, 4, low=0.2)
    ops = "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp"
    for op in ops.split():
        old = 11 if op == "ReduceSum" else 17
        case(op, [x], opset=old, axes=[1], keepdims=0)
        case(op, [x], opset=old, axes=[-1, 0])
        case(op, [x], opset=old)
        case(op, [x, vector(0, 2)], opset=18, held=(1,))
        case(op, [x, vector(-2)], opset=18, keepdims=0)
        case(op, [x], opset=18, keepdims=0)
    case("ReduceSum", [x, vector()], noop_with_empty_axes=1)
    case("ReduceSum", [ints(3, 4), vector(1)])
    case("ReduceMax", [ints(3, 4), vector(1)])
    ties = ints(4, 5, low=0, high=3).astype(np.float32)
    for op in ["ArgMax", "ArgMin"]:
        case(op, [ties])
        case(op, [ties], axis=1, keepdims=0)
        case(op, [ties], axis=-1, select_last_index=1)
    case("TopK", [floats(3, 6), vector(2)], outputs=2)
    case("TopK", [floats(3, 6), vector(2)], outputs=2, axis=0, largest=0)
    case("CumSum", [x, scalar(1)])
    case("CumSum", [x, scalar(-1)], exclusive=1)
    case("CumSum", [x, scalar(0)], reverse=1)
    case("CumSum", [x, scalar(2)], exclusive=1, reverse=1)
    case("CumProd", [x, scalar(1)], opset=26, expected=[np.cumprod(x, 1)])
    before = np.concatenate([np.ones((2, 3, 1), np.float32), x[:, :, :-1]], 2)
    case("CumProd", [x, scalar(2)], opset=26, exclusive=1, expected=[np.cumprod(before, 2)])


def shapes():
    x = floats(2, 3, 4)
    case("Reshape", [x, vector(4, -1)], held=(1,))
    case("Reshape", [x, vector(0, 0, 2, 2)])
    case("Reshape", [floats(0, 3), vector(3, 0)], allowzero=1)
    case("Transpose", [x])
    case("Transpose", [x], perm=[1, 0, 2])
    for axis in [0, 1, 2, 3, -1]:
        case("Flatten", [x], axis=axis)
    case("Squeeze", [floats(1, 3, 1), vector(0)])
    case("Squeeze", [floats(1, 3, 1)])
    case("Squeeze", [floats(1, 3, 1)], opset=11, axes=[-1])
    case("Unsqueeze", [x, vector(0, 4)])
    case("Unsqueeze", [x], opset=11, axes=[-1, 1])
    case("Concat", [x, floats(2, 1, 4)], axis=1)
    case("Concat", [x, x, x], axis=-1)
    case("Split", [x], outputs=2, axis=2, num_outputs=2)
    case("Split", [floats(7, 2)], outputs=3, num_outputs=3)
    case("Split", [x, vector(1, 2)], outputs=2, axis=1)
    case("Split", [x], opset=11, outputs=2, axis=1, split=[2, 1])
    case("Split", [x], opset=11, outputs=2, axis=0)
    big = np.iinfo(np.int64).max
    long = floats(5, 6)
    case("Slice", [long, vector(1, 0), vector(4, big)], held=(1, 2))
    case("Slice", [long, vector(1), vector(-1), vector(1), vector(2)])
    case("Slice", [long, vector(-1, 4), vector(-big, 0), vector(0, 1), vector(-1, -2)])
    case("Slice", [long, vector(3), vector(1), vector(0)])
    case("Slice", [long, vector(4), vector(-100), vector(0), vector(-3)])
    case("Slice", [long], opset=9, starts=[1], ends=[3], axes=[-1])
    case("Expand", [floats(3, 1), vector(2, 1, 4)])
    case("Expand", [floats(3, 4), vector(1, 1)])
    case("Tile", [floats(2, 3), vector(2, 3)])
    case("Shape", [x])
    case("Shape", [x], start=1)
    case("Shape", [x], start=-2, end=-1)
    case("Size", [x])
    case("ConstantOfShape", [vector(2, 3)])
    case("ConstantOfShape", [vector(2)], value=helper.make_tensor("v", TensorProto.INT64, [1], [7]))
    case("Range", [scalar(1), scalar(10), scalar(3)])
    case("Range", [scalar(5, np.float32), scalar(1, np.float32), scalar(-1.5, np.float32)])
    case("EyeLike", [floats(3, 4)], k=1)
    case("EyeLike", [floats(4, 3)], k=-1, dtype=TensorProto.INT64)
    for mode in ["constant", "reflect", "edge", "wrap"]:
        case("Pad", [long, vector(1, 2, 2, 1)], mode=mode)
    case("Pad", [long, vector(0, 1, 0, 2), scalar(7, np.float32)], held=(1, 2))
    case("Pad", [long, vector(-1, 1, 0, -2)], expected=[np.pad(long[1:, :-2], ((0, 0), (1, 0)))])
    case("Pad", [long, vector(1, 2), scalar(0.5, np.float32), vector(1)])
    case("Pad", [long], opset=2, pads=[1, 0, 0, 2], value=3.0)
    for mode in ["DCR", "CRD"]:
        case("DepthToSpace", [floats(2, 8, 2, 3)], blocksize=2, mode=mode)
    case("SpaceToDepth", [floats(2, 2, 4, 6)], blocksize=2)
    case("Trilu", [floats(4, 5)])
    case("Trilu", [floats(4, 5), scalar(1)])
    case("Trilu", [floats(2, 4, 5), scalar(-1)], upper=0)
    case("ReverseSequence", [floats(4, 3, 2), vector(4, 1, 2)])
    case("ReverseSequence", [floats(3, 4), vector(4, 1, 2)], batch_axis=0, time_axis=1)


def indexing():
    x = floats(4, 5)
    case("Gather", [x, vector(0, -1, 2)])
    case("Gather", [x, np.array([[0, 1], [-2, 3]])], axis=1)
    case("Gather", [x, scalar(2)], axis=-1)
    case("GatherElements", [x, ints(4, 2, low=-5, high=5)], axis=1)
    case("GatherND", [floats(3, 4, 2), np.array([[0, 1], [2, -1]])])
    case("GatherND", [floats(3, 4, 2), np.array([[[0, 1, 0]], [[2, 3, 1]]])])
    case("GatherND", [floats(2, 3, 4), np.array([[1], [2]])], batch_dims=1)
    spots = np.array([[0, 3, 1], [1, -1, 2]])
    for reduction in ["none", "add", "mul", "max", "min"]:
        case("ScatterElements", [x, spots, floats(2, 3)], axis=1, reduction=reduction)
        rows = np.array([[1], [3]])
        case("ScatterND", [x, rows, floats(2, 5)], reduction=reduction)
        pairs = np.array([[1, 2], [3, 0], [0, 4]])
        case("ScatterND", [x, pairs, floats(3)], reduction=reduction)
    updates, written = floats(2, 3), x.copy()
    np.put_along_axis(written[:2], spots, updates, 1)
    case("Scatter", [x, spots, updates], opset=10, axis=1, expected=[written])
    case("ScatterElements", [x, np.array([[1, 1], [1, 1]]), floats(2, 2)], reduction="add")
    case("OneHot", [np.array([0, 2, -1]), scalar(4), vector(0.5, 2.0, dtype=np.float32)], held=(1, 2))
    case("OneHot", [np.array([[0, 2], [1, 3]]), scalar(4), vector(0, 1)], axis=1)
    case("NonZero", [ints(3, 4, low=0, high=2)])
    case("Compress", [x, np.array([True, False, True])], axis=1)
    case("Compress", [x, np.array([True, False, True, True, False])])


def products():
    case("MatMul", [floats(3, 4), floats(4, 2)])
    case("MatMul", [floats(2, 3, 4), floats(4, 2)])
    case("MatMul", [floats(4), floats(2, 4, 3)])
    case("Gemm", [floats(3, 4), floats(4, 2), floats(2)])
    case("Gemm", [floats(3, 4), floats(2, 4), floats(2)], transB=1, held=(1, 2))
    case("Gemm", [floats(4, 3), floats(2, 4), floats(3, 1)], transA=1, transB=1, alpha=0.5, beta=2.0)
    case("Gemm", [floats(3, 4), floats(4, 2)])
    case("Einsum", [floats(2, 3, 4), floats(2, 4, 5)], equation="bij,bjk->bik")
    case("Einsum", [floats(3, 4)], equation="ij->ji")
    case("Einsum", [floats(2, 3, 4), floats(2, 3, 4)], equation="...i,...i->...")
    case("Det", [floats(2, 3, 3)])
    case("MatMulInteger", [ints(3, 4, low=0, high=255, dtype=np.uint8), ints(4, 2, low=0, high=255, dtype=np.uint8), scalar(12, np.uint8), scalar(7, np.uint8)])


def convolutions():
    x, w = floats(2, 4, 7, 6), floats(6, 4, 3, 3)
    case("Conv", [x, w], held=(1,))
    case("Conv", [x, w, floats(6)], pads=[1, 1, 1, 1], strides=[2, 2], kernel_shape=[3, 3], held=(1, 2))
    case("Conv", [x, w], pads=[0, 1, 2, 0], dilations=[2, 1])
    case("Conv", [x, floats(6, 2, 3, 2), floats(6)], group=2, strides=[1, 2])
    case("Conv", [floats(1, 4, 9), floats(4, 1, 3)], group=4)
    case("Conv", [floats(1, 2, 4, 5, 4), floats(3, 2, 2, 2, 2)], pads=[1, 0, 0, 1, 0, 0])
    for mode in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
        case("Conv", [x, floats(3, 4, 2, 3)], auto_pad=mode, strides=[2, 1])
    t = floats(2, 3, 4, 5)
    case("ConvTranspose", [t, floats(3, 2, 3, 3)], held=(1,))
    case("ConvTranspose", [t, floats(3, 2, 3, 3), floats(2)], strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1], held=(1, 2))
    case("ConvTranspose", [t, floats(3, 2, 3, 2), floats(2)], strides=[2, 1], pads=[0, 1, 1, 0])
    case("ConvTranspose", [floats(1, 4, 5, 3), floats(4, 1, 3, 2)], group=2, expected=[np.zeros(1, np.float32)])
    case("ConvTranspose", [t, floats(3, 2, 3, 3)], strides=[2, 2], output_shape=[9, 11])
    case("ConvTranspose", [t, floats(3, 2, 3, 3)], strides=[2, 2], auto_pad="SAME_UPPER")
    case("ConvTranspose", [t, floats(3, 2, 3, 3)], strides=[2, 2], auto_pad="SAME_LOWER")


def poolings():
    x = floats(2, 3, 7, 8)
    case("MaxPool", [x], kernel_shape=[2, 2])
    case("MaxPool", [x], kernel_shape=[3, 2], strides=[2, 2], pads=[1, 1, 1, 1])
    case("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    case("MaxPool", [x], kernel_shape=[3, 2], strides=[2, 3], pads=[0, 1, 2, 0])
    case("MaxPool", [x], kernel_shape=[2, 2], dilations=[2, 3])
    case("MaxPool", [floats(2, 3, 9)], kernel_shape=[3], strides=[2])
    case("MaxPool", [floats(1, 2, 4, 5, 6)], kernel_shape=[2, 2, 2], strides=[2, 2, 2])
    case("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2], outputs=2)
    for mode in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
        case("MaxPool", [x], kernel_shape=[2, 3], strides=[2, 2], auto_pad=mode)
        case("AveragePool", [x], kernel_shape=[2, 3], strides=[2, 2], auto_pad=mode)
    case("AveragePool", [x], kernel_shape=[2, 2])
    case("AveragePool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    case("AveragePool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    case("AveragePool", [x], kernel_shape=[3, 2], pads=[0, 1, 2, 0], strides=[2, 1])
    case("AveragePool", [x], kernel_shape=[3, 2], pads=[0, 1, 2, 0], strides=[2, 1], count_include_pad=1)
    case("AveragePool", [x], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    case("LpPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    for op in ["GlobalAveragePool", "GlobalMaxPool"]:
        case(op, [x])
    norm = np.sqrt((x.astype(np.float64) ** 2).sum((2, 3), keepdims=True)).astype(np.float32)
    case("GlobalLpPool", [x], expected=[norm])


def resizing():
    x = floats(1, 2, 4, 5)
    none = np.array([], np.float32)
    scales = vector(1, 1, 2, 1.6, dtype=np.float32)
    down = vector(1, 1, 0.6, 0.5, dtype=np.float32)
    for mode in ["nearest", "linear", "cubic"]:
        for transformation in ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"]:
            case("Resize", [x, None, scales], mode=mode, coordinate_transformation_mode=transformation, held=(2,))
            case("Resize", [x, None, down], mode=mode, coordinate_transformation_mode=transformation, held=(2,))
    for rounding in ["round_prefer_ceil", "floor", "ceil"]:
        case("Resize", [x, None, scales], nearest_mode=rounding)
    case("Resize", [x, None, None, vector(1, 2, 7, 3)], mode="linear")
    case("Resize", [x, none, none, vector(1, 2, 8, 10)], opset=11, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    case("Resize", [x, None, None, vector(7, 3)], mode="linear", axes=[2, 3])
    case("Resize", [x, None, None, vector(7, 9)], mode="nearest", axes=[2, 3], keep_aspect_ratio_policy="not_larger")
    case("Resize", [x, None, scales], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    case("Upsample", [x, vector(1, 1, 2, 3, dtype=np.float32)], opset=9)
    grid = floats(1, 3, 4, 2, low=-1.1, high=1.1)
    for mode in ["linear", "nearest"]:
        case("GridSample", [x, grid], mode=mode)
    case("GridSample", [x, grid], padding_mode="border", align_corners=1)


def normalizations():
    x = floats(2, 4, 3, 3)
    c = [floats(4), floats(4), floats(4), floats(4, low=0.2)]
    case("BatchNormalization", [x, *c], held=(1, 2, 3, 4))
    case("BatchNormalization", [x, *c], opset=9, epsilon=0.01)
    case("BatchNormalization", [x, *c], outputs=3, training_mode=1, momentum=0.7)
    case("InstanceNormalization", [x, c[0], c[1]], epsilon=0.01)
    case("LayerNormalization", [floats(2, 3, 5), floats(5), floats(5)], held=(1, 2))
    case("LayerNormalization", [floats(2, 3, 5), floats(3, 5)], axis=1, outputs=3)
    case("LayerNormalization", [floats(2, 3, 5), floats(5)], axis=1, epsilon=0.1)
    case("RMSNormalization", [floats(2, 3, 5), floats(5)], opset=23)
    case("GroupNormalization", [x, c[0], c[1]], num_groups=2)
    case("GroupNormalization", [x, floats(2), floats(2)], opset=18, num_groups=2)
    case("LpNormalization", [floats(3, 4)])
    case("LpNormalization", [floats(3, 4)], p=1, axis=0)
    case("MeanVarianceNormalization", [x])
    case("LRN", [x], size=3)
    case("LRN", [floats(2, 6, 3, 1)], size=3, alpha=0.1, beta=0.5, bias=2.0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def recurrence(op, x, w, r, b, h0, c0, direction, lengths=None, peepholes=None, lbr=0):
    """The equations of ONNX's LSTM, GRU and RNN, step by step, in float64. The reference evaluator has fewer forms."""
    steps, batch, _ = x.shape
    dirs, size = w.shape[0], r.shape[2]
    y = np.zeros((steps, dirs, batch, size))
    hs, cs = np.zeros((dirs, batch, size)), np.zeros((dirs, batch, size))
    for d in range(dirs):
        gates = w.shape[1] // size
        wb = b[d, : gates * size] if b is not None else np.zeros(gates * size)
        rb = b[d, gates * size :] if b is not None else np.zeros(gates * size)
        for n in range(batch):
            h = np.zeros(size) if h0 is None else h0[d, n].astype(np.float64)
            c = np.zeros(size) if c0 is None else c0[d, n].astype(np.float64)
            count = steps if lengths is None else int(lengths[n])
            order = range(count)
            if direction == "reverse" or d == 1:
                order = reversed(order)
            for t in order:
                a = np.split(w[d].astype(np.float64) @ x[t, n] + wb, gates)
                s = np.split(r[d].astype(np.float64) @ h + rb, gates)
                if op == "LSTM":
                    p = np.zeros((3, size)) if peepholes is None else peepholes[d].reshape(3, size)
                    i = sigmoid(a[0] + s[0] + p[0] * c)
                    f = sigmoid(a[2] + s[2] + p[2] * c)
                    c = f * c + i * np.tanh(a[3] + s[3])
                    h = sigmoid(a[1] + s[1] + p[1] * c) * np.tanh(c)
                elif op == "GRU":
                    z, q = sigmoid(a[0] + s[0]), sigmoid(a[1] + s[1])
                    last = r[d, 2 * size :].astype(np.float64)
                    part = q * s[2] if lbr else last @ (q * h) + rb[2 * size :]
                    h = (1 - z) * np.tanh(a[2] + part) + z * h
                else:
                    h = np.tanh(a[0] + s[0])
                y[t, d, n] = h
            hs[d, n], cs[d, n] = h, c
    return [v.astype(np.float32) for v in ([y, hs, cs] if op == "LSTM" else [y, hs])]


def recurrent():
    for op, gates in [("LSTM", 4), ("GRU", 3), ("RNN", 1)]:
        outs = 3 if op == "LSTM" else 2
        for direction in ["forward", "reverse", "bidirectional"]:
            d = 2 if direction == "bidirectional" else 1
            x, w, r, b = floats(4, 2, 3), floats(d, gates * 5, 3), floats(d, gates * 5, 5), floats(d, gates * 10)
            h0, c0 = floats(d, 2, 5), floats(d, 2, 5)
            lengths = vector(4, 2, dtype=np.int32)
            state = [h0, c0] if op == "LSTM" else [h0]
            kwargs = {"hidden_size": 5, "direction": direction}
            case(op, [x, w, r], outputs=outs, expected=recurrence(op, x, w, r, None, None, None, direction), **kwargs)
            case(op, [x, w, r, b, None, *state], outputs=outs, held=(1, 2, 3), expected=recurrence(op, x, w, r, b, h0, c0, direction), **kwargs)
            case(op, [x, w, r, b, lengths], outputs=outs, expected=recurrence(op, x, w, r, b, None, None, direction, lengths), **kwargs)
            if op == "GRU":
                case(op, [x, w, r, b, None, h0], outputs=outs, linear_before_reset=1, expected=recurrence(op, x, w, r, b, h0, None, direction, lbr=1), **kwargs)
            if op == "LSTM":
                p = floats(d, 15)
                case(op, [x, w, r, b, None, h0, c0, p], outputs=outs, expected=recurrence(op, x, w, r, b, h0, c0, direction, peepholes=p), **kwargs)
                y, h, c = recurrence(op, x, w, r, b, h0, c0, direction)
                flipped = [y.transpose(2, 0, 1, 3), h.transpose(1, 0, 2), c.transpose(1, 0, 2)]
                case(op, [x.transpose(1, 0, 2), w, r, b, None, h0.transpose(1, 0, 2), c0.transpose(1, 0, 2)], outputs=outs, layout=1, expected=flipped, **kwargs)


def other_activations():
    """Activations that are not the usual ones, of ONNX Runtime alone."""
    x, w, r, b = floats(3, 2, 4), floats(1, 20, 4), floats(1, 20, 5), floats(1, 40)
    nothing = [np.zeros((3, 1, 2, 5), np.float32)]
    case("LSTM", [x, w, r, b], hidden_size=5, activations=["HardSigmoid", "Tanh", "Relu"], activation_alpha=[0.3], activation_beta=[0.4], expected=nothing)
    case("LSTM", [x, w, r, b], hidden_size=5, clip=0.5, expected=nothing)
    case("RNN", [x, w[:, :5], r[:, :5], b[:, :10]], hidden_size=5, activations=["Relu"], expected=nothing)


def quantization():
    x = floats(2, 3, 4, low=-20, high=20)
    case("QuantizeLinear", [x, scalar(0.1, np.float32), scalar(128, np.uint8)], held=(1, 2))
    case("QuantizeLinear", [x, scalar(0.25, np.float32), scalar(3, np.int8)])
    case("QuantizeLinear", [x, vector(0.1, 0.2, 0.3, dtype=np.float32), vector(1, 2, 3, dtype=np.uint8)], axis=1)
    case("DequantizeLinear", [ints(2, 3, 4, low=0, high=255, dtype=np.uint8), scalar(0.1, np.float32), scalar(128, np.uint8)])
    case("DequantizeLinear", [ints(2, 3, dtype=np.int8), vector(0.1, 0.2, 0.3, dtype=np.float32), vector(1, -2, 3, dtype=np.int8)], axis=-1)
    case("DequantizeLinear", [ints(4, 6, dtype=np.int8), floats(2, 6, low=0.1)], axis=0, block_size=2)
    case("DynamicQuantizeLinear", [floats(3, 4)], outputs=3)


def gelu(x):
    from math import erf

    return np.array([0.5 * v * (1 + erf(v / 2**0.5)) for v in x.ravel().astype(np.float64)]).reshape(x.shape)


def normalized(x, scale, bias, epsilon):
    x = x.astype(np.float64)
    centred = x - x.mean(-1, keepdims=True)
    return (centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * scale + bias).astype(np.float32)


def microsoft():
    """What ONNX Runtime's operators are, in NumPy: the reference evaluator does not have them."""
    ms = {"domain": "com.microsoft"}
    x, y, b = floats(2, 3, 4), floats(2, 3, 4), floats(4)
    case("Gelu", [x], expected=[gelu(x).astype(np.float32)], **ms)
    case("BiasGelu", [x, b], expected=[gelu(x + b).astype(np.float32)], **ms)
    tanh = lambda v: (0.5 * v * (1 + np.tanh(np.sqrt(2 / np.pi) * (v + 0.044715 * v**3)))).astype(np.float32)
    case("FastGelu", [x, b], expected=[tanh((x + b).astype(np.float64))], **ms)
    case("QuickGelu", [x], expected=[(x * sigmoid(1.702 * x.astype(np.float64))).astype(np.float32)], **ms)
    case("FusedMatMul", [x, y], transB=1, alpha=0.5, expected=[0.5 * x @ y.transpose(0, 2, 1)], **ms)
    scale, bias, more = floats(4), floats(4), floats(4)
    total = x + y + more
    out = normalized(total, scale, bias, 1e-5)
    case("SkipLayerNormalization", [x, y, scale, bias, more], epsilon=1e-5, outputs=["out0", "", "", "sum"], expected=[out, total], **ms)
    a, w, c = floats(3, 4), floats(4, 2), floats(2)
    case("FusedGemm", [a, w, c], activation="Relu", expected=[np.maximum(a @ w + c, 0)], **ms)


    image, kernel, more = floats(1, 2, 3, 3), floats(2, 2, 1, 1), floats(2)
    convolved = np.einsum("nchw,oc->nohw", image, kernel[:, :, 0, 0]) + more[:, None, None]
    case("FusedConv", [image, kernel, more], activation="Relu", kernel_shape=[1, 1], expected=[np.maximum(convolved, 0)], **ms)
    case("FusedConv", [image, kernel, more], activation="Clip", activation_params=[-0.5, 0.5], expected=[np.clip(convolved, -0.5, 0.5)], **ms)
    root = lambda v: (v / np.sqrt((v.astype(np.float64) ** 2).mean(-1, keepdims=True) + 1e-5) * scale).astype(np.float32)
    case("SkipSimplifiedLayerNormalization", [x, y, scale], epsilon=1e-5, expected=[root(x + y)], **ms)
    case("SimplifiedLayerNormalization", [x, scale], epsilon=1e-5, expected=[root(x)])


def graphs():
    """Graphs of several nodes: those that run others, functions of the model, shapes that are reckoned."""
    x = floats(2, 3)
    info = lambda name, kind=TensorProto.FLOAT, shape=None: helper.make_tensor_value_info(name, kind, shape)
    model = lambda nodes, inputs, outputs, held=(), **more: helper.make_model(
        helper.make_graph(nodes, "graph", inputs, outputs, [numpy_helper.from_array(v, n) for n, v in held]),
        ir_version=10,
        **{"opset_imports": [helper.make_opsetid("", 21)], **more},
    )
    node = helper.make_node
    yes = helper.make_graph([node("Mul", ["x", "weight"], ["yes"])], "yes", [], [info("yes")], [numpy_helper.from_array(floats(3), "weight")])
    no = helper.make_graph([node("Neg", ["x"], ["no"])], "no", [], [info("no")])
    branch = node("If", ["condition"], ["out"], then_branch=yes, else_branch=no, name="branch")
    for condition in [True, False]:
        choice = model([branch], [info("condition", TensorProto.BOOL, []), info("x", shape=[2, 3])], [info("out")])
        record(f"If {condition}", choice, {"condition": np.array(condition), "x": x})
    body = helper.make_graph(
        [
            node("Identity", ["go"], ["still"]),
            node("Add", ["sum", "x"], ["next"]),
            node("Mul", ["next", "next"], ["squared"]),
        ],
        "body",
        [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), info("sum")],
        [info("still", TensorProto.BOOL), info("next"), info("squared")],
    )
    loop = model(
        [node("Loop", ["count", "", "start"], ["last", "all"], body=body)],
        [info("x", shape=[2, 3]), info("start", shape=[2, 3])],
        [info("last"), info("all")],
        [("count", scalar(3))],
    )
    start = floats(2, 3)
    sums = [start + x, start + x + x, start + x + x + x]
    record("Loop", loop, {"x": x, "start": start}, [sums[2], np.stack([each * each for each in sums])])
    step = helper.make_graph(
        [node("Add", ["state", "element"], ["after"]), node("Identity", ["after"], ["each"])],
        "step",
        [info("state", shape=[3]), info("element", shape=[3])],
        [info("after", shape=[3]), info("each", shape=[3])],
    )
    scan = model(
        [node("Scan", ["start", "xs"], ["last", "all"], body=step, num_scan_inputs=1)],
        [info("start", shape=[3]), info("xs", shape=[4, 3])],
        [info("last"), info("all")],
    )
    record("Scan", scan, {"start": floats(3), "xs": floats(4, 3)})
    ref = node("LeakyRelu", ["a"], ["b"])
    attribute = ref.attribute.add()
    attribute.name, attribute.ref_attr_name, attribute.type = "alpha", "slope", 1
    function = helper.make_function("own", "Leak", ["a"], ["c"], [ref, node("Add", ["b", "a"], ["c"])], [helper.make_opsetid("", 21)], ["slope"])
    call = model(
        [node("Leak", ["x"], ["y"], domain="own", slope=0.25), node("Leak", ["y"], ["z"], domain="own", slope=0.5)],
        [info("x", shape=[2, 3])],
        [info("z")],
        functions=[function],
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("own", 1)],
    )
    leak = lambda v, slope: np.where(v >= 0, v, slope * v).astype(np.float32) + v
    record("a function of the model", call, {"x": x}, [leak(leak(x, 0.25), 0.5)])
    half = numpy_helper.from_array(floats(3), "a")
    summed = model(
        [
            node("Constant", [], ["a"], value=half),
            node("Constant", [], ["b"], value_float=0.5),
            node("Constant", [], ["c"], value_ints=[2, 3]),
            node("Mul", ["a", "b"], ["half"]),
            node("Expand", ["half", "c"], ["wide"]),
            node("Add", ["wide", "x"], ["out"]),
        ],
        [info("x", shape=[2, 3])],
        [info("out")],
    )
    record("constants", summed, {"x": x})
    reckoned = model(
        [
            node("Shape", ["x"], ["shape"]),
            node("Gather", ["shape", "zero"], ["batch"]),
            node("Unsqueeze", ["batch", "first"], ["rows"]),
            node("Concat", ["rows", "rest"], ["target"], axis=0),
            node("Reshape", ["x", "target"], ["flat"]),
            node("Mul", ["batch", "two"], ["double"]),
            node("Cast", ["double"], ["factor"], to=TensorProto.FLOAT),
            node("Mul", ["flat", "factor"], ["out"]),
        ],
        [info("x", shape=["batch", 2, 3])],
        [info("out"), info("target", TensorProto.INT64)],
        [("zero", scalar(0)), ("first", vector(0)), ("rest", vector(-1)), ("two", scalar(2))],
    )
    record("shapes that are reckoned", reckoned, {"x": floats(4, 2, 3)})


for family in [elementwise, activations, reductions, shapes, indexing, products, convolutions, poolings, resizing, normalizations, recurrent, other_activations, quantization, microsoft, graphs]:
    family()
TARGET.parent.mkdir(parents=True, exist_ok=True)
TARGET.write_text("[\n" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases) + "\n]\n")
print(len(cases), "cases,", TARGET.stat().st_size, "bytes")
