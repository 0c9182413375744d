"""Gradient descent with steps divided by the recent size of gradients."""

import jax.numpy as jnp

from ..optimizer import GradientMethod, PureRule


class RMSpropRule(PureRule):
    r"""RMSprop: the gradient divided by the root of a running mean of its square.

    .. math:: v' = \alpha v + (1 - \alpha) g^2, \; p' = p - \eta g / (\sqrt{v'} + \epsilon)

    With ``eps_inside_sqrt`` the divisor is :math:`\sqrt{v' + \epsilon}`. The state is :math:`v`, ``ms``.

    Hyperparameters: ``lr`` is :math:`\eta`, ``alpha``, ``eps``, ``eps_inside_sqrt``.

    Source: Tieleman, Hinton 2012, Neural Networks for Machine Learning, lecture 6.5.
    """

    is_elementwise = True
    defaults = {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "eps_inside_sqrt": False}
    states = ("ms",)

    def numbers(self):
        hp = self.hyperparam
        return {"lr": hp.lr, "alpha": hp.alpha, "new": 1 - hp.alpha, "eps": hp.eps, "inside": bool(hp.eps_inside_sqrt)}

    @staticmethod
    def step(param, grad, state, hp):
        # hp.new is the weight of what is new, computed in float64.
        ms = hp.alpha * state["ms"] + hp.new * grad * grad
        size = jnp.sqrt(ms + hp.eps) if hp.inside else jnp.sqrt(ms) + hp.eps
        return param - hp.lr * grad / size, {"ms": ms}


class RMSprop(GradientMethod):
    """RMSprop. See ``RMSpropRule``."""

    rule = RMSpropRule

    def __init__(self, lr=0.01, alpha=0.99, eps=1e-8, eps_inside_sqrt=False):
        super().__init__(lr=lr, alpha=alpha, eps=eps, eps_inside_sqrt=eps_inside_sqrt)


class RMSpropGravesRule(PureRule):
    r"""RMSprop with momentum, by the spread of gradients around their mean.

    .. math:: n' = \alpha n + (1 - \alpha) g^2, \; m' = \alpha m + (1 - \alpha) g, \;
              d' = \mu d - \eta g / \sqrt{n' - m'^2 + \epsilon}, \; p' = p + d'

    The state is :math:`n`, ``n``, :math:`m`, ``g``, and :math:`d`, ``delta``.

    Hyperparameters: ``lr`` is :math:`\eta`, ``alpha``, ``momentum`` is :math:`\mu`, ``eps``.

    Source: Graves 2013, arXiv:1308.0850.
    """

    is_elementwise = True
    defaults = {"lr": 1e-4, "alpha": 0.95, "momentum": 0.9, "eps": 1e-4}
    states = ("n", "g", "delta")

    def numbers(self):
        hp = self.hyperparam
        return {"lr": hp.lr, "alpha": hp.alpha, "new": 1 - hp.alpha, "momentum": hp.momentum, "eps": hp.eps}

    @staticmethod
    def step(param, grad, state, hp):
        n = hp.alpha * state["n"] + hp.new * grad * grad
        g = hp.alpha * state["g"] + hp.new * grad
        delta = hp.momentum * state["delta"] - hp.lr * grad / jnp.sqrt(n - g * g + hp.eps)
        return param + delta, {"n": n, "g": g, "delta": delta}


class RMSpropGraves(GradientMethod):
    """RMSprop with momentum. See ``RMSpropGravesRule``."""

    rule = RMSpropGravesRule

    def __init__(self, lr=1e-4, alpha=0.95, momentum=0.9, eps=1e-4):
        super().__init__(lr=lr, alpha=alpha, momentum=momentum, eps=eps)


class SMORMS3Rule(PureRule):
    r"""SMORMS3: like RMSprop, with a memory that gets shorter where gradients agree, and steps bounded by ``lr``.

    .. math:: r = 1 / (k + 1), \; m' = m + r (g - m), \; v' = v + r (g^2 - v), \; x = m'^2 / (v' + \epsilon),
              p' = p - g \min(x, \eta) / (\sqrt{v'} + \epsilon), \; k' = 1 + k (1 - x)

    The state is :math:`k`, ``mem``, :math:`m`, ``g``, and :math:`v`, ``g2``.

    Hyperparameters: ``lr`` is :math:`\eta`, ``eps``.

    Source: Funk 2015, RMSprop loses to SMORMS3, sifter.org/~simon/journal/20150420.html.
    """

    is_elementwise = True
    defaults = {"lr": 0.001, "eps": 1e-16}
    states = ("mem", "g", "g2")
    initial = {"mem": 1}

    @staticmethod
    def step(param, grad, state, hp):
        r = 1 / (state["mem"] + 1)
        g = (1 - r) * state["g"] + r * grad
        g2 = (1 - r) * state["g2"] + r * grad * grad
        x = g * g / (g2 + hp.eps)
        new = param - grad * jnp.minimum(x, hp.lr) / (jnp.sqrt(g2) + hp.eps)
        return new, {"mem": 1 + state["mem"] * (1 - x), "g": g, "g2": g2}


class SMORMS3(GradientMethod):
    """SMORMS3. See ``SMORMS3Rule``."""

    rule = SMORMS3Rule

    def __init__(self, lr=0.001, eps=1e-16):
        super().__init__(lr=lr, eps=eps)
