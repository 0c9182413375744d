"""The model: what the programs mean, in float64 NumPy, computed at once.

It says what chainjax promises, as simply as it can be said: an array is what its holders see; the results of built-in
functions and the gradients share memory with nothing; backward takes what the retained inputs and outputs hold when it runs (a
function retains those that Chainer's does), and of everything else what it was when the function was called.
"""

import contextlib
import copy
import heapq
import math

import numpy as np


class State:
    """Whether graphs are made, and the largest number that came up."""

    graph = True
    largest = 0.0


class Function:
    """A place in the graph. ``pull(*gradient)`` gives one gradient, or ``None``, for each input."""

    def __init__(self, inputs, pull):
        self.inputs, self.pull = inputs, pull
        self.rank = max([x.rank for x in inputs])


class Variable:
    """An array in a box, which copies share."""

    def __init__(self, array):
        self.box, self.grad, self.creator, self.rank = [array], None, None, 0

    @property
    def array(self):
        return self.box[0]

    @array.setter
    def array(self, array):
        self.box[0] = array

    @property
    def shape(self):
        return self.array.shape

    def share(self):
        other = Variable(None)
        other.box = self.box
        return other

    def cleargrad(self):
        self.grad = None

    def zerograd(self):
        if self.grad is None:
            self.grad = np.zeros_like(self.array)
        else:
            self.grad[...] = 0

    def addgrad(self, other):
        if other.grad is not None:
            self.grad = other.grad.copy() if self.grad is None else other.grad + self.grad

    def copydata(self, other):
        self.array[...] = other.array

    def unchain(self):
        self.creator = None

    def unchain_backward(self):
        waiting = [self]
        while waiting:
            x = waiting.pop()
            if x.creator is not None:
                waiting.extend(x.creator.inputs)
                x.creator = None

    def backward(self, retain_grad=False):
        grad = np.ones_like(self.array) if self.grad is None else self.grad
        self.grad = None
        walk([(self, grad)], retain_grad)

    def __neg__(self):
        return function(-self.array, [self], lambda g: (-g,))

    def __add__(self, other):
        if isinstance(other, Variable):
            return function(self.array + other.array, [self, other], lambda g: (g, g))
        return function(self.array + other, [self], lambda g: (g,))

    def __sub__(self, other):
        if isinstance(other, Variable):
            return function(self.array - other.array, [self, other], lambda g: (g, -g))
        return function(self.array - other, [self], lambda g: (g,))

    def __rsub__(self, other):
        return function(other - self.array, [self], lambda g: (-g,))

    def __mul__(self, other):
        if isinstance(other, Variable):
            return function(self.array * other.array, [self, other], lambda g: (g * other.array, g * self.array))
        factor = np.copy(other)
        return function(self.array * factor, [self], lambda g: (g * factor,))

    def __truediv__(self, other):
        return function(self.array / other, [self], lambda g: (g / other,))

    def __pow__(self, exponent):
        return function(self.array**exponent, [self], lambda g: (g * exponent * self.array ** (exponent - 1),))

    def __getitem__(self, index):
        def pull(g):
            gx = np.zeros(shape)
            gx[index] = g
            return (gx,)

        shape = self.shape
        return function(self.array[index], [self], pull)

    @property
    def T(self):
        return transpose(self)


def function(array, inputs, pull):
    """The result of a built-in function."""
    return made(np.array(array), inputs, pull)


def made(array, inputs, pull):
    note_size(array)
    y = Variable(array)
    if State.graph:
        y.creator = Function(inputs, pull)
        y.rank = y.creator.rank + 1
    return y


def note_size(array):
    size = np.abs(array).max()
    State.largest = size if not size <= State.largest else State.largest  # NaN is largest


