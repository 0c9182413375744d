"""Links: rnn."""

from .spec import LinkSpec, real


def _gates(n_in, n):
    return {"/upward/W": (4 * n, n_in), "/upward/b": (4 * n,), "/lateral/W": (4 * n, n)}


ROWS = [
    LinkSpec(
        "LSTM",
        lambda c: {"in_size": 3, "out_size": 2},
        [real(4, 3)],
        _gates(3, 2),
        late=lambda c: {"in_size": None, "out_size": 2},
        reset="reset_state",
    ),
    LinkSpec(
        "StatelessLSTM",
        lambda c: {"in_size": 3, "out_size": 2},
        [real(4, 2), real(4, 2), real(4, 3)],
        _gates(3, 2),
        late=lambda c: {"in_size": None, "out_size": 2},
        documented={},
    ),
]
