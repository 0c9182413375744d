"""Links: rnn."""

from .spec import LinkSpec, real


def _gates(n_in, n):
    return {"/upward/W": (4 * n, n_in), "/upward/b": (4 * n,), "/lateral/W": (4 * n, n)}


def _gru(n_in, n):
    weights = {f"/{kind}{gate}/W": (n, size) for kind, size in (("W", n_in), ("U", n)) for gate in ("_r", "_z", "")}
    return weights | {f"{path[:-1]}b": (n,) for path in weights}


def _sizes(c, in_size=3):
    return {"in_size": in_size, "out_size": 2}


def _sizes_late(c):
    return _sizes(c, None)


def _n_step(name, n_layers=1, dropout=0.0, label="", **more):
    """The row of a link over sequences: of three of them, given states or none."""
    gates = {"LSTM": 4, "GRU": 3}.get(name.removeprefix("NStep").removeprefix("Bi"), 1)
    directions, states = 2 if "Bi" in name else 1, 2 if "LSTM" in name else 1
    sizes = [3] * directions + [2 * directions] * (directions * (n_layers - 1))
    params = {
        f"/{i}/{kind}{j}": (2,) if kind == "b" else (2, size if j < gates else 2)
        for i, size in enumerate(sizes)
        for j in range(2 * gates)
        for kind in "wb"
    }
    hx = real(len(sizes), 3, 2) if label else None
    inputs = [*[hx] * states, [real(2, 3), real(3, 3), real(1, 3)]]
    return LinkSpec(
        name,
        lambda c: {"n_layers": n_layers, "in_size": 3, "out_size": 2, "dropout": dropout, **{k: make(c) for k, make in more.items()}},
        inputs,
        params,
        documented={f"/i/{name}": () for name in ("w0", f"w{gates}", "b0")},
        label=label,
    )


ROWS = [
    LinkSpec("LSTM", _sizes, [real(4, 3)], _gates(3, 2), late=_sizes_late, reset="reset_state", calls=2),
    LinkSpec("StatelessLSTM", _sizes, [real(4, 2), real(4, 2), real(4, 3)], _gates(3, 2), late=_sizes_late, documented={}),
    LinkSpec(
        "StatefulPeepholeLSTM",
        _sizes,
        [real(4, 3)],
        _gates(3, 2) | {f"/peep_{gate}/W": (2, 2) for gate in "ifo"},
        reset="reset_state",
        calls=2,
    ),
    LinkSpec("StatefulZoneoutLSTM", lambda c: {**_sizes(c), "h_ratio": 0.25}, [real(4, 3)], _gates(3, 2), reset="reset_state", calls=2),
    LinkSpec("StatelessGRU", _sizes, [real(4, 2), real(4, 3)], _gru(3, 2), documented={}),
    LinkSpec("StatefulGRU", _sizes, [real(4, 3)], _gru(3, 2), reset="reset_state", calls=2),
    LinkSpec(
        "GRU",
        lambda c: {**_sizes(c), "init": 0.5, "inner_init": c.initializers.Normal(), "bias_init": c.initializers.Normal()},
        [real(4, 3)],
        _gru(3, 2),
        late=lambda c: {**_sizes(c, None), "init": 0.5, "inner_init": c.initializers.Normal(), "bias_init": c.initializers.Normal()},
        documented={},
        reset="reset_state",
        calls=2,
    ),
    LinkSpec(
        "StatelessMGU",
        lambda c: {"n_inputs": 3, "n_units": 2},
        [real(4, 2), real(4, 3)],
        {"/W_f/W": (2, 5), "/W_f/b": (2,), "/W_h/W": (2, 5), "/W_h/b": (2,)},
        documented={},
    ),
    LinkSpec(
        "StatefulMGU",
        _sizes,
        [real(4, 3)],
        {"/W_f/W": (2, 5), "/W_f/b": (2,), "/W_h/W": (2, 5), "/W_h/b": (2,)},
        reset="reset_state",
        calls=2,
    ),
    LinkSpec(
        "ChildSumTreeLSTM",
        _sizes,
        [real(4, 2), real(4, 2), real(4, 2), None, real(4, 3)],
        {"/W_x/W": (8, 3), "/W_x/b": (8,), "/W_h_aio/W": (6, 2), "/W_h_f/W": (2, 2)},
    ),
    LinkSpec(
        "ChildSumTreeLSTM",
        _sizes,
        [real(4, 3)],
        {"/W_x/W": (8, 3), "/W_x/b": (8,), "/W_h_aio/W": (6, 2), "/W_h_f/W": (2, 2)},
        label="leaf",
    ),
    LinkSpec(
        "NaryTreeLSTM",
        _sizes,
        [None, real(4, 2), real(4, 2), None, None],
        {"/W_x/W": (10, 3), "/W_x/b": (10,), "/W_h1/W": (10, 2), "/W_h2/W": (10, 2)},
    ),
    LinkSpec(
        "NaryTreeLSTM",
        lambda c: {**_sizes(c), "n_ary": 1},
        [real(4, 2), real(4, 2), real(4, 3)],
        {"/W_x/W": (8, 3), "/W_x/b": (8,), "/W_h1/W": (8, 2)},
        documented={"/W_x/W": (), "/W_x/b": (), "/W_h1/W": (), "/W_h2/W": ()},
        label="one child",
    ),
    _n_step("NStepLSTM", initialW=lambda c: c.initializers.Normal(), initial_bias=lambda c: c.initializers.Normal()),
    _n_step("NStepLSTM", n_layers=2, dropout=0.5, label="deep"),
    _n_step("NStepBiLSTM", n_layers=2, label="deep"),
    _n_step("NStepGRU", label="states"),
    _n_step("NStepBiGRU"),
    _n_step("NStepRNNTanh", label="states"),
    _n_step("NStepRNNReLU"),
    _n_step("NStepBiRNNTanh"),
    _n_step("NStepBiRNNReLU", n_layers=2, dropout=0.5, label="deep"),
]
