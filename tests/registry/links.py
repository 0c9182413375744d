"""Links."""

from .spec import LinkSpec, real, whole


def _gates(n_in, n):
    return {"/upward/W": (4 * n, n_in), "/upward/b": (4 * n,), "/lateral/W": (4 * n, n)}


ROWS = [
    LinkSpec(
        "BatchNormalization",
        lambda c: {"size": 3},
        [real(4, 3)],
        {"/gamma": (3,), "/beta": (3,)},
        late=lambda c: {"axis": (0,)},
        persistent={"/avg_mean": (3,), "/avg_var": (3,), "/N": None},
    ),
    LinkSpec(
        "Classifier",
        lambda c: {"predictor": c.links.Linear(3, 2)},
        [real(4, 3), whole(4)],
        {"/predictor/W": (2, 3), "/predictor/b": (2,)},
        late=lambda c: {"predictor": c.links.Linear(None, 2)},
        documented={},
    ),
    LinkSpec(
        "Convolution2D",
        lambda c: {"in_channels": 2, "out_channels": 3, "ksize": 2},
        [real(1, 2, 3, 3)],
        {"/W": (3, 2, 2, 2), "/b": (3,)},
        late=lambda c: {"in_channels": None, "out_channels": 3, "ksize": 2},
    ),
    LinkSpec("EmbedID", lambda c: {"in_size": 3, "out_size": 2}, [whole(4, high=2)], {"/W": (3, 2)}),
    LinkSpec(
        "LSTM",
        lambda c: {"in_size": 3, "out_size": 2},
        [real(4, 3)],
        _gates(3, 2),
        late=lambda c: {"in_size": None, "out_size": 2},
        reset="reset_state",
    ),
    LinkSpec(
        "Linear",
        lambda c: {"in_size": 3, "out_size": 2},
        [real(4, 3)],
        {"/W": (2, 3), "/b": (2,)},
        late=lambda c: {"in_size": None, "out_size": 2},
    ),
    LinkSpec(
        "Linear",
        lambda c: {"in_size": 3, "out_size": 2, "nobias": True},
        [real(4, 3)],
        {"/W": (2, 3)},
        documented={"/W": (2, 3), "/b": (2,)},
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