def walk(outputs, retain_grad=False, leaves=True, wanted=()):
    """Backpropagation from pairs of variable and gradient; returns the gradients of the variables ``wanted``."""
    grads, heap, seen, found = {}, [], {}, {}

    def reach(x, g):
        if x.creator is None and x not in seen:
            seen[x] = None
            if leaves and x.grad is not None:
                grads[x] = x.grad
        elif x.creator is not None and x.creator not in seen:
            seen[x.creator] = x
            heapq.heappush(heap, (-x.creator.rank, len(seen), x.creator))
        grads[x] = grads[x] + g if x in grads else g

    for y, g in outputs:
        reach(y, g)
    while heap:
        func = heapq.heappop(heap)[2]
        y = seen[func]
        gy = grads.pop(y)
        note_size(gy)
        found[y] = gy
        for x, g in zip(func.inputs, func.pull(gy), strict=True):
            reach(x, g)
        if retain_grad:
            y.grad = np.copy(gy)
    for x, g in grads.items():
        note_size(g)
        found[x] = g
        if leaves:
            x.grad = np.array(g)
    return [found.get(x) for x in wanted]


# Functions ----------------------------------------------------------------------------------------------------------------------


def tanh(x):
    y = function(np.tanh(x.array), [x], lambda g: (g * (1 - y.array**2),))
    return y


def sigmoid(x):
    y = function(1 / (1 + np.exp(-x.array)), [x], lambda g: (g * y.array * (1 - y.array),))
    return y


def relu(x):
    y = function(np.maximum(x.array, 0), [x], lambda g: (g * (y.array > 0),))
    return y


def square(x):
    return function(x.array**2, [x], lambda g: (2 * g * x.array,))


def identity(x):
    return function(x.array, [x], lambda g: (g,))


def dropout(x):
    mask = (np.random.rand(*x.shape) >= 0.5) * 2.0
    return function(x.array * mask, [x], lambda g: (g * mask,))


def matmul(x, W):
    return function(x.array @ W.array, [x, W], lambda g: (g @ W.array.T, x.array.T @ g))


def linear(x, W, b):
    return function(x.array @ W.array.T + b.array, [x, W, b], lambda g: (g @ W.array, g.T @ x.array, g.sum(0)))


def sum(x, axis=None):
    shape = x.shape
    return function(x.array.sum(axis), [x], lambda g: (np.broadcast_to(g, shape),))


def reshape(x, shape):
    old = x.shape
    return function(x.array.reshape(shape), [x], lambda g: (g.reshape(old),))


def transpose(x):
    return function(x.array.T, [x], lambda g: (g.T,))


def broadcast_to(x, shape):
    return function(np.broadcast_to(x.array, shape), [x], lambda g: (g.sum(tuple(range(g.ndim - len(x.shape)))),))


def concat(xs, axis):
    n = len(xs[0].array)
    return function(np.concatenate([x.array for x in xs], axis), list(xs), lambda g: (g[:n], g[n:]))


def mean_squared_error(x, y):
    def pull(g):
        d = 2 * g * (x.array - y.array) / x.array.size
        return d, -d

    return function(((x.array - y.array) ** 2).mean(), [x, y], pull)


