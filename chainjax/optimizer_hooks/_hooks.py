"""Changes of gradients before an update."""

import numpy as np

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
            change_grads([p for p in params if p._loss_scale == scale], _weight_decay, (rate,))


def _weight_decay(params, grads, rate):
    return [g + rate.astype(g.dtype) * p for p, g in zip(params, grads, strict=True)]


class Lasso(PureGradientHook):
    r"""Adds a multiple of each parameter's sign to its gradient, :math:`g' = g + \lambda \operatorname{sign} p`: L1 regularisation.

    Args:
        rate: the factor :math:`\lambda`.
    """

    name = "Lasso"

    def __init__(self, rate):
        self.rate = rate

    def apply_to(self, params):
        change_grads(params, _lasso, (self.rate,))


def _lasso(params, grads, rate):
    return [g + rate.astype(g.dtype) * jnp.sign(p) for p, g in zip(params, grads, strict=True)]


class GradientHardClipping(PureGradientHook):
    """Clips each element of the gradients to an interval.

    Args:
        lower_bound: the least value.
        upper_bound: the largest value.
    """

    name = "GradientHardClipping"

    def __init__(self, lower_bound, upper_bound):
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def apply_to(self, params):
        change_grads(params, _hard_clipping, (self.lower_bound, self.upper_bound))


def _hard_clipping(params, grads, lower, upper):
    return [jnp.clip(g, lower.astype(g.dtype), upper.astype(g.dtype)) for g in grads]


def exponential_decay_noise(xp, shape, dtype, hook, opt):
    r"""Normal noise of variance :math:`\eta / (1 + t)^{0.55}`. Source: Neelakantan et al. 2015, arXiv:1511.06807."""
    return np.random.normal(0, np.sqrt(hook.eta / np.power(1 + opt.t, 0.55)), shape).astype(dtype)


class GradientNoise:
    r"""Adds noise to the gradients, drawn by ``numpy.random`` for one parameter after another.

    Args:
        eta: the scale :math:`\eta` of the noise.
        noise_func: ``(xp, shape, dtype, hook, rule)`` to an array of noise.
    """

    name = "GradientNoise"
    call_for_each_param = True
    timing = "pre"

    def __init__(self, eta, noise_func=exponential_decay_noise):
        self.eta, self.noise_func = eta, noise_func

    def __call__(self, rule, param=None):
        if param is None:  # as in Chainer 1, where hooks were called with the optimizer alone
            rule.call_hook(self)
        elif param._grad_value() is not None:
            self._change(rule, param)

    def _change(self, rule, param):
        noise = self.noise_func(param.xp, param.shape, param.dtype, self, rule)
        change_grads([param], _add_noise, (), arrays=[noise])


def _add_noise(params, grads, noise):
    return [g + noise.astype(g.dtype) for g in grads]


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
        change_grads(opt.target.params(False), _clipping, (self.threshold,))


def _clipping(params, grads, threshold):
    norm = jnp.sqrt(sum([jnp.sum(jnp.square(g.astype(np.promote_types(g.dtype, np.float32)))) for g in grads]))
    # Where all gradients are zero the rate is infinite, and 1 is what counts.
    rate = jnp.minimum(threshold.astype(norm.dtype) / norm, 1)
    return [(g.astype(rate.dtype) * rate).astype(g.dtype) for g in grads]


class GradientLARS(PureGradientHook):
    r"""Scales each parameter's gradient by its own norm: layer-wise adaptive rates.

    .. math:: g' = r (g + \lambda p), \quad r = \frac{\|p\|}{\epsilon + \|g\| + \lambda \|p\|}

    where the norm of the parameter is above ``threshold``; elsewhere :math:`r = 1`.

    Args:
        threshold: the norm up to which nothing is scaled.
        weight_decay: the factor :math:`\lambda`.
        eps: :math:`\epsilon`.

    Source: You, Gitman, Ginsburg 2017, arXiv:1708.03888.
    """

    name = "GradientLARS"

    def __init__(self, threshold=1e-2, weight_decay=0.0, eps=1e-9):
        self.threshold, self.weight_decay, self.eps = threshold, weight_decay, eps

    def apply_to(self, params):
        change_grads(params, _lars, (self.threshold, self.weight_decay, self.eps))


def _lars(params, grads, threshold, weight_decay, eps):
    return [_lars_of_one(p, g, *[n.astype(g.dtype) for n in (threshold, weight_decay, eps)]) for p, g in zip(params, grads, strict=True)]


def _lars_of_one(p, g, threshold, weight_decay, eps):
    size = jnp.linalg.norm(p.ravel())
    rate = size / (eps + jnp.linalg.norm(g.ravel()) + weight_decay * size)
    return jnp.where(size > threshold, rate, 1) * (g + weight_decay * p)
