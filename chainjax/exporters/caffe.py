"""Networks in files of Caffe."""

import collections
import heapq
import json
import os

import numpy as np

from ..config import using_config
from ..function import force_backprop_mode
from ..function_hook import FunctionHook
from ..links.caffe import caffe_pb2
from ..serializers._files import replacing
from ..variable import Variable


def export(model, args, directory=None, export_params=True, graph_name="Graph"):
    r"""Write a network, as it is in test mode, in the format of Caffe: ``chainer_model.prototxt`` and ``chainer_model.caffemodel``.

    Args:
        model: a link, or another function of Variables.
        args: the inputs, a list of one Variable.
        directory: the folder to write to; ``None`` only tries whether the network can be written.
        export_params: whether to write the caffemodel, which has the weights.
        graph_name: the name of the network in the files.

    Raises:
        ValueError: a function of the network has no counterpart among Caffe's layers that is known here.

    Functions that can be written: linear, convolution_2d, deconvolution_2d, max_pooling_2d, average_pooling_2d, batch normalization,
    local_response_normalization, relu, leaky_relu, sigmoid, softmax, concat, reshape, and sums of two.

    >>> import pathlib
    >>> export(L.Linear(3, 2), [chainjax.Variable(np.zeros((1, 3), np.float32))], ".", export_params=False, graph_name="small")
    >>> text = pathlib.Path("chainer_model.prototxt").read_text()
    >>> print(text.partition("layer {\n  type: ")[2])
    "InnerProduct"
      name: "LinearFunction-0-1"
      bottom: "data"
      top: "LinearFunction-0-1"
      inner_product_param {
        num_output: 2
        bias_term: true
      }
    }
    <BLANKLINE>
    """
    if not isinstance(args, (tuple, list)) or not all(isinstance(x, Variable) for x in args):
        raise TypeError(f"export: expected args to be a list of Variables, got {args!r}")
    if len(args) != 1:
        raise NotImplementedError(f"export: expected one input, got {len(args)}: networks of several inputs cannot be written")
    weights = _Weights()
    with weights, force_backprop_mode(), using_config("train", False):
        outputs = model(*args)
    outputs = outputs if isinstance(outputs, (tuple, list)) else [outputs]
    if not all(isinstance(y, Variable) for y in outputs):
        raise TypeError("export: expected the network to give a Variable or a list of them")
    layers = list(_layers(_in_order(outputs), weights.of))
    if directory is None:
        return
    with replacing(os.path.join(directory, "chainer_model.prototxt")) as file:
        file.write(_prototxt(graph_name, args[0].shape, layers).encode())
    if export_params:
        content = _message(graph_name, layers).SerializeToString()
        with replacing(os.path.join(directory, "chainer_model.caffemodel")) as file:
            file.write(content)


class _Weights(FunctionHook):
    """Remembers what goes into each function beside its first input."""

    name = "exporters.caffe"

    def __init__(self):
        self.of = {}

    def forward_preprocess(self, function, in_data):
        self.of[function] = in_data[1:]


def _in_order(outputs):
    """The functions of a graph, each behind those whose results it takes; a chain with no other use stays together, as in Chainer."""
    uses, waiting = collections.Counter(), [y.creator for y in outputs]
    while waiting:
        function = waiting.pop()
        if function is not None:
            uses[function] += 1
            if uses[function] == 1:
                waiting.extend(x.creator for x in function.inputs)
    found, heap, seen = [], [], set()

    def push(variables):
        creators = [x.creator for x in variables if x.creator is not None]
        for function in creators:
            if function not in seen:
                urgency = -len(seen) if len(creators) == 1 and uses[function] == 1 else 1
                heapq.heappush(heap, (urgency, -function.rank, -len(seen), function))
                seen.add(function)

    push(outputs)
    while heap:
        *_, function = heapq.heappop(heap)
        found.append(function)
        push(function.inputs)
    return found[::-1]


# layers: dictionaries of what stands in the prototxt, with the arrays of weights --------------------------------------------------


def _layers(functions, weights):
    names, numbers = {}, collections.Counter()

    def name_of(function):
        if function is None:
            return "data"
        if function not in names:
            label = f"{function.label}-{function.rank}"
            numbers[label] += 1
            names[function] = f"{label}-{numbers[label]}"
        return names[function]

    for function in functions:
        make = _MAKERS.get(function.label)
        if make is None:
            raise ValueError(f"export: Caffe has no layer, known here, for {function.label}")
        name = name_of(function)
        bottom = [name_of(x.creator) for x in function.inputs]
        yield from make(function, name, bottom, weights.get(function, ()))


