"""Links: model."""

from .spec import LinkSpec, real, whole

ROWS = [
    LinkSpec(
        "Classifier",
        lambda c: {"predictor": c.links.Linear(3, 2)},
        [real(4, 3), whole(4)],
        {"/predictor/W": (2, 3), "/predictor/b": (2,)},
        late=lambda c: {"predictor": c.links.Linear(None, 2)},
        documented={},
    ),
]
