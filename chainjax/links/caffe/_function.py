"""A network of Caffe, read from its file and computed by functions and links of this package."""

import functools
import math
import operator
import warnings

import numpy as np

from ... import functions as F
from ...config import get_dtype, using_config
from ...initializers import Zero
from ...link import Chain, Link
from ...utils.argument import parse_kwargs
from ..connection import Convolution2D, Deconvolution2D, Linear, Scale
from ..normalization import BatchNormalization
from . import _messages as caffe_pb


class CaffeFunction(Chain):
    """A network of Caffe. Its layers with weights are children of this chain, under their names in the file.

    Layers of data, and layers that are not known, are left out (the latter with a warning), as are, in a call, layers whose inputs are
    neither given nor computed.

    Args:
        model_path: path of a caffemodel, in the format of either generation.

    Attributes:
        layers: ``(name, names of inputs, names of outputs)`` of each layer, in order.
        forwards: name of a layer -> the function or link that computes it.
        variables: all that the last call computed, by name.

    >>> L.caffe.CaffeFunction("net.caffemodel")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'net.caffemodel'
    """

    def __init__(self, model_path):
        super().__init__()
        net = _read(model_path)
        self.forwards, self.split_map, self.layers = {}, {}, []
        for layer in net.layer or net.layers:
            kind = layer.type if net.layer else _new_name(layer)
            if kind in _MAKERS:
                _MAKERS[kind](self, layer)
            elif kind != "Data":
                warnings.warn(f"CaffeFunction: layer {layer.name!r} is left out: {kind or 'its type'} is not supported", stacklevel=2)

    def forward(self, inputs, outputs, disable=(), **kwargs):
        """What some outputs of layers are.

        Args:
            inputs: name -> Variable.
            outputs: names of what is wanted.
            disable: names of layers to leave out.

        Returns:
            A tuple of Variables.

        Raises:
            KeyError: an output was not computed.
        """
        parse_kwargs(kwargs, train="CaffeFunction takes no train; use using_config('train', False)")
        variables, disable = dict(inputs), set(disable)
        for name, bottom, top in self.layers:
            if name in disable or name not in self.forwards or not all(blob in variables for blob in bottom):
                continue
            ys = self.forwards[name](*[variables[blob] for blob in bottom])
            variables.update(zip(top, ys if isinstance(ys, (tuple, list)) else (ys,), strict=False))
        self.variables = variables
        wanted = [self.split_map.get(blob, blob) for blob in outputs]
        for blob in wanted:
            if blob not in variables:
                raise KeyError(f"CaffeFunction: {blob!r} is not among what was given or computed: {', '.join(variables)}")
        return tuple([variables[blob] for blob in wanted])

    def _add(self, layer, function):
        if not isinstance(layer.name, str):  # what protobuf gives for bytes that are no UTF-8
            raise _fault(layer, "expected a name in UTF-8", ValueError)
        if isinstance(function, Link):
            with self.init_scope():
                setattr(self, layer.name, function)
        self.forwards[layer.name] = function
        self.layers.append((layer.name, [self.split_map.get(blob, blob) for blob in layer.bottom], list(layer.top)))


# reading ----------------------------------------------------------------------------------------------------------------------


def _read(path):
    with open(path, "rb") as file:
        net = caffe_pb.classes(raw=True)["NetParameter"]()
        from google.protobuf.message import DecodeError  # an extra

        from ...serializers._errors import BadFileError  # serializers come after links

        try:
            net.MergeFromString(file.read())
        except DecodeError as exc:
            raise BadFileError(f"CaffeFunction: {str(path)!r} is no caffemodel, or is cut off: {exc}") from exc
    if not net.layer and not net.layers:
        raise BadFileError(f"CaffeFunction: {str(path)!r} has no layers: it is no caffemodel")
    return net


def _fault(layer, text, error=RuntimeError):
    return error(f"CaffeFunction: layer {layer.name!r}: {text}")


def _blob(layer, i):
    if i >= len(layer.blobs):
        raise _fault(layer, f"expected at least {i + 1} blobs of weights, got {len(layer.blobs)}", ValueError)
    return layer.blobs[i]


def _array(layer, i, shape=None):
    """The numbers of a blob of a layer, in a shape, which must fit."""
    blob = _blob(layer, i)
    content = b"".join(blob.data)
    if len(content) % 4:
        raise _fault(layer, f"blob {i} has {len(content)} bytes, no whole number of floats", ValueError)
    numbers = np.frombuffer(content, "<f4")
    if not content:  # in the other two ways of writing: one by one, or in double precision
        blob = caffe_pb.classes()["BlobProto"].FromString(blob.SerializeToString())
        numbers = np.array(blob.data or blob.double_data)
    if shape is None:
        shape = numbers.shape
    if math.prod(shape) != numbers.size or min(shape, default=0) < 0:
        raise _fault(layer, f"expected the numbers of an array of shape {tuple(shape)} in blob {i}, got {numbers.size}", ValueError)
    return numbers.reshape(shape).astype(get_dtype(None, map_mixed16=np.float32))