def _one(kind, param=None, make=None, inputs=None):
    """What makes a layer: of type ``kind``, with the fields that ``make`` gives in the message ``param``, and weights."""

    def layer(function, name, bottom, weights):
        made = {"type": kind, "name": name, "bottom": bottom[:inputs], "top": [name]}
        if param:
            made[param] = make(function, *weights)
        return [(made, weights if inputs else ())]

    return layer


def _linear(function, W, b=None):
    return {"num_output": W.shape[0], "bias_term": b is not None}


def _convolution(function, W, b=None):
    return _of_convolution(function, W.shape[0], W, b)


def _deconvolution(function, W, b=None):
    return _of_convolution(function, W.shape[1] * function.groups, W, b)


def _of_convolution(function, n_out, W, b):
    kh, kw = W.shape[2:]
    return {"num_output": n_out, "bias_term": b is not None, **_windows(function, (kh, kw)), "group": function.groups}


def _windows(function, ksize):
    pad, stride = function.pad, function.stride
    return {
        "pad_w": pad[1], "pad_h": pad[0], "stride_w": stride[1], "stride_h": stride[0], "kernel_w": ksize[1], "kernel_h": ksize[0],
    }  # fmt: skip


def _pooling(method):
    return lambda function: {"pool": method, **_windows(function, function.ksize)}


def _max_pooling(function, name, bottom, weights):
    if function.ndim != 2:
        raise ValueError(f"export: Caffe pools over 2 axes, got a max pooling over {function.ndim}")
    return _one("Pooling", "pooling_param", _pooling(0))(function, name, bottom, weights)


def _lrn(function):
    return {"norm_region": 0, "local_size": function.n, "k": function.k, "alpha": function.alpha * function.n, "beta": function.beta}


def _batch_normalization(function, name, bottom, weights):
    """Two layers, as Caffe's own normalisation neither scales nor shifts."""
    gamma, beta, mean, var = weights
    inner = f"{name}_bn"
    options = {"use_global_stats": True, "eps": float(function.eps)}
    yield {"type": "BatchNorm", "name": inner, "bottom": bottom[:1], "top": [inner], "batch_norm_param": options}, (mean, var, 1)
    options = {"axis": 1, "bias_term": True}
    yield {"type": "Scale", "name": name, "bottom": [inner], "top": [name], "scale_param": options}, (gamma, beta)


def _reshape(function):
    return {"shape": {"dim": list(function.shape)}}


#: Label of a function -> what makes its layers.
_MAKERS = {
    "LinearFunction": _one("InnerProduct", "inner_product_param", _linear, 1),
    "Convolution2DFunction": _one("Convolution", "convolution_param", _convolution, 1),
    "Deconvolution2DFunction": _one("Deconvolution", "convolution_param", _deconvolution, 1),
    "AveragePooling2D": _one("Pooling", "pooling_param", _pooling(1)),
    "MaxPoolingND": _max_pooling,
    "LocalResponseNormalization": _one("LRN", "lrn_param", _lrn),
    "FixedBatchNormalization": _batch_normalization,
    "ReLU": _one("ReLU"),
    "LeakyReLU": _one("ReLU", "relu_param", lambda function: {"negative_slope": function.slope}),
    "Concat": _one("Concat", "concat_param", lambda function, *others: {"axis": function.axis}),
    "Softmax": _one("Softmax"),
    "Sigmoid": _one("Sigmoid"),
    "Reshape": _one("Reshape", "reshape_param", _reshape),
    "_ + _": _one("Eltwise"),
}


# files ------------------------------------------------------------------------------------------------------------------------


def _prototxt(graph_name, shape, layers):
    sizes = "".join(f" dim: {n}" for n in shape)
    data = f'layer {{\n  name: "data"\n  type: "Input"\n  top: "data"\n  input_param {{ shape: {{{sizes} }} }}\n}}\n'
    return _text("name", graph_name) + data + "".join(_text("layer", layer) for layer, _ in layers)


def _text(name, value, indent=""):
    if isinstance(value, list):
        return "".join(_text(name, v, indent) for v in value)
    if isinstance(value, dict):
        return f"{indent}{name} {{\n{''.join(_text(k, v, indent + '  ') for k, v in value.items())}{indent}}}\n"
    return f"{indent}{name}: {json.dumps(value, ensure_ascii=False, default=float)}\n"


def _message(graph_name, layers):
    net = caffe_pb2.classes(raw=True)["NetParameter"](name=graph_name)
    for values, weights in layers:
        layer = net.layer.add(phase=caffe_pb2.TEST, **values)
        for array in weights:
            array = np.asarray(array, "<f4")
            layer.blobs.add(shape={"dim": array.shape or (1,)}, data=[array.tobytes()])
    return net
