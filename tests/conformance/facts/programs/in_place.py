"""Arrays that are written to in place, shared, kept and given back."""

import copy

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import Chain, Parameter, Variable, optimizers


def array(*numbers):
    return np.array(numbers, np.float32)


def linear(n_in=2, n_out=2, value=0.5):
    """A Linear link of known weights."""
    link = L.Linear(n_in, n_out)
    link.W.array[...] = value * np.arange(1, 1 + n_in * n_out).reshape(n_out, n_in)
    return link


# Weights by their array.
link = linear()
x = array(1, 2).reshape(1, 2)
w = link.W.array
w[0][:] = 2
print("written through a view", link.W.array, link(x).array)
w[1] += 10
print("added in place", link(x).array, w is link.W.array, w is link.W.data)
view = w[:, 1]
view[...] = 0
print("a view of one column", link(x).array)
flat = w.reshape(-1)
flat[0] = 7
print("a reshaped view", link(x).array, flat.base is not None)
del view, flat
w.fill(1)
print("filled", link(x).array)
np.copyto(w, 3)
np.multiply(w, 2, out=w)
print("by out", link(x).array)
del w
link.W.array[0, 0] = -1
print("without a name", link(x).array)
link.W.data *= 2
print("augmented assignment of data", link.W.array, link(x).array)
link.W.array = np.ones((2, 2), np.float32)
print("another array", link(x).array)
other = np.zeros((2, 2), np.float32)
link.W.array = other
other[0, 0] = 5
print("the array that was given is held", link(x).array, link.W.array is other)

# Aliases across updates.
link = linear()
w, b = link.W.array, link.b.array
optimizer = optimizers.SGD(lr=0.1).setup(link)
for _ in range(2):
    loss = F.sum(link(x) ** 2)
    link.cleargrads()
    loss.backward()
    optimizer.update()
    print("loss", loss.array, "w", w, "b", b, w is link.W.array, b is link.b.array)
w[...] = 0
print("after writing", link(x).array)
optimizer = optimizers.MomentumSGD(lr=0.1).setup(link)
for _ in range(2):
    link.cleargrads()
    F.sum(link(x) + link(x) ** 2).backward()
    optimizer.update()
v = link.W.update_rule.state["v"]
print("v", v)
v[...] = 0
link.cleargrads()
F.sum(link(x)).backward()
optimizer.update()
print("the state was reset in place", v, v is link.W.update_rule.state["v"], link.W.array)

# Buffers that are used again.
buffer = np.empty((1, 2), np.float32)
outputs = []
for i in range(3):
    buffer[...] = i
    outputs.append(F.relu(linear()(buffer)))
print("outputs of a reused buffer", [y.array.tolist() for y in outputs])
buffer[...] = 1
link = linear()
loss = F.sum(link(buffer) ** 2)
print("loss", loss.array)
link.cleargrads()
loss.backward()
print("gradient", link.W.grad)
buffer[...] = 9
h = link(buffer.copy())
buffer[...] = 0
print("h", h.array)

# Backward takes what the variables hold when it runs.
x = Variable(array(3, 3))
y = x * x
x.array[...] = 2
y.grad = array(1, 1)
y.backward()
print("x * x", y.array, x.grad)
x = Variable(array(-1, 2))
y = F.relu(x)
x.array[...] = 1
y.grad = array(1, 1)
y.backward()
print("relu", x.grad)
x = Variable(array(1, 2))
y = F.sigmoid(x) + F.tanh(x) + F.sin(x) + F.sqrt(x) + F.log(x)
x.array[...] = 4
y.grad = array(1, 1)
y.backward()
print("many", y.array, x.grad)
x, link = Variable(array(1, 2).reshape(1, 2)), linear()
y = link(x)
link.W.array[...] = 1
x.array[...] = 0
loss = F.sum(y)
loss.backward()
print("linear", y.array, x.grad, link.W.grad)
x = Variable(array(1, 2))
y = x**3
x.array = array(10, 10)
y.grad = array(1, 1)
y.backward()
print("another array", y.array, x.grad)

# An update between forward and backward.
link = linear()
optimizer = optimizers.SGD(lr=0.1).setup(link)
x = Variable(array(1, 2).reshape(1, 2))
h = link(x)
first, second = F.sum(link(h) ** 2), F.sum(h**2)
link.cleargrads()
second.backward()
optimizer.update()
link.cleargrads()
x.cleargrad()
first.backward()
print("update between", first.array, second.array, x.grad, link.W.grad, link.b.grad)

