"""Recurrent units."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .functions_activation import sigmoid
from .spec import Bad, Spec, real


def lstm(c_prev, x):
    a, i, f, o = (x[:, gate::4] for gate in range(4))
    c = np.tanh(a) * sigmoid(i) + sigmoid(f) * c_prev[: len(x)]
    return np.concatenate([c, c_prev[len(x) :]]), sigmoid(o) * np.tanh(c)


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
]
