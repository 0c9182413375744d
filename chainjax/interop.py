"""Weights for other libraries."""

import jax.numpy as jnp

from .link import Chain, ChainList
from .links import LSTM, BatchNormalization, Convolution2D, ConvolutionND, EmbedID, LayerNormalization, Linear, StatelessLSTM
from .sequential import Sequential


def to_flax(link, api="linen"):
    """The arrays of a link as those of a flax module of the same shape.

    ======================  ================================================================================================
    link                    module
    ======================  ================================================================================================
    ``Linear``              ``Dense`` (linen), ``Linear`` (nnx)
    convolutions            ``Conv``, which takes the channels last; padding is to be given in numbers, as in ``padding=1``
    ``BatchNormalization``  ``BatchNorm``, over the last axis; ``epsilon`` is to be the link's ``eps``
    ``LayerNormalization``  ``LayerNorm``, likewise
    ``EmbedID``             ``Embed``
    ``LSTM``                ``LSTMCell`` or ``OptimizedLSTMCell``
    ``Chain``               a module whose submodules are called as the children are
    ``ChainList``           a list ``layers`` of a module, as in flax's ``Sequential``: ``layers_0``, ``layers_1``
    ======================  ================================================================================================

    A linear map of what was an image with channels has its columns in another order where the channels are last; flatten
    ``jnp.moveaxis(y, -1, 1)`` there.

    Args:
        link: made of those above, initialised.
        api: ``"linen"`` for the variables that ``module.apply`` takes, ``"nnx"`` for what ``nnx.update(module, ...)`` does.

    Raises:
        ValueError: a link has no counterpart, or is not initialised.

    >>> variables = chainjax.interop.to_flax(L.Linear(3, 2, initialW=1))
    >>> variables["params"]["kernel"].shape
    (3, 2)
    """
    if api not in ("linen", "nnx"):
        raise ValueError(f"to_flax: expected api 'linen' or 'nnx', got {api!r}")
    for path, param in link.namedparams():
        if not param.is_initialized:
            raise ValueError(f"to_flax: the parameter {path} has no shape yet; call the link once, or give all sizes")
    params, statistics = _converted(link, "/", api)
    if api == "linen":
        return {"params": params, "batch_stats": statistics} if statistics else {"params": params}
    return _merged(params, statistics)


def _converted(link, path, api):
    for kinds, convert in _LEAVES:
        if isinstance(link, kinds):
            return convert(link, api)
    if not isinstance(link, (Chain, ChainList)) or link._params or link._persistent:
        raise ValueError(f"to_flax: {path} is {type(link).__name__}, for which flax has no counterpart")
    params, statistics = {}, {}
    for name, child in _children(link, api):
        found = _converted(child, f"{path.rstrip('/')}/{name}", api)
        for into, tree in zip((params, statistics), found, strict=True):
            if tree:
                into[name] = tree
    if api == "nnx" and isinstance(link, ChainList):
        return tuple([{"layers": tree} if tree else {} for tree in (params, statistics)])
    return params, statistics


def _children(link, api):
    if isinstance(link, ChainList):
        layers = enumerate(link._layers if isinstance(link, Sequential) else link)
        return [(i if api == "nnx" else f"layers_{i}", child) for i, child in layers if child in list(link.children())]
    return link._namedchildren()


def _merged(a, b):
    return {
        k: _merged(a[k], b[k]) if k in a and k in b else a[k] if k in a else b[k] for k in [*a, *(k for k in b if k not in a)]
    }  # what is in both is a dictionary


def _given(**arrays):
    return {name: param.jax for name, param in arrays.items() if param is not None}


def _linear(link, api):
    return {"kernel": link.W.jax.T, **_given(bias=link.b)}, {}


def _convolution(link, api):
    return {"kernel": jnp.moveaxis(link.W.jax, (0, 1), (-1, -2)), **_given(bias=link.b)}, {}


def _batch_normalization(link, api):
    return _given(scale=link.gamma, bias=link.beta), {"mean": jnp.array(link.avg_mean), "var": jnp.array(link.avg_var)}


def _layer_normalization(link, api):
    return _given(scale=link.gamma, bias=link.beta), {}


def _embedding(link, api):
    return {"embedding": link.W.jax}, {}


def _lstm(link, api):
    # The rows of the gates a, i, f, o take turns; flax has them apart, with the bias at the state.
    found = {}
    for at, gate in enumerate("gifo"):
        suffix = "_" if api == "nnx" and gate == "f" else ""  # "if" is no attribute
        found[f"i{gate}{suffix}"] = {"kernel": link.upward.W.jax[at::4].T}
        found[f"h{gate}"] = {"kernel": link.lateral.W.jax[at::4].T, "bias": link.upward.b.jax[at::4]}
    return found, {}


_LEAVES = [
    (Linear, _linear),
    ((Convolution2D, ConvolutionND), _convolution),
    (BatchNormalization, _batch_normalization),
    (LayerNormalization, _layer_normalization),
    (EmbedID, _embedding),
    ((LSTM, StatelessLSTM), _lstm),
]
