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


def _cell(mode, ws, bs, x, h, c):
    n = len(ws) // 2
    gx, gh = ([x @ w.T + b for w, b in zip(ws[:n], bs[:n], strict=True)], [h @ w.T + b for w, b in zip(ws[n:], bs[n:], strict=True)])
    if mode == "lstm":
        i, f, a, o = (p + q for p, q in zip(gx, gh, strict=True))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(a)
        return sigmoid(o) * np.tanh(c), c
    if mode == "gru":
        r, z = sigmoid(gx[0] + gh[0]), sigmoid(gx[1] + gh[1])
        return (1 - z) * np.tanh(gx[2] + r * gh[2]) + z * h, None
    return {"tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}[mode](gx[0] + gh[0]), None


def _n_step(mode, directions, n_layers, ratio, hx, cx, ws, bs, xs):
    hy, cy = hx.copy(), None if cx is None else cx.copy()
    for layer in range(n_layers):
        ys = []
        for i in range(layer * directions, (layer + 1) * directions):
            steps = [x * (np.random.rand(*x.shape) >= ratio) / (1 - ratio) for x in xs] if layer else list(xs)
            order = range(len(xs)) if i % directions == 0 else reversed(range(len(xs)))
            for t in order:
                n = len(steps[t])
                steps[t], c = _cell(mode, ws[i], bs[i], steps[t], hy[i, :n], None if cy is None else cy[i, :n])
                hy[i, :n] = steps[t]
                if cy is not None:
                    cy[i, :n] = c
            ys.append(steps)
        xs = [np.concatenate(y, 1) for y in zip(*ys, strict=True)]
    return hy, *([] if cy is None else [cy]), tuple(xs)


def _weights(gates, directions, n_layers, n_in, n):
    """Weights and biases: for each layer and direction ``gates`` of the input, then of the state."""
    ws, bs = [], []
    for layer in range(n_layers):
        for _ in range(directions):
            size = directions * n if layer else n_in
            # A product of many matrices of the state must not grow: differences say nothing of a slope of 1e5.
            ws.append([real(n, size, low=-1, high=1)] * gates + [real(n, n, low=-0.5, high=0.5)] * gates)
            bs.append([real(n, low=-1, high=1)] * 2 * gates)
    return {"ws": ws, "bs": bs}


def _n_steps(name, mode, directions):
    """The row of a function over sequences."""
    gates = {"lstm": 4, "gru": 3}.get(mode, 1)
    cells = ("hx", "cx") if mode == "lstm" else ("hx",)

    def ref(n_layers, dropout_ratio, hx, ws, bs, xs, cx=None, activation=mode):
        return _n_step(activation, directions, n_layers, dropout_ratio, hx, cx, ws, bs, xs)

    def case(n_layers, ratio, rows, **more):
        states = {name: real(n_layers * directions, max(rows), 2, low=-1, high=1) for name in cells}
        xs = [real(n, 1, low=-1, high=1) for n in rows]
        return {"n_layers": n_layers, "dropout_ratio": ratio, **states, **_weights(gates, directions, n_layers, 1, 2), "xs": xs, **more}

    main = name in ("n_step_lstm", "n_step_birnn")  # the others differ from these in the cell alone, and compiling is dear
    cases = [case(2, 0.5, (2, 1)) if main else case(1, 0, (2, 1))]
    if name == "n_step_rnn":
        cases += [case(1, 0, (2,) * 17)]
    bad = [
        Bad(f"{name}: expected inputs of 1 units", ValueError, xs=[np.zeros((2, 3), "f")]),
        Bad(f"{name}: expected a state for each layer and sequence", InvalidType, n_layers=3),
        Bad(f"{name}: expected weights that fit", InvalidType, late=True, hx=np.zeros(((2 if main else 1) * directions, 2, 3), "f")),
        Bad(f"{name} takes no train", ValueError, train=True),
        Bad(f"{name} takes no use_cudnn", ValueError, use_cudnn=True),
    ]
    if gates == 1:
        bad.append(Bad(f"{name}: expected activation to be 'tanh' or 'relu', got 'sin'", ValueError, activation="sin"))
    dtypes = ("float64", "float32", "float16") if name == "n_step_lstm" else ("float64",)
    return Spec(name, ref, cases, dtypes=dtypes, orders=2 if main else 1, errors=bad, extremes="products of the largest numbers overflow")


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
        widen={"float16": (1e-2, 1e-2)},
        because="the logistic function by tanh loses small numbers in half precision, to the same bit as in Chainer",
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
        oracle={0: "Chainer's has no second gradient", 2: "Chainer compares further axes with wrong ones"},
        errors=[
            Bad("tree_lstm: expected the state of one child", InvalidType, **{"*inputs": [np.zeros((3, 3), "f")]}),
            Bad("tree_lstm: expected states of one shape", InvalidType, **{"*inputs": [np.zeros((3, 1), "f"), np.zeros((3, 5), "f")]}),
            Bad("of one dtype", InvalidType, **{"*inputs": [np.zeros((3, 1), "f"), np.zeros((3, 4))]}),
        ],
    ),
    _n_steps("n_step_lstm", "lstm", 1),
    _n_steps("n_step_bilstm", "lstm", 2),
    _n_steps("n_step_gru", "gru", 1),
    _n_steps("n_step_bigru", "gru", 2),
    _n_steps("n_step_rnn", "tanh", 1),
    _n_steps("n_step_birnn", "tanh", 2),
]
