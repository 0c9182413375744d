"""Ways of Chainer 1 that still work in Chainer 7: parameters by add_param, old functions, gradients of zeros, hooks in optimizer."""

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import Chain, ChainList, Function, Variable, cuda, link, optimizer, optimizers, variable
from chainer.utils import type_check


def fill(link, seed):
    """Weights that are the same everywhere."""
    random = np.random.RandomState(seed)
    for _, param in sorted(link.namedparams()):
        param.data[...] = random.uniform(-0.5, 0.5, param.data.shape)
    return link


class Muladd(Function):
    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 3)
        x, y, z = in_types
        type_check.expect(x.dtype == np.float32, x.shape == y.shape, y.shape == z.shape)

    def forward_cpu(self, inputs):
        x, y, z = inputs
        return (x * y + z,)

    def backward_cpu(self, inputs, grad_outputs):
        x, y, _ = inputs
        (gw,) = grad_outputs
        return y * gw, x * gw, gw


class Embed(chainer.Link):
    """A link with parameters by add_param."""

    def __init__(self, n_in, n_out):
        super(Embed, self).__init__(W=(n_in, n_out))
        self.add_param("bias", (n_out,), initializer=chainer.initializers.Zero())
        self.add_persistent("calls", np.zeros(1, "i"))
        self.W.data[...] = np.arange(n_in * n_out).reshape(n_in, n_out)

    def __call__(self, t):
        self.calls += 1
        y = F.embed_id(t, self.W)
        return y + F.broadcast_to(self.bias, y.data.shape)


class RNN(Chain):
    """A language model step by step, states in attributes."""

    def __init__(self, n_vocab, n_units):
        super(RNN, self).__init__(
            embed=L.EmbedID(n_vocab, n_units),
            x_h=L.Linear(n_units, 4 * n_units),
            h_h=L.Linear(n_units, 4 * n_units),
            out=L.Linear(n_units, n_vocab),
        )

    def reset(self, batch, n_units):
        self.c = Variable(np.zeros((batch, n_units), np.float32))
        self.h = Variable(np.zeros((batch, n_units), np.float32))

    def __call__(self, word, next_word):
        x = F.dropout(self.embed(word), ratio=0.0)
        self.c, self.h = F.lstm(self.c, self.x_h(x) + self.h_h(self.h))
        return F.softmax_cross_entropy(self.out(self.h), next_word)


x, y, z = (Variable(np.random.RandomState(i).uniform(-1, 1, (2, 2)).astype("f")) for i in range(3))
w = Muladd()(x, y, z)
w.grad = np.ones((2, 2), "f")
w.backward()
print("muladd", w.data, x.grad, y.grad, z.grad)
print("creator", type(w.creator).__name__, w.creator.label, w.creator.rank, w.rank, len(w.creator.inputs), w.creator.outputs[0]().label)

e = Embed(4, 2)
print("names", sorted(name for name, _ in e.namedparams()), e.bias.data, e.W.data.dtype)
e.cleargrads()
F.sum(e(np.array([0, 2, 2], "i")) ** 2).backward()
print("gradients", e.W.grad, e.bias.grad, e.calls)
e.zerograds()
print("zero", e.W.grad, e.bias.grad)

model = fill(RNN(5, 3), 0)
opt = optimizers.SGD(lr=1.0)
opt.setup(model)
opt.add_hook(optimizer.GradientClipping(0.5))
opt.add_hook(optimizer.WeightDecay(0.01))
text = np.random.RandomState(1).randint(0, 5, (13, 2)).astype("i")
model.reset(2, 3)
accum = 0
for i in range(12):
    loss = model(Variable(text[i]), Variable(text[i + 1]))
    accum += loss
    print("loss", i, loss.data)
    if (i + 1) % 4 == 0:
        model.zerograds()
        accum.backward()
        accum.unchain_backward()
        accum = 0
        opt.update()
        norm = np.sqrt(sum((p.grad**2).sum() for p in model.params()))
        print("norm", norm, "W", model.out.W.data[0])
        opt.lr /= 1.2
print("lr", opt.lr, opt.t, opt.epoch)

net = fill(Chain(conv=L.Convolution2D(1, 2, 3, pad=1, nobias=True), norm=L.BatchNormalization(2), fc=L.Linear(2 * 2 * 2, 3)), 2)
images = np.random.RandomState(3).uniform(-1, 1, (4, 1, 4, 4)).astype("f")
opt = optimizers.Adam()
opt.setup(net)
for i in range(3):
    h = F.max_pooling_2d(F.relu(net.norm(net.conv(Variable(images)))), 2)
    y = net.fc(h)
    loss = F.softmax_cross_entropy(y, Variable(np.array([0, 1, 2, 0], "i")))
    net.zerograds()
    loss.backward()
    opt.update()
    print("convolution", loss.data, F.accuracy(y, np.array([0, 1, 2, 0], "i")).data, net.norm.avg_mean, net.fc.b.grad)
two = ChainList(L.Linear(2, 2), L.Linear(2, 2))
two.add_link(L.Linear(2, 1))
print("add_link", len(two), two[2].name, isinstance(two[0], link.Link), isinstance(two[0].W, variable.Variable))
print("device", cuda.get_array_module(images) is np, cuda.to_cpu(images) is images, cuda.available, net.xp is np)
big = fill(L.Linear(3, 2), 4)
copied = big.copy()
copied.name = "copied"
print("copy", copied.W.data is big.W.data, copied.W is big.W, copied.name, big.name)
big.copyparams(fill(L.Linear(3, 2), 5))
print("copyparams reaches the copy", copied.W.data)
