"""Functions between layers."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, elementwise, real

_INTEGER = {"x": np.int32([[1]])}


def softmax(x, axis=1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def log_softmax(x, axis=1):
    largest = x.max(axis, keepdims=True)
    return x - largest - np.log(np.exp(x - largest).sum(axis, keepdims=True))


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


_ALONG_AXES = [{"x": real(3, 2)}, {"x": real(2, 1, 3), "axis": -1}, {"x": real(3), "axis": 0}, {"x": real(0, 3)}]


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
]
