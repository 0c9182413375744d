"""M-SVAG."""

import jax.numpy as jnp

from ..optimizer import GradientMethod, PureRule


class MSVAGRule(PureRule):
    r"""M-SVAG: momentum, with each number's step scaled down by how uncertain its gradient is.

    .. math:: m' = m + (1 - \beta)(g - m), \; v' = v + (1 - \beta)(g^2 - v), \; \hat m = m' / (1 - \beta^t), \; \hat v = v' / (1 - \beta^t),
              s = \frac{\hat v - \hat m^2}{1 - \rho}, \;
              p' = p - \eta \left( \alpha \hat m \frac{\hat m^2}{\hat m^2 + \rho s} + w p \right)

    with :math:`\rho = \frac{(1 - \beta)^2 (1 - \beta^{2t})}{(1 - \beta^t)^2 (1 - \beta^2)}`, at most 0.9999, in update :math:`t`. The
    quotient is kept between 0 and 1, and is 0 where there never was a gradient.

    Hyperparameters: ``lr`` is :math:`\alpha`, ``beta``, ``eta``, ``weight_decay_rate`` is :math:`w`.

    Source: Balles, Hennig 2017, arXiv:1705.07774; Loshchilov, Hutter 2017, arXiv:1711.05101.
    """

    is_elementwise = True
    defaults = {"lr": 0.1, "beta": 0.9, "eta": 1.0, "weight_decay_rate": 0}
    states = ("m", "v")

    def numbers(self):
        hp = self.hyperparam
        power = hp.beta**self.t
        rho = (1 - hp.beta) ** 2 * (1 - power**2) / ((1 - power) ** 2 * (1 - hp.beta**2))
        return {
            "lr": hp.eta * hp.lr,
            "new": 1 - hp.beta,
            "bias": 1 - power,
            "rho": min(rho, 0.9999),
            "decay": 1 - hp.eta * hp.weight_decay_rate,
        }

    @staticmethod
    def step(param, grad, state, hp):
        m = state["m"] + hp.new * (grad - state["m"])
        v = state["v"] + hp.new * (grad * grad - state["v"])
        mean, square = m / hp.bias, v / hp.bias
        variance = (square - mean * mean) / (1 - hp.rho)
        factor = jnp.clip(mean * mean / (mean * mean + hp.rho * variance), 0, 1)
        factor = jnp.where(jnp.isnan(factor), 0, factor)
        return hp.decay * param - hp.lr * mean * factor, {"m": m, "v": v}


class MSVAG(GradientMethod):
    """M-SVAG. See ``MSVAGRule``."""

    rule = MSVAGRule

    def __init__(self, lr=0.1, beta=0.9, eta=1.0, weight_decay_rate=0):
        super().__init__(lr=lr, beta=beta, eta=eta, weight_decay_rate=weight_decay_rate)
