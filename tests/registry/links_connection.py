"""Links: connection."""

from .spec import LinkSpec, real, whole

ROWS = [
    LinkSpec(
        "Convolution2D",
        lambda c: {"in_channels": 2, "out_channels": 3, "ksize": 2},
        [real(1, 2, 3, 3)],
        {"/W": (3, 2, 2, 2), "/b": (3,)},
        late=lambda c: {"in_channels": None, "out_channels": 3, "ksize": 2},
    ),
    LinkSpec("EmbedID", lambda c: {"in_size": 3, "out_size": 2}, [whole(4, high=2)], {"/W": (3, 2)}),
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
        label="nobias",
    ),
]
