"""Optimizers of Chainer 1: methods that were for hooks later, and classes whose update rules are methods of the optimizer."""

import os
import tempfile

import numpy as np

import chainer
from chainer import functions as F
from chainer import links as L
from chainer import optimizer, optimizers


class Momentum(optimizer.GradientMethod):
    def __init__(self, lr=0.1):
        self.lr = lr

    def init_state_cpu(self, param, state):
        state["v"] = np.zeros_like(param.data)

    def update_one_cpu(self, param, state):
        v = state["v"]
        v *= 0.9
        v -= self.lr * param.grad
        param.data += v


class Slower(optimizer.GradientMethod):
    lr = 0.5

    def init_state(self, param, state):
        state["n"] = np.zeros(1)

    def update_one(self, param, state):
        state["n"] += 1
        param.data -= self.lr * param.grad / state["n"][0]


class Halved(optimizers.MomentumSGD):
    def update_one_cpu(self, param, state):
        param.grad *= 0.5
        super(Halved, self).update_one_cpu(param, state)


class Fast(optimizers.MomentumSGD):
    def __init__(self):
        self.lr = 0.5
        self.momentum = 0.5


def make_net():
    net = chainer.Chain(a=L.Linear(3, 2), b=L.Linear(2, 2))
    random = np.random.RandomState(0)
    for name, param in sorted(net.namedparams()):
        param.data[...] = random.uniform(-1, 1, param.data.shape)
    return net


def sizes(net):
    return " ".join("%s %.5f" % (name, float(np.abs(param.data).sum())) for name, param in sorted(net.namedparams()))


x = np.random.RandomState(1).uniform(-1, 1, (4, 3)).astype(np.float32)
t = np.array([0, 1, 1, 0], np.int32)


def loss_of(net):
    return F.softmax_cross_entropy(net.b(F.tanh(net.a(chainer.Variable(x)))), chainer.Variable(t))


makers = [("Momentum", Momentum), ("Slower", Slower), ("Halved", lambda: Halved(0.1)), ("Adam", lambda: optimizers.Adam(0.1))]
makers += [("Fast", Fast)]
path = os.path.join(tempfile.mkdtemp(), "optimizer.h5")
for name, make in makers:
    net, opt = make_net(), make()
    opt.setup(net)
    for step in range(3):
        opt.zero_grads()
        loss = loss_of(net)
        loss.backward()
        norm = opt.compute_grads_norm()
        opt.weight_decay(0.01)
        opt.clip_grads(0.3)
        print(name, step, "loss %.6f norms %.5f %.5f" % (float(loss.data), norm, opt.compute_grads_norm()), type(norm).__name__)
        opt.accumulate_grads([np.ones_like(param.grad) * 0.01 for param in net.params()])
        opt.update()
        print(sizes(net))
    opt.prepare()
    opt.update(lambda n: loss_of(n), net)
    print(opt.t, sizes(net))
    state = {}
    opt.init_state(net.a.W, state)
    print("state", [(key, array.shape) for key, array in sorted(state.items())])
    chainer.serializers.save_hdf5(path, opt)
    other = make()
    other.setup(net)
    chainer.serializers.load_hdf5(path, other)
    other.update(lambda n: loss_of(n), net)
    print("loaded", other.t, sizes(net))

for hook in (optimizer.WeightDecay(0.1), optimizer.Lasso(0.1), optimizer.GradientHardClipping(-0.5, 0.5), optimizer.GradientClipping(0.1)):
    net, opt = make_net(), optimizers.SGD(0.1)
    opt.setup(net)
    opt.zero_grads()
    for param in net.params():
        param.grad += 1
    hook(opt)
    opt.update()
    print(hook.name, sizes(net))

np.random.seed(0)
net, opt = make_net(), optimizers.SGD(0.1)
opt.setup(net)
opt.use_cleargrads()
opt.add_hook(optimizer.GradientNoise(0.1))
for _ in range(2):
    opt.update(lambda n: loss_of(n), net)
    print("noise", sizes(net))
optimizer.GradientNoise(0.1)(opt)
opt.update()
print("noise", sizes(net))
