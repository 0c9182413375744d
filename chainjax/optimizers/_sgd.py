"""Gradient descent, plain and with momentum."""

from ..optimizer import GradientMethod, PureRule


class SGDRule(PureRule):
    r"""Gradient descent, :math:`p' = p - \eta g`.

    Hyperparameters: ``lr`` is :math:`\eta`.
    """

    is_elementwise = True
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

    is_elementwise = True
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


class CorrectedMomentumSGDRule(PureRule):
    r"""Gradient descent with momentum that does not know the step size, :math:`v' = \mu v - g, \; p' = p + \eta v'`.

    So a change of ``lr`` counts for the gradients of earlier steps too.

    Hyperparameters: ``lr`` is :math:`\eta`, ``momentum`` is :math:`\mu`.

    Source: Goyal et al. 2017, arXiv:1706.02677, equation 9.
    """

    is_elementwise = True
    defaults = {"lr": 0.01, "momentum": 0.9}
    states = ("v",)

    @staticmethod
    def step(param, grad, state, hp):
        v = hp.momentum * state["v"] - grad
        return param + hp.lr * v, {"v": v}


class CorrectedMomentumSGD(GradientMethod):
    """Gradient descent with momentum that does not know the step size. See ``CorrectedMomentumSGDRule``."""

    rule = CorrectedMomentumSGDRule

    def __init__(self, lr=0.01, momentum=0.9):
        super().__init__(lr=lr, momentum=momentum)


class NesterovAGRule(PureRule):
    r"""Nesterov's accelerated gradient, :math:`v' = \mu v - \eta g, \; p' = p + \mu^2 v' - (1 + \mu) \eta g`.

    Hyperparameters: ``lr`` is :math:`\eta`, ``momentum`` is :math:`\mu`.

    Source: Bengio, Boulanger-Lewandowski, Pascanu 2012, arXiv:1212.0901.
    """

    is_elementwise = True
    defaults = {"lr": 0.01, "momentum": 0.9}
    states = ("v",)

    @staticmethod
    def step(param, grad, state, hp):
        v = hp.momentum * state["v"] - hp.lr * grad
        return param + hp.momentum**2 * v - (1 + hp.momentum) * hp.lr * grad, {"v": v}


class NesterovAG(GradientMethod):
    """Nesterov's accelerated gradient. See ``NesterovAGRule``."""

    rule = NesterovAGRule

    def __init__(self, lr=0.01, momentum=0.9):
        super().__init__(lr=lr, momentum=momentum)
