"""Links: connection."""

import numpy as np

from .spec import LinkSpec, real, whole


def _convs(**shapes):
    """The parameters of convolutions by name: shape of ``W``; the bias has its first axis, or the second of a transposed one."""
    return {f"/{name}/{p}": s for name, shape in shapes.items() for p, s in (("W", shape), ("b", shape[:1]))}


def _windows(name, ndim, transposed=False, label="", **more):
    """A convolution of a window of 2 along each of ``ndim`` axes, from 2 channels to 3."""
    first = {"ndim": ndim} if name.endswith("ND") else {}
    return LinkSpec(
        name,
        lambda c: {**first, "in_channels": 2, "out_channels": 3, "ksize": 2, **more},
        [real(1, 2, *(3,) * ndim)],
        {"/W": (*((2, 3) if transposed else (3, 2)), *(2,) * ndim), "/b": (3,)},
        late=lambda c: {**first, "in_channels": None, "out_channels": 3, "ksize": 2, **more},
        label=label,
    )


_CONV, _NORM = ((2, 2, 1, 1), (3, 2, 3, 3), (2, 2, 1, 1), (3, 2, 3, 3), (3, 3, 3, 3)), (2, 3, 2, 3, 3)


def _inception_bn(label, more, **arguments):
    """``more``: output and input channels of convolutions of one pixel, by name."""
    convs = dict(zip(("proj3", "conv3", "proj33", "conv33a", "conv33b"), _CONV, strict=True))
    convs |= {name: (*channels, 1, 1) for name, channels in more.items()}
    norms = {f"/{name}n": (shape[0],) for name, shape in convs.items()}
    return LinkSpec(
        "InceptionBN",
        lambda c: {"in_channels": 2, "proj3": 2, "out3": 3, "proj33": 2, "out33": 3, **arguments},
        [real(2, 2, 4, 4)],
        {f"/{name}/W": shape for name, shape in convs.items()} | {f"{n}/{p}": s for n, s in norms.items() for p in ("gamma", "beta")},
        persistent={f"{n}/{p}": s for n, s in norms.items() for p, s in (("avg_mean", s), ("avg_var", s), ("N", None))},
        documented={},
        label=label,
    )


ROWS = [
    LinkSpec("Bias", lambda c: {"shape": (3,)}, [real(4, 3)], {"/b": (3,)}),
    LinkSpec("Bias", lambda c: {"axis": 0}, [real(4, 3), real(4)], {}, documented={"/b": (3,)}, label="inputs"),
    LinkSpec(
        "Bilinear",
        lambda c: {"left_size": 3, "right_size": 2, "out_size": 4},
        [real(4, 3), real(4, 2)],
        {"/W": (3, 2, 4), "/V1": (3, 4), "/V2": (2, 4), "/b": (4,)},
    ),
    LinkSpec(
        "Bilinear",
        lambda c: {"left_size": 3, "right_size": 2, "out_size": 4, "nobias": True},
        [real(4, 3), real(4, 2)],
        {"/W": (3, 2, 4)},
        documented={"/W": (3, 2, 4), "/V1": (3, 4), "/V2": (2, 4), "/b": (4,)},
        label="nobias",
    ),
    _windows("Convolution1D", 1),
    _windows("Convolution2D", 2),
    _windows("Convolution3D", 3),
    _windows("ConvolutionND", 1, stride=2, cover_all=True),
    _windows("Deconvolution1D", 1, transposed=True),
    _windows("Deconvolution2D", 2, transposed=True),
    _windows("Deconvolution2D", 2, transposed=True, label="outsize", stride=2, outsize=(7, 7)),
    _windows("Deconvolution3D", 3, transposed=True),
    _windows("DeconvolutionND", 1, transposed=True, stride=2),
    LinkSpec(
        "DeformableConvolution2D",
        lambda c: {"in_channels": 2, "out_channels": 3, "ksize": 2, "deform_initialW": c.initializers.LeCunNormal()},
        [real(1, 2, 3, 3)],
        _convs(offset_conv=(8, 2, 2, 2), deform_conv=(3, 2, 2, 2)),
        late=lambda c: {"in_channels": None, "out_channels": 3, "ksize": 2, "deform_initialW": c.initializers.LeCunNormal()},
    ),
    LinkSpec(
        "DepthwiseConvolution2D",
        lambda c: {"in_channels": 2, "channel_multiplier": 3, "ksize": 2},
        [real(1, 2, 3, 3)],
        {"/W": (3, 2, 2, 2), "/b": (6,)},
        late=lambda c: {"in_channels": None, "channel_multiplier": 3, "ksize": 2},
    ),
    _windows("DilatedConvolution2D", 2, dilate=2),
    LinkSpec("EmbedID", lambda c: {"in_size": 3, "out_size": 2}, [whole(4, high=2)], {"/W": (3, 2)}),
    LinkSpec(
        "EmbedID",
        lambda c: {"in_size": 3, "out_size": 2, "ignore_label": -1},
        [whole(2, 4, low=-1, high=2)],
        {"/W": (3, 2)},
        label="ignore_label",
    ),
    LinkSpec(
        "Highway",
        lambda c: {"in_out_size": 3},
        [real(4, 3)],
        {"/plain/W": (3, 3), "/plain/b": (3,), "/transform/W": (3, 3), "/transform/b": (3,)},
    ),
    LinkSpec(
        "Inception",
        lambda c: {"in_channels": 2, "out1": 1, "proj3": 2, "out3": 3, "proj5": 1, "out5": 2, "proj_pool": 3},
        [real(1, 2, 4, 4)],
        _convs(
            conv1=(1, 2, 1, 1),
            proj3=(2, 2, 1, 1),
            conv3=(3, 2, 3, 3),
            proj5=(1, 2, 1, 1),
            conv5=(2, 1, 5, 5),
            projp=(3, 2, 1, 1),
        ),
        documented={},
    ),
    _inception_bn("max", {}, out1=0, pooltype="max", stride=2),
    _inception_bn("avg", {"conv1": (1, 2), "poolp": (4, 2)}, out1=1, pooltype="avg", proj_pool=4),
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
    LinkSpec(
        "LocalConvolution2D",
        lambda c: {"in_channels": 2, "out_channels": 3, "in_size": (3, 4), "ksize": 2},
        [real(1, 2, 3, 4)],
        {"/W": (3, 2, 3, 2, 2, 2), "/b": (3, 2, 3)},
        late=lambda c: {"in_channels": None, "out_channels": 3, "ksize": 2},
    ),
    LinkSpec(
        "MLPConvolution2D",
        lambda c: {"in_channels": 2, "out_channels": (3, 2), "ksize": 2},
        [real(1, 2, 3, 3)],
        {"/0/W": (3, 2, 2, 2), "/0/b": (3,), "/1/W": (2, 3, 1, 1), "/1/b": (2,)},
        documented={},
    ),
    LinkSpec("Parameter", lambda c: {"array": np.arange(3, dtype="f")}, [], {"/W": (3,)}),
    LinkSpec("Scale", lambda c: {"W_shape": (3,), "bias_term": True}, [real(4, 3)], {"/W": (3,), "/bias/b": (3,)}),
    LinkSpec(
        "Scale",
        lambda c: {"axis": 0, "bias_term": True, "bias_shape": (4,)},
        [real(4, 3), real(4)],
        {"/bias/b": (4,)},
        documented={"/W": (3,), "/bias/b": (3,)},
        label="inputs",
    ),
]