# Clipping by hand.
link = linear()
link.cleargrads()
F.sum(link(array(30, 40).reshape(1, 2))).backward()
g = link.W.grad
np.clip(g, -35, 35, out=g)
link.b.grad *= 2
link.W.grad += 1
print("clipped", link.W.grad, link.b.grad, g is link.W.grad)
optimizers.SGD(lr=0.1).setup(link).update()
print("after the update", link.W.array, link.b.array)
for param in link.params():
    param.grad[...] = 0
print("zero", link.W.grad, link.b.grad)
F.sum(link(array(1, 1).reshape(1, 2))).backward()
print("accumulated in the same array", link.W.grad, g)

# Gradient arrays and who they are.
x = Variable(array(1, 2))
print("none", x.grad, x.grad_var)
x.cleargrad()
x.grad = array(5, 5)
g = x.grad
print("kept", x.grad is g, x.grad_var.array is g)
y = x * 2
y.grad = array(1, 1)
gy = y.grad
y.backward()
print("accumulated", x.grad, g, y.grad)
y = x * 2
y.grad = gy
y.backward(retain_grad=True)
print("retained", y.grad, y.grad is gy)
shared = array(1, 1)
a, b = Variable(array(1, 2)), Variable(array(3, 4))
a.grad = b.grad = shared
shared[0] = 8
print("one gradient for two", a.grad, b.grad, a.grad is b.grad)
a.cleargrad()
print(a.grad, b.grad)
p = Parameter(array(1, 2))
print("NaN at first", p.grad)
p.zerograd()
g = p.grad
p.zerograd()
print("zerograd", p.grad, p.grad is g)
g[...] = 3
print("seen", p.grad)
p.zerograd()
print("zeroed in place", g)
p.cleargrad()
print("cleared", p.grad)
a.grad, b.grad = array(1, 2), array(10, 20)
g = a.grad
a.addgrad(b)
print("addgrad", a.grad, b.grad, a.grad is g, g)
b.grad = None
a.addgrad(b)
print("addgrad of none", a.grad)
b.addgrad(a)
print("addgrad to none", b.grad)
try:
    a.grad = array(1, 2, 3)
except Exception as exc:
    print("wrong shape", type(exc).__name__)
try:
    a.grad = np.array([1, 2], np.float64)
except Exception as exc:
    print("wrong dtype", type(exc).__name__)

# Running statistics that are the caller's.
x = np.arange(8, dtype=np.float32).reshape(4, 2) ** 2
gamma, beta = Variable(array(1, 2)), Variable(array(0, 1))
mean, var = np.zeros(2, np.float32), np.ones(2, np.float32)
kept = mean
y = F.batch_normalization(x, gamma, beta, running_mean=mean, running_var=var, decay=0.5)
print("running", mean, var, kept is mean)
y = F.batch_normalization(x, gamma, beta, running_mean=mean, running_var=var, decay=0.5)
print("running", mean, var, y.array)
big = np.zeros((2, 2), np.float32)
F.batch_normalization(x, gamma, beta, running_mean=big[0], running_var=big[1], decay=0)
print("views", big)
link = L.BatchNormalization(2)
m = link.avg_mean
link(x)
print("of a link", link.avg_mean, link.avg_var, link.avg_mean is m, m, link.N)
link.avg_mean[...] = 0
link.avg_var = array(4, 4)
with chainer.using_config("train", False):
    print("evaluated with statistics written by hand", link(x).array)
link(x)
print("and updated", link.avg_mean, link.avg_var)

# Copies.
link = linear()
shared, copied, fresh = link.copy("share"), link.copy("copy"), link.copy("init")
link.W.array[0, 0] = 99
print("share", shared.W.array is link.W.array, shared.W is link.W, shared.W.array[0, 0])
print("copy", copied.W.array[0, 0])
print("init", fresh.W.array.shape, (fresh.W.array == link.W.array).all(), fresh.b.array)
shallow, deep = copy.copy(link), copy.deepcopy(link)
link.b.array[0] = 7
print("copy.copy", shallow.b.array, shallow.W is link.W, "deepcopy", deep.b.array, deep.W is link.W)
link.W.grad = np.ones((2, 2), np.float32)
print("gradients of copies", shared.W.grad, copied.W.grad, deep.W.grad)
again = link.copy("share")
print("shared later", again.W.grad is link.W.grad)
again.cleargrads()
print("cleared apart", again.W.grad, link.W.grad)
optimizer = optimizers.SGD(lr=1).setup(link)
optimizer.update()
print("updated", link.W.array, shared.W.array, copied.W.array)
fresh.copyparams(link)
print("copyparams", fresh.W.array, fresh.W.array is link.W.array)
fresh.W.grad = np.full((2, 2), 2, np.float32)
fresh.b.grad = array(1, 1)
link.W.grad = np.full((2, 2), 5, np.float32)
g = link.W.grad
link.b.cleargrad()
link.addgrads(fresh)
print("addgrads", link.W.grad, link.b.grad, fresh.W.grad, link.W.grad is g)
v = Variable(array(1, 2), name="v")
shallow, deep = copy.copy(v), copy.deepcopy(v)
v.array[0] = 5
print("copies of a variable", shallow.array, deep.array, shallow.name, deep.name, shallow.node is v.node)
v.copydata(Variable(array(8, 9)))
print("copydata", v.array, shallow.array)