def softmax_cross_entropy(x, labels):
    p = np.exp(x.array - x.array.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    rows = np.arange(len(p))
    hot = np.zeros(p.shape)
    hot[rows, labels] = 1
    return function(-np.log(p[rows, labels]).mean(), [x], lambda g: (g * (p - hot) / len(p),))


def batch_normalization(x, gamma, beta, mean, var, decay=0.9):
    n = len(x.array)
    m, v = x.array.mean(0), x.array.var(0)
    deviation = np.sqrt(v + 2e-5)
    u = (x.array - m) / deviation
    y = gamma.array * u + beta.array
    mean[...] = decay * mean + (1 - decay) * m
    var[...] = decay * var + (1 - decay) * v * n / max(n - 1, 1)

    def pull(g):
        ggamma, gbeta = (g * u).sum(0), g.sum(0)
        return gamma.array / deviation * (g - (u * ggamma + gbeta) / n), ggamma, gbeta

    return function(y, [x, gamma, beta], pull)


class UserFunction:
    """A function in NumPy: forward and backward get, and give, arrays that are not copied."""

    def __call__(self, x):
        (y,) = self.forward((x.array,))
        return made(y, [x], lambda g: self.backward((x.array,), (g,)))


# Links and optimizers -----------------------------------------------------------------------------------------------------------


class Net:
    """Parameters by name, and running statistics."""

    def __init__(self, **arrays):
        self.mean, self.var = arrays.pop("mean"), arrays.pop("var")
        for name, array in arrays.items():
            setattr(self, name, Variable(array))

    def params(self):
        return [self.V, self.W, self.b, self.beta, self.gamma]

    def normalize(self, x):
        return batch_normalization(x, self.gamma, self.beta, self.mean, self.var)

    def cleargrads(self):
        for p in self.params():
            p.cleargrad()

    def zerograds(self):
        for p in self.params():
            p.zerograd()

    def copy(self, mode):
        other = copy.copy(self)
        memo = {}
        for name in ("V", "W", "b", "beta", "gamma"):
            mine = getattr(self, name)
            new = mine.share()
            if mode == "copy":
                new.box, new.grad = copy.deepcopy((mine.box, mine.grad), memo)
            setattr(other, name, new)
        if mode == "copy":
            other.mean, other.var = copy.deepcopy((self.mean, self.var), memo)
        return other

    def addgrads(self, other):
        for mine, theirs in zip(self.params(), other.params(), strict=True):
            mine.addgrad(theirs)

    def copyparams(self, other):
        for mine, theirs in zip(self.params(), other.params(), strict=True):
            mine.copydata(theirs)
        self.mean[...], self.var[...] = other.mean, other.var


class Optimizer:
    states = ()

    def __init__(self, rate):
        self.rate, self.t, self.hooks = rate, 0, []

    def setup(self, net):
        self.net = net
        for p in net.params():
            p.state = None

    def add_hook(self, hook):
        self.hooks.append(hook)

    def update(self):
        params = self.net.params()
        for p in params:
            if p.grad is None:
                p.zerograd()
        for hook in self.hooks:
            hook(params)
        self.t += 1
        for p in params:
            if p.state is None:
                p.state = {name: np.zeros_like(p.array) for name in self.states}
            self.step(p.array, p.grad, p.state)


class SGD(Optimizer):
    def step(self, p, g, state):
        p -= self.rate * g


class MomentumSGD(Optimizer):
    states = ("v",)

    def step(self, p, g, state):
        state["v"] *= 0.9
        state["v"] -= self.rate * g
        p += state["v"]


class Adam(Optimizer):
    states = ("m", "v")

    def __init__(self, rate, eps):
        super().__init__(rate)
        self.eps = eps

    def step(self, p, g, state):
        m, v = state["m"], state["v"]
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        rate = self.rate * math.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        p -= rate * m / (np.sqrt(v) + self.eps)


def WeightDecay(rate):
    def decay(params):
        for p in params:
            p.grad += rate * p.array

    return decay


def GradientClipping(threshold):
    def clip(params):
        norm = math.sqrt(math.fsum((p.grad**2).sum() for p in params))
        for p in params:
            if norm > threshold:
                p.grad *= threshold / norm

    return clip


# What the kit asks for ------------------------------------------------------------------------------------------------------------


def shared(x):
    return x.share()


def deep(x):
    y = Variable(x.array.copy())
    y.grad = None if x.grad is None else x.grad.copy()
    return y


def grad(outputs, inputs, grad_outputs):
    return walk(list(zip(outputs, grad_outputs, strict=True)), leaves=False, wanted=inputs)


@contextlib.contextmanager
def no_backprop_mode():
    State.graph, before = False, State.graph
    try:
        yield
    finally:
        State.graph = before