def _sizes(layer, least=2):
    """Sizes of the first blob, in either way of writing them: four numbers, or a shape."""
    blob = _blob(layer, 0)
    old = [blob.num, blob.channels, blob.height, blob.width]
    sizes = old if any(old) else list(blob.shape.dim)
    if len(sizes) < least:
        raise _fault(layer, f"expected weights of at least {least} dimensions, got {len(sizes)}")
    return sizes


def _window(param, field, default=0):
    """A size of windows: from two fields for height and width, or one number for both, or a list."""
    prefix = field.removesuffix("_size")
    h, w = getattr(param, f"{prefix}_h"), getattr(param, f"{prefix}_w")
    return (h, w) if h > 0 or (field == "pad" and w > 0) else _simplified(getattr(param, field), default)


def _simplified(sizes, default):
    if isinstance(sizes, int):
        return sizes
    return default if not sizes else sizes[0] if len(sizes) == 1 else tuple(sizes)


# layers -----------------------------------------------------------------------------------------------------------------------

#: Type of a layer -> what adds such a layer to a network.
_MAKERS = {}
#: Names of types in the first generation of the format, where they are not the same in capitals.
_OLD = {"INNER_PRODUCT": "InnerProduct", "SOFTMAX_LOSS": "SoftmaxWithLoss", "RELU": "ReLU", "LRN": "LRN"}


def _new_name(layer):
    name = layer.DESCRIPTOR.enum_types_by_name["LayerType"].values_by_number[layer.type].name
    return _OLD.get(name, name.capitalize())


def _maker(kind):
    return functools.partial(_MAKERS.setdefault, kind)


class _Call:
    """A function with arguments behind the Variable; under a setting of ``config`` if one is given."""

    def __init__(self, function, *args, setting=None, **options):
        self.function, self.args, self.options, self.setting = function, args, options, setting

    def __call__(self, x):
        if self.setting is None:
            return self.function(x, *self.args, **self.options)
        with using_config(*self.setting):
            return self.function(x, *self.args, **self.options)


@_maker("Concat")
def _concat(net, layer):
    param = layer.concat_param
    net._add(layer, functools.partial(_concatenated, axis=param.concat_dim if param.axis == 1 else param.axis))


def _concatenated(*xs, axis):
    return F.concat(xs, axis=axis)


@_maker("Convolution")
def _convolution(net, layer):
    n_out, channels = _sizes(layer)[:2]
    _add_convolution(net, layer, Convolution2D, (n_out, channels), (channels * layer.convolution_param.group, n_out))


@_maker("Deconvolution")
def _deconvolution(net, layer):
    n_in, channels = _sizes(layer)[:2]
    _add_convolution(net, layer, Deconvolution2D, (n_in, channels), (n_in, channels * layer.convolution_param.group))


def _add_convolution(net, layer, link_class, sizes, channels):
    """A convolution of ``channels``, in and out, by a blob of ``sizes`` and those of the window.

    Groups become one array that is zero outside of their blocks: the layout of files that Chainer saves.
    """
    param, (rows, columns) = layer.convolution_param, sizes
    ksize, groups = _window(param, "kernel_size"), param.group
    if not groups or rows % groups:
        raise _fault(layer, f"expected a number of groups that divides {rows}, got {groups}", ValueError)
    window = ksize if isinstance(ksize, tuple) else (ksize, ksize)
    W = _array(layer, 0, (rows, columns, *window))
    b = _array(layer, 1, channels[1:]) if param.bias_term else None
    if groups > 1:
        blocks, n = W, rows // groups
        W = np.zeros((rows, columns * groups, *window), W.dtype)
        for i in range(groups):
            W[i * n : (i + 1) * n, i * columns : (i + 1) * columns] = blocks[i * n : (i + 1) * n]
    stride, pad, dilate = _window(param, "stride", 1), _window(param, "pad"), _simplified(param.dilation, 1)
    net._add(layer, _with_weights(link_class(*channels, ksize, stride, pad, b is None, initialW=Zero(), dilate=dilate), W, b))


def _with_weights(link, W, b):
    link.W.array = W
    if b is not None:
        link.b.array = b
    return link


@_maker("Dropout")
def _dropout(net, layer):
    net._add(layer, _Call(F.dropout, ratio=layer.dropout_param.dropout_ratio))


@_maker("InnerProduct")
def _inner_product(net, layer):
    param = layer.inner_product_param
    if param.axis != 1:
        raise _fault(layer, f"InnerProduct is supported along axis 1, got {param.axis}")
    sizes = _sizes(layer)
    if len(sizes) not in (2, 4):
        raise _fault(layer, f"expected weights of 2 or 4 dimensions, got {len(sizes)}")
    W = _array(layer, 0, sizes[-2:])
    b = _array(layer, 1, W.shape[:1]) if param.bias_term else None
    net._add(layer, _with_weights(Linear(W.shape[1], W.shape[0], b is None, Zero()), W, b))


