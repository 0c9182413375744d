"""Links with hooks that change their weights."""

from .spec import LinkSpec, real, whole

_CONVOLUTION = {"/W": (2, 3, 2, 2), "/b": (3,)}

ROWS = [
    LinkSpec(
        "Linear",
        lambda c: {"in_size": 3, "out_size": 2},
        [real(4, 3)],
        {"/W": (2, 3), "/b": (2,)},
        persistent={"/W_u": (2,)},
        documented={},
        hook=lambda hooks: hooks.SpectralNormalization(n_power_iteration=2, factor=0.5),
        label="spectral",
    ),
    LinkSpec(
        "Deconvolution2D",
        lambda c: {"in_channels": 2, "out_channels": 3, "ksize": 2},
        [real(1, 2, 3, 3)],
        {**_CONVOLUTION, "/gamma": ()},
        persistent={"/W_u": (3,)},
        documented={},
        hook=lambda hooks: hooks.SpectralNormalization(use_gamma=True),
        label="spectral",
    ),
    LinkSpec(
        "EmbedID",
        lambda c: {"in_size": 3, "out_size": 2},
        [whole(4, high=2)],
        {"/W": (3, 2)},
        documented={},
        hook=lambda hooks: hooks.WeightStandardization(eps=1e-3),
        label="standardised",
    ),
    LinkSpec(
        "Convolution2D",
        lambda c: {"in_channels": 2, "out_channels": 3, "ksize": 2},
        [real(1, 2, 3, 3)],
        {"/W": (3, 2, 2, 2), "/b": (3,)},
        late=lambda c: {"in_channels": None, "out_channels": 3, "ksize": 2},
        documented={},
        hook=lambda hooks: hooks.WeightStandardization(),
        label="standardised",
    ),
]
