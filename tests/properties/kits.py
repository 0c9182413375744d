"""The names that programs use, with chainjax, real Chainer, or the model underneath."""

import copy
import random
import sys

import numpy as np

from . import model
from .programs import SHAPES

BUILT_IN = (
    *("tanh", "relu", "sigmoid", "square", "dropout", "identity", "matmul", "linear", "sum", "reshape", "transpose", "broadcast_to"),
    *("concat", "mean_squared_error", "softmax_cross_entropy"),
)
OPTIMIZERS = "SGD", "MomentumSGD", "Adam"
HOOKS = "WeightDecay", "GradientClipping"


class Fresh:
    """A user's function that returns a new array."""

    def forward(self, inputs):
        return (np.asarray(np.sin(inputs[0])),)

    def backward(self, inputs, gradients):
        return (np.asarray(gradients[0] * np.cos(inputs[0])),)


class Reused:
    """A user's function that returns the same buffer each time, so that earlier results change."""

    def forward(self, inputs):
        (x,) = inputs
        buffer = self.buffers.setdefault(x.shape, np.empty_like(x))
        np.multiply(x, 0.5, out=buffer)
        return (buffer,)

    def backward(self, inputs, gradients):
        return (np.asarray(gradients[0] * 0.5),)


class Same:
    """A user's function that returns its input."""

    def forward(self, inputs):
        return inputs

    def backward(self, inputs, gradients):
        return (gradients[0].copy(),)


class Kit:
    """What is the same for all; ``seen`` is what the program has looked at."""

    def begin(self):
        """The names of one run."""
        self.seen, self.random = [], random.Random(0)
        np.random.seed(0)
        own = "start new note note_all out raw apart set_grad grad_of state_of backward_of Net Variable shared deep grad no_backprop_mode"
        self.names = {"LABELS": np.array([2, 0], np.int32), **{name: shape for shape, name in SHAPES.items()}}
        self.names.update({name: getattr(self, name) for name in [*own.split(), *BUILT_IN, *OPTIMIZERS, *HOOKS, "batch_normalization"]})
        members = {"buffers": {}}
        self.names.update({c.__name__: type(c.__name__, (c, self.UserFunction), members) for c in (Fresh, Reused, Same)})
        return self.names

    def start(self, dtype):
        self.dtype = np.dtype(dtype)

    def new(self, shape):
        """A new array of numbers between -1.5 and 1.5."""
        return np.array([self.random.uniform(-1.5, 1.5) for _ in range(int(np.prod(shape)))], self.dtype).reshape(shape)

    def note(self, x):
        """Look at an array, a number, or ``None``."""
        self.seen.append((sys._getframe(1).f_lineno, None if x is None else np.array(x)))

    def note_all(self, variables):
        line = sys._getframe(1).f_lineno
        self.seen += [(line, None if v is None else np.array(getattr(v, "array", v))) for v in variables]

    def out(self, y):
        """The result of a built-in function."""
        return y

    def raw(self, array):
        """An array that a function is called with, instead of a variable."""
        return array

    def apart(self):
        """Said after what sets gradients."""

    def set_grad(self, x, array):
        x.grad = array

    def grad_of(self, x):
        """The gradient array, made if there is none."""
        if x.grad is None:
            self.set_grad(x, np.zeros(x.shape, self.dtype))
        return x.grad


class ModelKit(Kit):
    """Programs run by the model, with the width of its numbers; ``model.State.largest`` is the largest number that came up."""

    UserFunction = model.UserFunction

    def __getattr__(self, name):
        return getattr(model, name)

    def Net(self):
        arrays = {name: self.new(shape) for name, shape in (("W", (3, 3)), ("V", (3, 3)), ("b", (3,)), ("gamma", (3,)), ("beta", (3,)))}
        return model.Net(mean=np.zeros(3), var=np.ones(3), **arrays)

    def state_of(self, p, name):
        return None if p.state is None else p.state[name]

    def backward_of(self, outputs, gradients):
        model.walk(list(zip(outputs, gradients, strict=True)))


class ChainerKit(Kit):
    """Programs run by a module with Chainer's interface."""

    def __init__(self, module):
        self.module, F = module, module.functions
        self.UserFunction = module.Function
        for name in BUILT_IN:
            setattr(self, name, getattr(F, name))
        for name in ("Variable", "no_backprop_mode"):
            setattr(self, name, getattr(module, name))
        for name in OPTIMIZERS:
            setattr(self, name, getattr(module.optimizers, name))
        for name in HOOKS:
            setattr(self, name, getattr(module.optimizer_hooks, name))

    def Net(self):
        kit, chainer = self, self.module

        class Net(chainer.Chain):
            def __init__(self):
                super().__init__()
                with self.init_scope():
                    for name, shape in (("W", (3, 3)), ("V", (3, 3)), ("b", (3,))):
                        setattr(self, name, chainer.Parameter(kit.new(shape)))
                    self.norm = chainer.links.BatchNormalization(3, dtype=kit.dtype)
                self.gamma.array[...], self.beta.array[...] = kit.new((3,)), kit.new((3,))
                self.cleargrads()

            gamma = property(lambda self: self.norm.gamma)
            beta = property(lambda self: self.norm.beta)
            mean = property(lambda self: self.norm.avg_mean)
            var = property(lambda self: self.norm.avg_var)

            # Chainer keeps statistics of x from the forward pass beside x, or instead of it, so what a write into x means there
            # is a mixture. The functions get an x that no program can write to.
            def normalize(self, x):
                return self.norm(x + 0.0)

        return Net()

    def batch_normalization(self, x, gamma, beta, mean, var):
        # See Net.normalize.
        return self.module.functions.batch_normalization(x + 0.0, gamma, beta, running_mean=mean, running_var=var)

    def shared(self, x):
        y = copy.copy(x)
        y.cleargrad()
        return y

    def deep(self, x):
        return copy.deepcopy(x)

    def state_of(self, p, name):
        state = p.update_rule.state
        return None if state is None else state[name]

    def grad(self, outputs, inputs, gradients):
        return self.module.grad(outputs, inputs, [self.Variable(g) for g in gradients])

    def backward_of(self, outputs, gradients):
        self.module.backward(outputs, [self.Variable(g) for g in gradients])


class OracleKit(ChainerKit):
    """Real Chainer, with the deliberate differences of chainjax made up for."""

    def out(self, y):
        """Results share no memory with inputs."""
        y.array = y.array.copy()
        return y

    def raw(self, array):
        """What a call is given is recorded as it is then."""
        return array.copy()

    def apart(self):
        """Gradients share no memory, unless a program has made them."""
        for thing in list(self.names.values()):
            for x in thing.params() if isinstance(thing, self.module.Link) else [thing] if isinstance(thing, self.module.Variable) else ():
                owner, array = getattr(x, "own_grad", (None, None))
                if x.grad is not None and (owner != id(x) or array is not x.grad):
                    self.set_grad(x, x.grad.copy())

    def set_grad(self, x, array):
        x.grad, x.own_grad = array, (id(x), array)  # a copy of x has the attribute too, but is another variable
