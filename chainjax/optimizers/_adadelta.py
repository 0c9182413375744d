"""ADADELTA."""

import jax.numpy as jnp

from ..optimizer import GradientMethod, PureRule


class AdaDeltaRule(PureRule):
    r"""ADADELTA: steps as long as earlier ones were, measured by the gradient.

    .. math:: v' = \rho v + (1 - \rho) g^2, \; d = \sqrt{(u + \epsilon) / (v' + \epsilon)} \, g, \;
              u' = \rho u + (1 - \rho) d^2, \; p' = p - d

    Hyperparameters: ``rho`` (how slowly the running means forget), ``eps``. The state is :math:`v`, ``msg``, and :math:`u`, ``msdx``.

    Source: Zeiler 2012, arXiv:1212.5701.
    """

    is_elementwise = True
    defaults = {"rho": 0.95, "eps": 1e-6}
    states = ("msg", "msdx")

    def numbers(self):
        hp = self.hyperparam
        return {"rho": hp.rho, "new": 1 - hp.rho, "eps": hp.eps}

    @staticmethod
    def step(param, grad, state, hp):
        # hp.new is the weight of what is new, computed in float64.
        msg = hp.rho * state["msg"] + hp.new * grad * grad
        dx = jnp.sqrt((state["msdx"] + hp.eps) / (msg + hp.eps)) * grad
        msdx = hp.rho * state["msdx"] + hp.new * dx * dx
        return param - dx, {"msg": msg, "msdx": msdx}


class AdaDelta(GradientMethod):
    """ADADELTA. See ``AdaDeltaRule``."""

    rule = AdaDeltaRule

    def __init__(self, rho=0.95, eps=1e-6):
        super().__init__(rho=rho, eps=eps)
