"""Links: normalization."""

from .spec import LinkSpec, real

ROWS = [
    LinkSpec(
        "BatchNormalization",
        lambda c: {"size": 3},
        [real(4, 3)],
        {"/gamma": (3,), "/beta": (3,)},
        late=lambda c: {"axis": (0,)},
        persistent={"/avg_mean": (3,), "/avg_var": (3,), "/N": None},
    ),
]
