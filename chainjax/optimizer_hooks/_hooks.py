"""Changes of gradients before an update."""

import jax.numpy as jnp

from ..optimizer import PureGradientHook, change_grads


class WeightDecay(PureGradientHook):
    r"""Adds a multiple of each parameter to its gradient, :math:`g' = g + \lambda p`: L2 regularisation.

    Args:
        rate: the factor :math:`\lambda`.
    """

    name = "WeightDecay"

    def __init__(self, rate):
        self.rate = rate

    def apply_to(self, params):
        for scale in {p._loss_scale for p in params}:
            rate = self.rate if scale is None else self.rate * scale
            change_grads([p for p in params if p._loss_scale == scale], weight_decay, (rate,))


def weight_decay(params, grads, rate):
    """See :class:`WeightDecay`."""
    return [g + rate.astype(g.dtype) * p for p, g in zip(params, grads, strict=True)]


class GradientClipping:
    r"""Scales all gradients so that their common L2 norm is at most a threshold, :math:`g' = g \min(1, \theta / \|g\|)`.

    Args:
        threshold: the largest norm :math:`\theta`.
    """

    name = "GradientClipping"
    timing = "pre"

    def __init__(self, threshold):
        self.threshold = threshold

    def __call__(self, opt):
        change_grads(opt.target.params(False), gradient_clipping, (self.threshold,))


def gradient_clipping(params, grads, threshold):
    """See :class:`GradientClipping`."""
    norm = jnp.sqrt(sum([jnp.sum(jnp.square(g.astype(jnp.promote_types(g.dtype, jnp.float32)))) for g in grads]))
    # Where all gradients are zero the rate is infinite, and 1 is what counts.
    rate = jnp.minimum(threshold.astype(norm.dtype) / norm, 1)
    return [(g * rate).astype(g.dtype) for g in grads]