@_maker("LRN")
def _lrn(net, layer):
    param = layer.lrn_param
    if param.norm_region != param.ACROSS_CHANNELS:
        raise _fault(layer, "LRN is supported across channels, not within one")
    options = {"n": param.local_size, "k": param.k, "alpha": param.alpha / param.local_size, "beta": param.beta}
    net._add(layer, _Call(F.local_response_normalization, **options))


@_maker("Pooling")
def _pooling(net, layer):
    param = layer.pooling_param
    if param.pool == param.STOCHASTIC:
        raise _fault(layer, "stochastic pooling is not supported")
    pool = F.max_pooling_2d if param.pool == param.MAX else F.average_pooling_2d
    ksize, options = _window(param, "kernel_size"), {"stride": _window(param, "stride", 1), "pad": _window(param, "pad")}
    net._add(layer, _Call(_pooled_whole, pool, **options) if param.global_pooling and not ksize else _Call(pool, ksize, **options))


def _pooled_whole(x, pool, **options):
    return pool(x, x.shape[2:], **options)


@_maker("ReLU")
def _relu(net, layer):
    slope = layer.relu_param.negative_slope
    net._add(layer, _Call(F.leaky_relu, slope=slope) if slope else F.relu)


@_maker("Reshape")
def _reshape(net, layer):
    net._add(layer, _Call(_reshaped, list(layer.reshape_param.shape.dim)))


def _reshaped(x, shape):
    # 0 means: as it was.
    return F.reshape(x, shape=[n or x.shape[i] for i, n in enumerate(shape)])


@_maker("BatchNorm")
def _batch_norm(net, layer):
    param = layer.batch_norm_param
    mean, scale = _array(layer, 0), _array(layer, 2, (1,))[0] if len(layer.blobs) > 2 else 1
    var = _array(layer, 1, mean.shape)
    link = BatchNormalization(mean.size, param.moving_average_fraction, param.eps, use_gamma=False, use_beta=False)
    # What is saved are sums, and how many were summed up; nothing yet makes zero.
    link.avg_mean, link.avg_var = (a / scale if scale else np.zeros_like(a) for a in (mean, var))
    net._add(layer, link)
    net.forwards[layer.name] = _Call(link, finetune=False, setting=("train", False) if param.use_global_stats else None)


@_maker("Eltwise")
def _eltwise(net, layer):
    param = layer.eltwise_param
    operations = {param.PROD: operator.mul, param.SUM: operator.add, param.MAX: _larger}
    net._add(layer, functools.partial(_combined, operations[param.operation], list(param.coeff) if param.operation == param.SUM else []))


def _larger(x, y):
    return F.maximum(x, y)


def _combined(operation, factors, *xs):
    if factors:
        if len(factors) != len(xs):
            raise AssertionError(f"Eltwise: expected as many coefficients as inputs, got {len(factors)} for {len(xs)}")  # as in Chainer
        xs = [x * factor for x, factor in zip(xs, factors, strict=True)]
    return functools.reduce(operation, xs)


@_maker("Scale")
def _scale(net, layer):
    axis, bias_term, own = layer.scale_param.axis, layer.scale_param.bias_term, len(layer.bottom) == 1
    if own:
        link = Scale(axis, _sizes(layer, 0), bias_term)
        link.W.array = _array(layer, 0, link.W.shape)
    else:  # W is an input
        link = Scale(axis, bias_term=bias_term, bias_shape=_sizes(layer, 0) if bias_term else None)
    if bias_term:
        link.bias.b.array = _array(layer, int(own), link.bias.b.shape)
    net._add(layer, link)


@_maker("Slice")
def _slice(net, layer):
    param = layer.slice_param
    axis = param.slice_dim if param.HasField("slice_dim") and not param.HasField("axis") else param.axis
    net._add(layer, _Call(F.split_axis, indices_or_sections=list(param.slice_point) or len(layer.top), axis=axis))


@_maker("Softmax")
def _softmax(net, layer):
    net._add(layer, _along_channels(layer, F.softmax))


@_maker("SoftmaxWithLoss")
def _softmax_with_loss(net, layer):
    net._add(layer, _along_channels(layer, F.softmax_cross_entropy))


def _along_channels(layer, function):
    if layer.softmax_param.axis != 1:
        raise _fault(layer, f"softmax is supported along axis 1, got {layer.softmax_param.axis}")
    return function


@_maker("Sigmoid")
def _sigmoid(net, layer):
    net._add(layer, F.sigmoid)


@_maker("Split")
def _split(net, layer):
    net.split_map.update({top: net.split_map.get(layer.bottom[0], layer.bottom[0]) for top in layer.top})
