"""Links: activation."""

from .spec import LinkSpec, real

ROWS = [
    LinkSpec(
        "Maxout",
        lambda c: {"in_size": 3, "out_size": 2, "pool_size": 2},
        [real(4, 3)],
        {"/linear/W": (4, 3), "/linear/b": (4,)},
        late=lambda c: {"in_size": None, "out_size": 2, "pool_size": 2},
    ),
    LinkSpec("PReLU", lambda c: {}, [real(4, 3)], {"/W": ()}),
    LinkSpec("PReLU", lambda c: {"shape": (3,)}, [real(4, 3)], {"/W": (3,)}, label="shape"),
    LinkSpec(
        "SimplifiedDropconnect",
        lambda c: {"in_size": 3, "out_size": 2},
        [real(4, 3)],
        {"/W": (2, 3), "/b": (2,)},
        late=lambda c: {"in_size": None, "out_size": 2},
    ),
    LinkSpec("Swish", lambda c: {"beta_shape": (3,)}, [real(4, 3)], {"/beta": (3,)}, late=lambda c: {"beta_shape": None}),
]
