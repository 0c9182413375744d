"""Gradient descent with a step size for each number, by all gradients so far."""

import jax.numpy as jnp

from ..optimizer import GradientMethod, PureRule


class AdaGradRule(PureRule):
    r"""AdaGrad: steps get smaller where gradients were large, :math:`h' = h + g^2, \; p' = p - \eta g / (\sqrt{h'} + \epsilon)`.

    Hyperparameters: ``lr`` is :math:`\eta`, ``eps``.

    Source: Duchi, Hazan, Singer 2011, JMLR 12.
    """

    is_elementwise = True
    defaults = {"lr": 0.001, "eps": 1e-8}
    states = ("h",)

    @staticmethod
    def step(param, grad, state, hp):
        h = state["h"] + grad * grad
        return param - hp.lr * grad / (jnp.sqrt(h) + hp.eps), {"h": h}


class AdaGrad(GradientMethod):
    """AdaGrad. See ``AdaGradRule``."""

    rule = AdaGradRule

    def __init__(self, lr=0.001, eps=1e-8):
        super().__init__(lr=lr, eps=eps)
