"""Functions between layers."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, distinct, elementwise, real

_INTEGER = {"x": np.int32([[1]])}


def softmax(x, axis=1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def log_softmax(x, axis=1):
    largest = x.max(axis, keepdims=True)
    return x - largest - np.log(np.exp(x - largest).sum(axis, keepdims=True))


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def rrelu(x, l=0.125, u=1 / 3, r=None):  # noqa: E741
    return np.where(x >= 0, x, x * (np.random.uniform(l, u, x.shape) if r is None else r))


_ALONG_AXES = [{"x": real(3, 2)}, {"x": real(2, 1, 3), "axis": -1}, {"x": real(3), "axis": 0}, {"x": real(0, 3)}]


def _bad_dtype(name):
    return [Bad(f"{name}: expected x to be floating point", InvalidType, **_INTEGER)]


def _bad_channels(name, parameter):
    return [
        Bad(f"{name}: expected x to be floating point", InvalidType, x=np.int32([[1, 2]])),
        Bad(f"{name}: expected x and {parameter} of one dtype", InvalidType, **{parameter: np.float64([1, 2])}),
        Bad(f"{name}: expected {parameter} of the shape of x", InvalidType, **{parameter: np.float32([1, 2, 3])}),
    ]


def _bad_axis(name):
    return [Bad(f"{name}: expected x to be floating point", InvalidType, **_INTEGER), Bad(f"{name}: expected axis", InvalidType, axis=2)]


ROWS = [
    Spec(
        "relu",
        lambda x: np.maximum(x, 0),
        elementwise(),
        kinks=lambda x: x,
        errors=[Bad("relu: expected x to be floating point", InvalidType, **_INTEGER)],
    ),
    Spec(
        "leaky_relu",
        lambda x, slope=0.2: np.where(x >= 0, x, slope * x),
        [*elementwise(slope=Number(-2, 2)), {"x": real(2)}],
        kinks=lambda x, **_: x,
        errors=[Bad("leaky_relu: expected x to be floating point", InvalidType, **_INTEGER)],
    ),
    Spec("sigmoid", sigmoid, elementwise(), errors=[Bad("sigmoid: expected x to be floating point", InvalidType, **_INTEGER)]),
    Spec("tanh", np.tanh, elementwise(), errors=[Bad("tanh: expected x to be floating point", InvalidType, **_INTEGER)]),
    Spec("softmax", softmax, _ALONG_AXES, errors=_bad_axis("softmax")),
    Spec("log_softmax", log_softmax, _ALONG_AXES, errors=_bad_axis("log_softmax")),
    Spec(
        "clipped_relu",
        lambda x, z=20.0: np.clip(x, 0, z),
        [*elementwise(z=1.5), {"x": real(2, low=10, high=30)}],
        kinks=lambda x, z=20.0: x * (x - z),
        errors=[
            *_bad_dtype("clipped_relu"),
            Bad("clipped_relu: expected z to be a float", TypeError, z=1),
            Bad("clipped_relu: expected z above 0", ValueError, z=0.0),
        ],
    ),
    Spec("relu6", lambda x: np.clip(x, 0, 6), elementwise(high=9), kinks=lambda x: x * (x - 6), errors=_bad_dtype("clipped_relu")),
    Spec(
        "crelu",
        lambda x, axis=1: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis),
        _ALONG_AXES,
        kinks=lambda x, **_: x,
        errors=[*_bad_axis("crelu"), Bad("crelu: expected axis to be an int", TypeError, axis=1.0)],
    ),
    Spec(
        "elu",
        elu,
        [*elementwise(alpha=Number(-2, 2)), {"x": real(2)}],
        kinks=lambda x, **_: x,
        errors=_bad_dtype("elu"),
    ),
    Spec(
        "selu",
        lambda x, alpha=1.6732632423543772, scale=1.0507009873554805: scale * elu(x, alpha),
        [{"x": real(3, 2)}, {"x": real(2), "alpha": Number(0, 2), "scale": Number(-2, 2)}],
        kinks=lambda x, **_: x,
        errors=_bad_dtype("elu"),
    ),
    Spec(
        "hard_sigmoid",
        lambda x: np.clip(x * 0.2 + 0.5, 0, 1),
        elementwise(),
        kinks=lambda x: np.abs(x) - 2.5,
        errors=_bad_dtype("hard_sigmoid"),
    ),
    Spec(
        "softplus",
        lambda x, beta=1.0: np.logaddexp(0, beta * x) / beta,
        [*elementwise(beta=Number(0.25, 1)), {"x": real(2)}],
        errors=_bad_dtype("softplus"),
    ),
    Spec(
        "prelu",
        lambda x, W: np.where(x >= 0, x, x * W.reshape(W.shape + (1,) * (x.ndim - W.ndim - 1))),
        [{"x": real(3, 2, 1), "W": real(2)}, {"x": real(3), "W": real()}, {"x": real(0, 3), "W": real(3)}],
        kinks=lambda x, **_: x,
        extremes="the gradient of W sums the largest numbers, which overflows",
        errors=_bad_channels("prelu", "W"),
    ),
    Spec(
        "swish",
        lambda x, beta: x * sigmoid(x * beta.reshape(beta.shape + (1,) * (x.ndim - beta.ndim - 1))),
        [{"x": real(3, 2, 1), "beta": real(2)}, {"x": real(3), "beta": real()}, {"x": real(0, 3), "beta": real(3)}],
        extremes="the product of two largest numbers overflows",
        errors=_bad_channels("swish", "beta"),
    ),
    Spec(
        "rrelu",
        rrelu,
        [{"x": real(3, 2), "l": 0.25, "u": 0.75}, {"x": real(2), "r": real(2, grad=False)}, {"x": real(0, 3)}],
        kinks=lambda x, **_: x,
        errors=[
            *_bad_dtype("rrelu"),
            Bad("rrelu: expected l at least 0", ValueError, l=-0.5),
            Bad("rrelu: expected l at least 0", ValueError, u=1.0),
            Bad("rrelu: expected l at least 0", ValueError, l=0.75, u=0.25),
            Bad("rrelu: expected r of the shape and dtype of x", InvalidType, r=np.float32([1])),
            Bad("using_config", ValueError, train=True),
        ],
    ),
    Spec(
        "maxout",
        lambda x, pool_size, axis=1: np.stack(np.split(x, x.shape[axis] // pool_size, axis), axis).max(axis + 1 if axis >= 0 else axis - 1),
        [{"x": distinct(3, 4), "pool_size": 2}, {"x": distinct(2, 1, 3), "pool_size": 3, "axis": -1}],
        oracle={1: "Chainer's function takes no negative axes"},
        errors=[
            Bad("maxout: expected a length that 3 divides along axis 1", InvalidType, pool_size=3),
            Bad("maxout: expected pool_size above 0", ValueError, pool_size=0),
            Bad("maxout: expected axis", InvalidType, axis=2),
        ],
    ),
]
