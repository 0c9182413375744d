"""Recurrent units."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .functions_activation import sigmoid
from .spec import Bad, Spec, real


def lstm(c_prev, x):
    a, i, f, o = (x[:, gate::4] for gate in range(4))
    c = np.tanh(a) * sigmoid(i) + sigmoid(f) * c_prev[: len(x)]
    return np.concatenate([c, c_prev[len(x) :]]), sigmoid(o) * np.tanh(c)


def slstm(c_prev1, c_prev2, x1, x2):
    (a1, i1, f1, o1), (a2, i2, f2, o2) = ([x[:, gate::4] for gate in range(4)] for x in (x1, x2))
    c = np.tanh(a1) * sigmoid(i1) + np.tanh(a2) * sigmoid(i2) + sigmoid(f1) * c_prev1 + sigmoid(f2) * c_prev2
    return c, sigmoid(o1 + o2) * np.tanh(c)


def tree_lstm(*inputs):
    *cs, x = inputs
    n = cs[0].shape[1]
    a, i, o, *fs = (x[:, start : start + n] for start in range(0, x.shape[1], n))
    c = np.tanh(a) * sigmoid(i) + sum(sigmoid(f) * c for f, c in zip(fs, cs, strict=True))
    return c, sigmoid(o) * np.tanh(c)


ROWS = [
    Spec(
        "lstm",
        lstm,
        [{"c_prev": real(3, 1), "x": real(2, 4)}, {"c_prev": real(2, 2, 1), "x": real(2, 8, 1)}],
        errors=[
            Bad("lstm: expected x with four gates for each unit", InvalidType, x=np.zeros((2, 3), "f")),
            Bad("lstm: expected c_prev and x of one dtype", InvalidType, x=np.zeros((2, 4))),
            Bad("lstm: expected c_prev to be floating point", InvalidType, c_prev=np.zeros((3, 1), "i")),
        ],
    ),
    Spec(
        "slstm",
        slstm,
        [
            {"c_prev1": real(3, 1), "c_prev2": real(3, 1), "x1": real(3, 4), "x2": real(3, 4)},
            {"c_prev1": real(2, 2, 1), "c_prev2": real(2, 2, 1), "x1": real(2, 8, 1), "x2": real(2, 8, 1)},
        ],
        errors=[
            Bad("slstm: expected states of one shape", InvalidType, x2=np.zeros((3, 8), "f")),
            Bad("of one dtype", InvalidType, x1=np.zeros((3, 4))),
            Bad("slstm: expected c_prev1 to be floating point", InvalidType, c_prev1=np.zeros((3, 1), "i")),
        ],
    ),
    Spec(
        "tree_lstm",
        tree_lstm,
        [
            {"*inputs": [real(3, 1), real(3, 1), real(3, 5)]},
            {"*inputs": [real(3, 1), real(3, 4)]},
            {"*inputs": [real(2, 2, 1), real(2, 2, 1), real(2, 10, 1)]},
        ],
        oracle={0: "Chainer's has no second gradient"},
        errors=[
            Bad("tree_lstm: expected the state of one child", InvalidType, **{"*inputs": [np.zeros((3, 3), "f")]}),
            Bad("tree_lstm: expected states of one shape", InvalidType, **{"*inputs": [np.zeros((3, 1), "f"), np.zeros((3, 5), "f")]}),
            Bad("of one dtype", InvalidType, **{"*inputs": [np.zeros((3, 1), "f"), np.zeros((3, 4))]}),
        ],
    ),
]
