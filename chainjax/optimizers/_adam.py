"""Adam and its kin."""

import math
import warnings

import jax.numpy as jnp

from ..optimizer import GradientMethod, PureRule


def _learning_rate(hp, t):
    if t == 0:
        raise RuntimeError("Adam's learning rate depends on the number of updates, and there was none yet")
    return hp.alpha * math.sqrt(1.0 - math.pow(hp.beta2, t)) / (1.0 - math.pow(hp.beta1, t))


class _Alpha:
    """What Adam's rule and optimizer both tell of the step size."""

    @property
    def alpha_t(self):
        """The step size of the present update."""
        return _learning_rate(self.hyperparam, self.t)

    @property
    def lr(self):
        """The old name of ``alpha_t``."""
        warnings.warn("lr of Adam is called alpha_t", DeprecationWarning, stacklevel=2)
        return self.alpha_t


class AdamRule(_Alpha, PureRule):
    r"""Adam: a running mean of the gradient, divided by the root of one of its square.

    .. math:: m' = m + (1 - \beta_1)(g - m), \; v' = v + (1 - \beta_2)(g^2 - v), \;
              p' = p - \eta (\alpha_t m' / (\sqrt{v'} + \epsilon) + w p)

    :math:`\alpha_t = \alpha \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)` in update :math:`t`. With ``amsgrad`` the largest :math:`v` so
    far is taken; with ``adabound`` the step size is kept between bounds that close in on ``final_lr`` as fast as ``gamma`` says.

    Hyperparameters: ``alpha``, ``beta1``, ``beta2``, ``eps``, ``eta`` (a factor of the whole step), ``weight_decay_rate`` (:math:`w`).

    Source: Kingma, Ba 2014, arXiv:1412.6980; Loshchilov, Hutter 2017, arXiv:1711.05101; Reddi et al. 2018, arXiv:1904.09237; Luo et
    al. 2019, arXiv:1902.09843.
    """

    is_elementwise = True
    defaults = {
        "alpha": 0.001,
        "beta1": 0.9,
        "beta2": 0.999,
        "eps": 1e-8,
        "eta": 1.0,
        "weight_decay_rate": 0,
        "amsgrad": False,
        "adabound": False,
        "final_lr": 0.1,
        "gamma": 0.001,
    }

    def __init__(self, parent_hyperparam=None, **hyperparams):
        super().__init__(parent_hyperparam, **hyperparams)
        if self.hyperparam.adabound:
            self.initial_alpha = self.hyperparam.alpha

    @property
    def bounds(self):
        """AdaBound's bounds of the present update."""
        if self.t == 0:
            raise RuntimeError("AdaBound's bounds depend on the number of updates, and there was none yet")
        hp = self.hyperparam
        final_lr = hp.final_lr * hp.alpha / self.initial_alpha
        return final_lr * (1.0 - 1.0 / (hp.gamma * self.t + 1)), final_lr * (1.0 + 1.0 / (hp.gamma * self.t))

    def state_names(self):
        return ("m", "v", "vhat") if self.hyperparam.amsgrad else ("m", "v")

    def numbers(self):
        hp = self.hyperparam
        lower, upper = self.bounds if hp.adabound else (None, None)
        return {
            "alpha_t": self.alpha_t,
            "beta1": 1.0 - hp.beta1,
            "beta2": 1.0 - hp.beta2,
            "eps": hp.eps,
            "eta": hp.eta,
            "decay": 1.0 - hp.eta * hp.weight_decay_rate,
            "lower": lower,
            "upper": upper,
            "amsgrad": bool(hp.amsgrad),
        }

    @staticmethod
    def step(param, grad, state, hp):
        # hp.beta1 and hp.beta2 are the weights of what is new, computed in float64.
        m = state["m"] + hp.beta1 * (grad - state["m"])
        v = state["v"] + hp.beta2 * (grad * grad - state["v"])
        new = {"m": m, "v": v}
        if hp.amsgrad:
            v = new["vhat"] = jnp.maximum(state["vhat"], v)
        step = hp.alpha_t / (jnp.sqrt(v) + hp.eps)
        if hp.lower is not None:
            step = jnp.clip(step, hp.lower, hp.upper)
        return hp.decay * param - hp.eta * step * m, new


class Adam(_Alpha, GradientMethod):
    """Adam, with what was made of it since as options. See ``AdamRule``."""

    rule = AdamRule

    def __init__(
        self,
        alpha=0.001,
        beta1=0.9,
        beta2=0.999,
        eps=1e-8,
        eta=1.0,
        weight_decay_rate=0,
        amsgrad=False,
        adabound=False,
        final_lr=0.1,
        gamma=0.001,
    ):
        super().__init__(
            alpha=alpha,
            beta1=beta1,
            beta2=beta2,
            eps=eps,
            eta=eta,
            weight_decay_rate=weight_decay_rate,
            amsgrad=amsgrad,
            adabound=adabound,
            final_lr=final_lr,
            gamma=gamma,
        )


class AdamW(Adam):
    """Adam with its weight decay named. See ``AdamRule``."""

    def __init__(self, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8, eta=1.0, weight_decay_rate=0):
        super().__init__(alpha, beta1, beta2, eps, eta, weight_decay_rate)


class AMSGrad(Adam):
    """Adam with ``amsgrad``. See ``AdamRule``."""

    def __init__(self, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8, eta=1.0):
        super().__init__(alpha, beta1, beta2, eps, eta, amsgrad=True)


class AdaBound(Adam):
    """Adam with ``adabound``. See ``AdamRule``."""

    def __init__(self, alpha=0.001, beta1=0.9, beta2=0.999, final_lr=0.1, gamma=0.001, eps=1e-8, eta=1.0):
        super().__init__(alpha, beta1, beta2, eps, eta, adabound=True, final_lr=final_lr, gamma=gamma)


class AMSBound(Adam):
    """Adam with ``amsgrad`` and ``adabound``. See ``AdamRule``."""

    def __init__(self, alpha=0.001, beta1=0.9, beta2=0.999, final_lr=0.1, gamma=0.001, eps=1e-8, eta=1.0):
        super().__init__(alpha, beta1, beta2, eps, eta, amsgrad=True, adabound=True, final_lr=final_lr, gamma=gamma)
