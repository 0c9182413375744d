"""Gradient descent, plain and with momentum."""

from ..optimizer import GradientMethod, PureRule


class SGDRule(PureRule):
    r"""Gradient descent, :math:`p' = p - \eta g`.

    Hyperparameters: ``lr`` is :math:`\eta`.
    """

    defaults = {"lr": 0.01}

    @staticmethod
    def step(param, grad, state, hp):
        return param - hp.lr * grad, {}


class SGD(GradientMethod):
    """Gradient descent. See ``SGDRule``."""

    rule = SGDRule

    def __init__(self, lr=0.01):
        super().__init__(lr=lr)


class MomentumSGDRule(PureRule):
    r"""Gradient descent with momentum, :math:`v' = \mu v - \eta g, \; p' = p + v'`.

    Hyperparameters: ``lr`` is :math:`\eta`, ``momentum`` is :math:`\mu`.
    """

    defaults = {"lr": 0.01, "momentum": 0.9}
    states = ("v",)

    @staticmethod
    def step(param, grad, state, hp):
        v = hp.momentum * state["v"] - hp.lr * grad
        return param + v, {"v": v}


class MomentumSGD(GradientMethod):
    """Gradient descent with momentum. See ``MomentumSGDRule``."""

    rule = MomentumSGDRule

    def __init__(self, lr=0.01, momentum=0.9):
        super().__init__(lr=lr, momentum=momentum)
