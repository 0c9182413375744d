"""Names that older releases of Chainer had elsewhere."""

import warnings

from .. import backprop, function_node, functions, initializers, links, optimizer, optimizer_hooks
from ..functions.theano import TheanoFunction
from . import _function_classes, _old_optimizers

_LINKS = (
    "BatchNormalization", "Bilinear", "BinaryHierarchicalSoftmax", "Convolution2D", "DilatedConvolution2D", "EmbedID", "Inception",
    "InceptionBN", "Linear", "NegativeSampling", "PReLU", "Parameter",
)  # fmt: skip


def apply():
    """Give them back."""
    _function_classes.apply()
    _old_optimizers.apply()
    # Until Chainer 1.24 the links with parameters were found under functions too.
    for name in _LINKS:
        setattr(functions, name, getattr(links, name))
    functions.TheanoFunction = TheanoFunction
    initializers.init_weight = init_weight
    # Chainer has backward passes where the nodes are.
    function_node.grad = backprop.grad
    # Before Chainer 4 the hooks were part of optimizer.
    for name in ("GradientClipping", "GradientHardClipping", "GradientNoise", "Lasso", "WeightDecay"):
        setattr(optimizer, name, _deprecated(getattr(optimizer_hooks, name)))
    optimizer.exponential_decay_noise = optimizer_hooks._hooks.exponential_decay_noise


def init_weight(weights, initializer, scale=1.0):
    """Fill an array as links of Chainer 1 did.

    Args:
        weights: the array.
        initializer: an initializer, a number or an array; ``None``: ``HeNormal(1 / sqrt(2))``.
        scale: what the array is multiplied by then.
    """
    initializers.initializer_of(initializer, initializers.HeNormal(2**-0.5))(weights)
    weights *= scale


def _deprecated(hook):
    def __init__(self, *args, **kwargs):
        warnings.warn(optimizer.make_deprecation_message(hook.__name__), DeprecationWarning, stacklevel=2)
        hook.__init__(self, *args, **kwargs)

    members = {
        "__init__": __init__,
        "__doc__": f"The same as ``optimizer_hooks.{hook.__name__}``; deprecated here.",
        "__module__": optimizer.__name__,
    }
    return type(hook.__name__, (hook,), members)