# Chains of shared weights.
one = linear()
tied = Chain(first=one, second=one.copy("share"))
optimizer = optimizers.SGD(lr=0.01).setup(tied)
x = array(1, -1).reshape(1, 2)
for _ in range(2):
    loss = F.sum(tied.second(tied.first(x)) ** 2)
    tied.cleargrads()
    loss.backward()
    print("tied", loss.array, tied.first.W.grad, tied.second.W.grad)
    optimizer.update()
    print(tied.first.W.array, tied.first.W.array is tied.second.W.array)


class Twice(Chain):
    def __init__(self):
        super(Twice, self).__init__()
        with self.init_scope():
            self.one = linear()
            self.two = self.one

    def forward(self, x):
        return self.two(self.one(x))


twice = Twice()
print("twice", sorted(name for name, _ in twice.namedparams()), len(list(twice.params())), twice.count_params())
optimizer = optimizers.SGD(lr=0.01).setup(twice)
optimizer.update(lambda: F.sum(twice(x) ** 2))
print(twice.one.W.array, twice.one.W.grad)

# Taking away and making anew.
link = linear()
kept = link.W
del link.b
print("without b", sorted(name for name, _ in link.namedparams()), hasattr(link, "b"))
with link.init_scope():
    link.W = Parameter(1, (1, 2))
    link.b = None
print("again", link(x).array, kept.array)
lazy = L.Linear(None, 2)
print("lazy", lazy.W.array, lazy.W.is_initialized)
try:
    print("its gradient", lazy.W.grad)
except Exception as exc:
    print("its gradient", type(exc).__name__)
lazy(x)
print("now", lazy.W.shape, lazy.W.is_initialized)
chain = Chain(a=linear(), b=linear())
del chain.a
print("a link is gone", sorted(name for name, _ in chain.namedparams()))
chain.add_link("a", linear())
print("and another", sorted(name for name, _ in chain.namedparams()))
moved = link.to_cpu()
print("to_cpu", moved is link, link.xp is np, link.device == chainer.get_device("@numpy"))
v = Variable(array(1, 2))
data = v.array
v.to_cpu()
print("to_cpu of a variable", v.array is data, v.xp is np)
v.to_device("@numpy")
print("to_device", v.array is data, v.device == chainer.get_device("@numpy"), str(v.device))
print("to_cpu of an array", chainer.cuda.to_cpu(data) is data, chainer.backends.cuda.get_array_module(data, v) is np)

# enable_update and disable_update.
chain = Chain(a=linear(), b=linear())
optimizer = optimizers.SGD(lr=0.1).setup(chain)
chain.a.disable_update()
print("enabled", chain.update_enabled, chain.a.update_enabled, chain.b.update_enabled)
optimizer.update(lambda: F.sum(chain.b(chain.a(x))))
print("a stays", chain.a.W.array, chain.b.W.array, chain.a.W.update_rule.t, chain.b.W.update_rule.t)
chain.a.enable_update()
chain.b.W.update_rule.enabled = False
optimizer.update(lambda: F.sum(chain.b(chain.a(x))))
print("b stays", chain.a.W.array, chain.b.W.array, chain.b.b.array)

# Outputs that are written to before backward: what Chainer's backward reads is then what was written.
for name in ["relu", "sigmoid", "tanh", "exp", "sqrt", "softmax", "log_softmax"]:
    x = Variable(array(0.5, 2, 1, 3).reshape(2, 2))
    y = getattr(F, name)(x)
    y.array[...] *= array(0, 1)
    z = F.sum(y * y)
    z.backward()
    print("masked", name, y.array, z.array, x.grad)
    x.cleargrad()
    y = getattr(F, name)(x)
    y.array[0] = 0.5
    z = F.sum(y**2)
    z.backward(enable_double_backprop=True)
    gx = x.grad_var
    x.cleargrad()
    F.sum(gx * gx).backward()
    print("twice", name, gx.array, x.grad)
    y = getattr(F, name)(x)
    print("only looked at", y.array[0, 0])
    x.cleargrad()
    F.sum(y**2).backward()
    print(x.grad)
with chainer.using_config("debug", True):
    x = Variable(array(1, -1))
    y = F.relu(x)
    y.array[0] = 0
    F.sum(y * 3).backward()
    print("in debug mode", x.grad)
