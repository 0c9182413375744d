"""Noise. Laws seed ``numpy.random`` before each call, of the function and of its reference."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .functions_activation import softmax
from .spec import Bad, Number, Spec, real, whole


def dropout(x, ratio=0.5, mask=None):
    if mask is None:
        mask = (np.random.rand(*x.shape) >= ratio) / (1 - ratio)
    return np.asarray(x * mask)


def gaussian(mean, ln_var, eps=None):
    return mean + np.exp(ln_var / 2) * (np.random.standard_normal(mean.shape) if eps is None else eps)


def gumbel_softmax(log_pi, tau=0.1, axis=1):
    return softmax((log_pi + np.random.gumbel(size=log_pi.shape)) / tau, axis) if log_pi.ndim else np.ones(())


def simplified_dropconnect(x, W, b=0, ratio=0.5, train=True, mask=None, use_batchwise_mask=True):
    ratio = ratio if train else 0
    if mask is None:
        mask = np.random.rand(*(x.shape[:1] if use_batchwise_mask else ()), *W.shape) >= ratio
    return ((W * mask / (1 - ratio)) * x.reshape(len(x), 1, -1)).sum(2) + b


def zoneout(h, x, ratio=0.5):
    return np.where(np.random.rand(*x.shape) >= ratio, x, h)


ROWS = [
    Spec(
        "dropout",
        dropout,
        oracle={3: "Chainer's function fails on a scalar, which it makes a number of NumPy"},
        cases=[
            {"x": real(3, 2), "ratio": Number(0, 0.75)},
            {"x": real(3), "mask": real(3, low=0, high=2, grad=False)},
            {"x": real(0, 3)},
            {"x": real()},
        ],
        extremes="scaling up the largest number overflows",
        errors=[
            Bad("dropout: expected x to be floating point", InvalidType, x=np.int32([1])),
            Bad("dropout: expected ratio at least 0 and below 1", ValueError, ratio=1.0),
            Bad("dropout: expected a mask of the shape of x", InvalidType, mask=np.float32([1])),
            Bad("train", ValueError, train=True),
        ],
    ),
    Spec(
        "gaussian",
        gaussian,
        [
            {"mean": real(3, 2), "ln_var": real(3, 2)},
            {"mean": real(2), "ln_var": real(2), "eps": real(2, grad=False)},
            {"mean": real(), "ln_var": real()},
        ],
        oracle={2: "Chainer's function fails on a scalar, which it makes a number of NumPy"},
        extremes="the exponential overflows",
        errors=[
            Bad("gaussian: expected mean to be floating point", InvalidType, mean=np.int32([1]), ln_var=np.int32([1])),
            Bad("gaussian: expected mean and ln_var of one dtype", InvalidType, ln_var=np.float64([[1]])),
            Bad("gaussian: expected mean, ln_var and noise of one shape", InvalidType, ln_var=np.float32([[1]])),
            Bad("gaussian() got unexpected keyword", TypeError, noise=1),
        ],
    ),
    Spec(
        "gumbel_softmax",
        gumbel_softmax,
        [{"log_pi": real(3, 2), "tau": Number(1, 2)}, {"log_pi": real(2, 3), "axis": 0}],
        extremes="the noise is added to the largest numbers",
        errors=[
            Bad("gumbel_softmax: expected axis", InvalidType, axis=2),
            Bad("gumbel_softmax: expected log_pi to be floating point", InvalidType, log_pi=np.int32([[1]])),
        ],
    ),
    Spec(
        "simplified_dropconnect",
        simplified_dropconnect,
        [
            {"x": real(3, 2, 1), "W": real(3, 2), "b": real(3), "ratio": Number(0, 0.75)},
            {"x": real(3, 2), "W": real(1, 2), "use_batchwise_mask": False},
            {"x": real(3, 2), "W": real(1, 2), "mask": whole(3, 1, 2, dtype="bool")},
            {"x": real(3, 2), "W": real(1, 2), "train": False},
        ],
        extremes="products of the largest numbers overflow",
        errors=[
            Bad("simplified_dropconnect: expected x to be floating point", InvalidType, x=np.int32([[1, 2]])),
            Bad("simplified_dropconnect: expected W with 2 axes", InvalidType, W=np.float32([1, 2])),
            Bad("simplified_dropconnect: expected x with rows of 2 numbers", InvalidType, x=np.float32([[1]])),
            Bad("simplified_dropconnect: expected b of shape (3,)", InvalidType, b=np.float32([1])),
            Bad("simplified_dropconnect: expected a mask of shape (3, 3, 2)", InvalidType, mask=np.array([True])),
        ],
    ),
    Spec(
        "zoneout",
        zoneout,
        [{"h": real(3, 2), "x": real(3, 2)}, {"h": real(2), "x": real(2), "ratio": 0.25}, {"h": real(0, 3), "x": real(0, 3)}],
        errors=[
            Bad("zoneout: expected h and x that broadcast together", InvalidType, h=np.float32([[1, 2, 3]])),
            Bad("using_config", ValueError, train=True),
        ],
    ),
]
