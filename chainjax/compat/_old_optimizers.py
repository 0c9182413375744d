"""Optimizers as Chainer 1 had them: methods that hooks have replaced, and update rules that are methods of the optimizer.

A class of that time derives from ``GradientMethod`` or from a built-in optimizer and defines ``update_one(param, state)``, or its
halves for CPU and GPU, and ``init_state(param, state)``. Its parameters get a rule that calls these methods.
"""

import numpy as np

from .. import optimizer_hooks
from ..backends._device import using_device
from ..optimizer import GradientMethod, Hyperparameter, Optimizer, StateArrays, UpdateRule

_STEPS = ("update_one", "update_one_cpu", "update_one_gpu")


class MethodRule(UpdateRule):
    """The rule of a parameter that its optimizer updates by its own methods."""

    def __init__(self, optimizer):
        super().__init__(optimizer.__dict__.get("hyperparam"))
        self.optimizer = optimizer

    def init_state(self, param):
        self.optimizer.init_state(param, self._state)

    def update_core(self, param):
        with using_device(param.device):
            self.optimizer.update_one(param, self._state)


def zero_grads(self):
    """Fill all gradients with zeros; ``cleargrads`` of the target is its successor."""
    self.target.zerograds()


def compute_grads_norm(self):
    """The L2 norm of all gradients together, a number."""
    with np.errstate(over="ignore"):
        return np.sqrt(sum([float(np.vdot(g, g)) for g in [np.asarray(p.grad_var._peek()) for p in self.target.params()]]))


def clip_grads(self, maxnorm):
    """Scale all gradients so that their norm is ``maxnorm`` at most; ``optimizer_hooks.GradientClipping`` is its successor."""
    self.call_hook(optimizer_hooks.GradientClipping(maxnorm))


def weight_decay(self, decay):
    """Add a multiple of each parameter to its gradient; ``optimizer_hooks.WeightDecay`` is its successor."""
    self.call_hook(optimizer_hooks.WeightDecay(decay))


def accumulate_grads(self, grads):
    """Add arrays to the gradients, in the order of ``target.params()``; ``addgrads`` of the target is its successor."""
    for param, grad in zip(self.target.params(), grads, strict=False):
        own = param.grad
        own += param.device.send(grad)


def prepare(self):
    """Make the states that are missing, also those of parameters that came after ``setup``."""
    for param in self.target.params():
        if param.update_rule is None:
            param.update_rule = self.create_update_rule()
        if param.is_initialized:
            param.update_rule._init_states(param)


def init_state(self, param, state):
    """Put the arrays of the state of one parameter into the dictionary ``state``: by ``init_state_cpu`` or ``init_state_gpu``."""
    (self.init_state_cpu if param.device.xp is np else self.init_state_gpu)(param, state)


def init_state_cpu(self, param, state):
    """Those of the built-in rule, if the optimizer has one."""
    if getattr(self, "rule", None) is not None:
        rule = self.rule(self.hyperparam)
        rule._state = StateArrays()
        rule.init_state(param)
        state.update(rule.state.items())


def update_one(self, param, state):
    """Update one parameter: by ``update_one_cpu`` or ``update_one_gpu``."""
    (self.update_one_cpu if param.device.xp is np else self.update_one_gpu)(param, state)


def update_one_cpu(self, param, state):
    """What the built-in rule does, if the optimizer has one."""
    if self.rule is None:
        raise NotImplementedError(f"{type(self).__name__} must define update_one or update_one_cpu")
    rule = self.rule(self.hyperparam)
    rule.t, rule._state = self.t, StateArrays(state)
    rule.update_core(param)
    state.update(rule.state.items())


def _missing(self, name):
    # Classes of that time that derive from a built-in optimizer set its numbers and do not call its __init__.
    if name == "hyperparam" and self.rule is not None:
        self.hyperparam = Hyperparameter(self.rule.default_hyperparam)
        return self.hyperparam
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def apply():
    """Give the methods back to the classes."""
    for method in (zero_grads, compute_grads_norm, clip_grads, weight_decay, accumulate_grads, prepare, init_state, init_state_cpu):
        setattr(Optimizer, method.__name__, method)
    Optimizer.init_state_gpu = init_state_cpu
    GradientMethod.update_one = update_one
    GradientMethod.update_one_cpu = GradientMethod.update_one_gpu = update_one_cpu
    GradientMethod.__getattr__ = _missing
    _create = GradientMethod.create_update_rule

    def create_update_rule(self):
        """The rule for one more parameter."""
        own = any(getattr(type(self), name) is not getattr(GradientMethod, name) for name in _STEPS)
        return MethodRule(self) if own else _create(self)

    GradientMethod.create_update_rule = create_update_rule
