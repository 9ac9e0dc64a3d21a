# How arrays and bytes stand in the recorded cases: as base64.

import base64

import numpy as np


def encoded_bytes(data):
    return base64.b64encode(data).decode()


def encoded(array):
    array = np.asarray(array, order="C")
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": encoded_bytes(array.tobytes())}
