"""Links: loss."""

import numpy as np

from .spec import LinkSpec, real, whole

_SCORES, _LABELS = [real(n, 2) for n in (1, 3, 2)], [whole(n) for n in (1, 3, 2)]

ROWS = [
    LinkSpec("CRF1d", lambda c: {"n_label": 2}, [[real(2, 2), real(1, 2)], [whole(2), whole(1)]], {"/cost": (2, 2)}),
    LinkSpec(
        "CRF1d",
        lambda c: {"n_label": 2, "initial_cost": c.initializers.Normal()},
        [_SCORES, _LABELS, "no", True],
        {"/cost": (2, 2)},
        label="sequences",
    ),
    LinkSpec(
        "NegativeSampling",
        lambda c: {"in_size": 2, "counts": [3, 0, 1, 2], "sample_size": 3},
        [real(4, 2), whole(4, low=-1, high=3)],
        {"/W": (4, 2)},
        drawn=True,
    ),
    LinkSpec(
        "NegativeSampling",
        lambda c: {"in_size": 2, "counts": [3, 1, 2], "sample_size": 1, "power": 0.5, "dtype": np.float64},
        [real(4, 2), whole(4, high=2), "no"],
        {"/W": (3, 2)},
        drawn=True,
        label="no",
    ),
    LinkSpec(
        "BinaryHierarchicalSoftmax",
        lambda c: {"in_size": 2, "tree": ((0, (4, 1)), 2)},
        [real(5, 2), whole(5, high=2)],
        {"/W": (3, 2)},
    ),
    LinkSpec(
        "BlackOut",
        lambda c: {"in_size": 2, "counts": [3, 1, 2], "sample_size": 2},
        [real(4, 2), whole(4, high=2)],
        {"/W": (3, 2)},
        drawn=True,
    ),
]
