"""Links: normalization."""

import numpy as np

from .spec import LinkSpec, real

_KEPT = {"/avg_mean": (3,), "/avg_var": (3,), "/N": None}
_BOTH = {"/gamma": (3,), "/beta": (3,)}

ROWS = [
    LinkSpec("BatchNormalization", lambda c: {"size": 3}, [real(4, 3)], _BOTH, late=lambda c: {"axis": (0,)}, persistent=_KEPT),
    LinkSpec(
        "BatchNormalization",
        lambda c: {"size": (2, 3), "axis": 1, "decay": 0.5, "eps": 0.1, "use_beta": False, "initial_gamma": c.initializers.Normal()},
        [real(2, 4, 3)],
        {"/gamma": (2, 3)},
        late=lambda c: {"axis": 1, "decay": 0.5, "eps": 0.1, "use_beta": False, "initial_gamma": c.initializers.Normal()},
        persistent={"/avg_mean": (2, 3), "/avg_var": (2, 3), "/N": None},
        documented={"/gamma": (2, 3), "/beta": (2, 3)},
        label="axis",
    ),
    LinkSpec(
        "BatchNormalization",
        lambda c: {
            "size": 3,
            "use_gamma": False,
            "dtype": np.float16,
            "initial_avg_mean": 2,
            "initial_avg_var": c.initializers.Constant(3),
        },
        [real(4, 3, dtype="float16")],
        {"/beta": (3,)},
        persistent=_KEPT,
        documented=_BOTH,
        label="half",
    ),
    LinkSpec("BatchRenormalization", lambda c: {"size": 3, "rmax": 1.5, "dmax": 0.2}, [real(4, 3, 2)], _BOTH, persistent=_KEPT),
    LinkSpec(
        "DecorrelatedBatchNormalization",
        lambda c: {"size": 4, "groups": 2},
        [real(5, 4)],
        {},
        persistent={"/avg_mean": (2, 2), "/avg_projection": (2, 2, 2), "/N": None},
    ),
    LinkSpec(
        "GroupNormalization",
        lambda c: {"groups": 2, "size": 4},
        [real(2, 4, 3)],
        {"/gamma": (4,), "/beta": (4,)},
        late=lambda c: {"groups": 2},
    ),
    LinkSpec(
        "LayerNormalization",
        lambda c: {"size": 3, "initial_gamma": c.initializers.Normal()},
        [real(4, 3)],
        _BOTH,
        late=lambda c: {"initial_gamma": c.initializers.Normal()},
    ),
]
