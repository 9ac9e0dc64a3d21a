"""Makes the pinned models of messages.test.ts and written-onnx.test.ts with the onnx package, and compares the bytes."""
import pathlib
import sys

import numpy as np
import onnx

from onnx import AttributeProto as A
from onnx import (FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, SparseTensorProto,
                  StringStringEntryProto, TensorProto, TrainingInfoProto, TypeProto, ValueInfoProto)


def pair(key, value):
    return StringStringEntryProto(key=key, value=value)


def kind(elem):
    return TypeProto(tensor_type=TypeProto.Tensor(elem_type=elem))


inner = GraphProto(
    name='inner', node=[NodeProto(input=['iw'], output=['io'], op_type='Identity')],
    initializer=[TensorProto(dims=[2], data_type=1, float_data=[1.5, -2], name='iw')])
optional = TypeProto(optional_type=TypeProto.Optional(elem_type=TypeProto(
    opaque_type=TypeProto.Opaque(domain='d', name='o'))))
sparse = SparseTensorProto(values=TensorProto(dims=[1], data_type=11, double_data=[0.25], name='sv'),
                           indices=TensorProto(dims=[1], data_type=7, int64_data=[3], name='si'), dims=[2, 2])
node = NodeProto(
    input=['x', '', 'w'], output=['y'], name='node', op_type='Op', doc_string='an operator', domain='own', overload='o',
    metadata_props=[pair('k', 'v')],
    attribute=[
        A(name='f', f=0.1, type=1), A(name='i', i=-1, type=2), A(name='far', i=2 ** 63 - 1, type=2),
        A(name='s', s='naïve'.encode(), type=3),
        A(name='t', t=TensorProto(data_type=7, int64_data=[-2 ** 63], name='v'), type=4), A(name='g', g=inner, type=5),
        A(name='floats', floats=[1, -0.5, float('inf')], type=6), A(name='ints', ints=[0, -1, 300], type=7),
        A(name='strings', strings=[b'a', b''], type=8),
        A(name='tensors', tensors=[TensorProto(dims=[0], data_type=2, name='none')], type=9),
        A(name='graphs', graphs=[inner], type=10),
        A(name='tp', tp=TypeProto(sequence_type=TypeProto.Sequence(elem_type=kind(1))), type=13, doc_string='a type'),
        A(name='tps', type_protos=[optional], type=14), A(name='ref', type=1, ref_attr_name='outer'),
        A(name='sparse', type=11, sparse_tensor=sparse)])
batch = kind(1)
batch.denotation = 'IMAGE'
batch.tensor_type.shape.dim.add().dim_param = 'batch'
three = batch.tensor_type.shape.dim.add()
three.dim_value, three.denotation = 3, 'DATA'
batch.tensor_type.shape.dim.add()
mapped = TypeProto(map_type=TypeProto.Map(key_type=8, value_type=TypeProto(
    sparse_tensor_type=TypeProto.SparseTensor(elem_type=1))))
graph = GraphProto(
    node=[node], name='graph', doc_string='the graph',
    initializer=[
        TensorProto(dims=[3], data_type=6, int32_data=[-5, 7, 2 ** 31 - 1], name='w'),
        TensorProto(dims=[2], data_type=13, uint64_data=[0, 2 ** 64 - 1], name='u'),
        TensorProto(dims=[2], data_type=8, string_data=[b'a', 'é'.encode()], name='text'),
        TensorProto(dims=[2, 2], data_type=2, raw_data=b'\1\2\3\4', name='raw', doc_string='four'),
        TensorProto(dims=[2 ** 40], data_type=1, segment=TensorProto.Segment(begin=0, end=5), name='far',
                    external_data=[pair('location', 'w.bin'), pair('offset', '64')], data_location=1)],
    input=[ValueInfoProto(name='x', type=batch, doc_string='in')], output=[ValueInfoProto(name='y', type=mapped)],
    value_info=[ValueInfoProto(name='h', metadata_props=[pair('a', '')])],
    sparse_initializer=[SparseTensorProto(values=TensorProto(dims=[0], data_type=1, name='sparse'), dims=[4])])
note = graph.quantization_annotation.add()
note.tensor_name = 'w'
note.quant_parameter_tensor_names.append(pair('SCALE_TENSOR', 's'))
model = ModelProto(
    ir_version=10, producer_name='weightbridge', producer_version='1', domain='example', model_version=3,
    doc_string='an example', graph=graph, metadata_props=[pair('license', 'none')],
    opset_import=[OperatorSetIdProto(domain='', version=21), OperatorSetIdProto(domain='own', version=1)],
    training_info=[TrainingInfoProto(initialization=inner, update_binding=[pair('w', 'y')])],
    functions=[FunctionProto(
        name='twice', input=['a'], output=['b'], attribute=['outer'],
        node=[NodeProto(input=['a', 'a'], output=['b'], op_type='Add')],
        opset_import=[OperatorSetIdProto(domain='', version=21)], domain='own',
        attribute_proto=[A(name='d', i=1, type=2)])])

folder = pathlib.Path(sys.argv[1])


def compare(name, message):
    given = (folder / name).read_bytes()
    mine = message.SerializeToString(deterministic=True)
    if given != mine:
        at = next((i for i, (a, b) in enumerate(zip(given, mine)) if a != b), min(len(given), len(mine)))
        sys.exit(f'{name}: {len(given)} bytes pinned, {len(mine)} made; they differ from byte {at} on: '
                 f'{given[at:at + 20]} {mine[at:at + 20]}')


compare('example.onnx', model)

# By their order in src/core/dtype.ts; elements are bytes that count up.
kinds = ('BOOL UINT8 INT8 UINT16 INT16 UINT32 INT32 UINT64 INT64 FLOAT8E4M3FN FLOAT8E4M3FNUZ FLOAT8E5M2 FLOAT8E5M2FNUZ '
         'FLOAT8E8M0 FLOAT16 BFLOAT16 FLOAT DOUBLE COMPLEX64 COMPLEX128').split()
tensors = []
for index, kind in enumerate(kinds):
    number = TensorProto.DataType.Value(kind)
    size = onnx.helper.tensor_dtype_to_np_dtype(number).itemsize
    data = ((np.arange(6 * size) + index) % (2 if kind == 'BOOL' else 256)).astype(np.uint8)
    tensors.append(TensorProto(name=f'{index}', data_type=number, dims=[2, 3], raw_data=data.tobytes()))
transposed = np.arange(6, dtype=np.float32).reshape(3, 2).T
tensors.append(TensorProto(name='transposed', data_type=1, dims=[2, 3],
                           raw_data=np.ascontiguousarray(transposed).tobytes()))
tensors.append(TensorProto(name='scalar', data_type=1, raw_data=np.float32(4).tobytes()))
tensors.append(TensorProto(name='empty', data_type=1, dims=[0, 2], raw_data=b''))
weights = ModelProto(ir_version=12, producer_name='weightbridge', graph=GraphProto(name='weights', initializer=tensors),
                     opset_import=[OperatorSetIdProto(domain='', version=21)], metadata_props=[pair('license', 'none')])
compare('weights.onnx', weights)
loaded = onnx.load(folder / 'weights.onnx')
onnx.checker.check_model(loaded)
arrays = {t.name: onnx.numpy_helper.to_array(t) for t in loaded.graph.initializer}
assert np.array_equal(arrays['transposed'], transposed) and arrays['scalar'] == 4 and arrays['empty'].shape == (0, 2)
