"""The introduction to Chainer 1.5, cell by cell."""

import os
import tempfile

import h5py
import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import Chain, ChainList, Function, Link, Variable, cuda, gradient_check, optimizers, serializers, utils

print("names", [thing.__name__.split(".")[-1] for thing in (cuda, Function, gradient_check, optimizers, serializers, utils, Link)])

# Forward and backward computation.
x_data = np.array([5], dtype=np.float32)
x = Variable(x_data)
y = x**2 - 2 * x + 1
print("y.data", y.data, y.data.dtype)
print("x.grad before", x.grad)
y.backward()
print("x.grad", x.grad)
y.backward()
print("x.grad after a second backward", x.grad)
print("the array is the caller's", x.data is x_data)

z = 2 * x
y = x**2 - z + 1
y.backward()
print("z.grad", z.grad)
x = Variable(x_data)
z = 2 * x
y = x**2 - z + 1
y.backward(retain_grad=True)
print("z.grad retained", z.grad, "x.grad", x.grad)

x = Variable(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32))
y = x**2 - 2 * x + 1
print("y.data", y.data)
y.grad = np.ones((2, 3), dtype=np.float32)
y.backward()
print("x.grad", x.grad)

# Links.
f = F.Linear(3, 2)
print("F.Linear is L.Linear", isinstance(f, L.Linear))
f = L.Linear(3, 2)
print("shapes", f.W.data.shape, f.b.data.shape, f.W.data.dtype)
print("b", f.b.data)
print("NaN", np.isnan(f.W.grad).all(), np.isnan(f.b.grad).all())
f.W.data[...] = np.array([[1, -2, 0.5], [0.25, 3, -1]], dtype=np.float32)
x = Variable(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32))
y = f(x)
print("y.data", y.data)
print("params", sorted(name for name, param in f.namedparams()))
f.zerograds()
print("zeros", f.W.grad, f.b.grad)
y.grad = np.ones((2, 2), dtype=np.float32)
y.backward()
print("W.grad", f.W.grad)
print("b.grad", f.b.grad)


# A model as a chain.
def fill(link, seed):
    """Weights that are the same everywhere."""
    random = np.random.RandomState(seed)
    for _, param in sorted(link.namedparams()):
        param.data[...] = random.uniform(-0.5, 0.5, param.data.shape)
    return link


l1 = fill(L.Linear(4, 3), 0)
l2 = fill(L.Linear(3, 2), 1)
x = Variable(np.arange(4, dtype=np.float32).reshape(1, 4))
print("by hand", l2(l1(x)).data)


class MyProc(object):
    def __init__(self):
        self.l1 = fill(L.Linear(4, 3), 0)
        self.l2 = fill(L.Linear(3, 2), 1)

    def forward(self, x):
        return self.l2(self.l1(x))


class MyChain(Chain):
    def __init__(self):
        super(MyChain, self).__init__(l1=L.Linear(4, 3), l2=L.Linear(3, 2))

    def __call__(self, x):
        return self.l2(self.l1(x))


class MyList(ChainList):
    def __init__(self):
        super(MyList, self).__init__(L.Linear(4, 3), L.Linear(3, 2))

    def __call__(self, x):
        return self[1](self[0](x))


print("a plain class", MyProc().forward(x).data)
chain = MyChain()
fill(chain.l1, 0), fill(chain.l2, 1)
print("a chain", chain(x).data, sorted(name for name, param in chain.namedparams()), chain.l1.name, chain["l1"] is chain.l1)
listed = MyList()
fill(listed[0], 0), fill(listed[1], 1)
print("a list", listed(x).data, len(listed), sorted(name for name, param in listed.namedparams()))
print("links", sorted(name for name, link in chain.namedlinks()), [link is listed[i] for i, link in enumerate(listed.children())])
plain = Chain(l1=L.Linear(4, 3), l2=L.Linear(3, 2))
print("by keywords", sorted(name for name, param in plain.namedparams()))

# Optimizers.
model = fill(MyChain(), 2)
optimizer = optimizers.SGD()
optimizer.setup(model)
print("lr", optimizer.lr, "t", optimizer.t, "epoch", optimizer.epoch, optimizer.target is model)
model.zerograds()
loss = F.sum(model(x))
loss.backward()
before = model.l1.W.data.copy()
optimizer.update()
print("step", before - model.l1.W.data, "t", optimizer.t)


def lossfun(x, t):
    """A loss of a batch."""
    return F.mean_squared_error(model(x), t)


t = Variable(np.array([[1, -1]], dtype=np.float32))
for _ in range(3):
    optimizer.update(lossfun, x, t)
print("three updates by a function", lossfun(x, t).data, "t", optimizer.t)
optimizer.add_hook(chainer.optimizer.WeightDecay(0.0005))
optimizer.update(lossfun, x, t)
print("with decay", model.l2.W.data, model.l1.b.data)
optimizer.new_epoch()
print("epoch", optimizer.epoch)

# Serializers.
folder = tempfile.mkdtemp()
path, state = os.path.join(folder, "my.model"), os.path.join(folder, "my.state")
momentum = optimizers.MomentumSGD(lr=0.1)
momentum.setup(model)
momentum.update(lossfun, x, t)
momentum.update(lossfun, x, t)
momentum.new_epoch()
serializers.save_hdf5(path, model)
serializers.save_hdf5(state, momentum)
with h5py.File(path, "r") as file:
    found = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    print("model file", sorted(found), file["l1/W"].shape, file["l1/W"].dtype)
with h5py.File(state, "r") as file:
    found = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    # Since Chainer 2 there is a count of updates with each parameter.
    print("state file", sorted(name for name in found if not name.endswith("/t")))
    print("t", int(file["t"][()]), "epoch", int(file["epoch"][()]), sorted(name for name in file["l1"]))
again = MyChain()
serializers.load_hdf5(path, again)
print("loaded", all((a.data == b.data).all() for a, b in zip(again.params(), model.params())))
other = optimizers.MomentumSGD(lr=0.1)
other.setup(again)
serializers.load_hdf5(state, other)
print("loaded", other.t, other.epoch)
momentum.update(lossfun, x, t)
model = again
other.update(lossfun, x, t)
print("after going on", again.l1.W.data)


# Handwritten digits, or what looks like them from afar.
class MLP(Chain):
    def __init__(self):
        super(MLP, self).__init__(l1=L.Linear(20, 12), l2=L.Linear(12, 12), l3=L.Linear(12, 4))

    def __call__(self, x):
        h1 = F.relu(self.l1(x))
        h2 = F.relu(self.l2(h1))
        return self.l3(h2)


class Classifier(Chain):
    def __init__(self, predictor):
        super(Classifier, self).__init__(predictor=predictor)

    def __call__(self, x, t):
        y = self.predictor(x)
        self.loss = F.softmax_cross_entropy(y, t)
        self.accuracy = F.accuracy(y, t)
        return self.loss


random = np.random.RandomState(0)
centers = random.uniform(0, 1, (4, 20))
labels = random.randint(0, 4, 60).astype(np.int32)
digits = (centers[labels] + 0.2 * random.randn(60, 20)).astype(np.float32)
x_train, x_test, y_train, y_test = digits[:40], digits[40:], labels[:40], labels[40:]

model = Classifier(fill(MLP(), 3))
optimizer = optimizers.SGD(lr=0.1)
optimizer.setup(model)
batchsize, datasize = 10, 40
for epoch in range(6):
    indexes = random.permutation(datasize)
    for i in range(0, datasize, batchsize):
        x = Variable(x_train[indexes[i : i + batchsize]])
        t = Variable(y_train[indexes[i : i + batchsize]])
        optimizer.update(model, x, t)
        print("epoch", epoch, "loss", model.loss.data, "accuracy", model.accuracy.data)
    sum_loss, sum_accuracy = 0, 0
    for i in range(0, 20, batchsize):
        x, t = Variable(x_test[i : i + batchsize]), Variable(y_test[i : i + batchsize])
        loss = model(x, t)
        sum_loss += float(loss.data) * batchsize
        sum_accuracy += float(model.accuracy.data) * batchsize
    print("epoch", epoch, "test loss", sum_loss / 20, "accuracy", sum_accuracy / 20)

other = L.Classifier(fill(MLP(), 3))
optimizer = optimizers.Adam()
optimizer.setup(other)
for i in range(3):
    other.zerograds()
    loss = other(Variable(x_train[:10]), Variable(y_train[:10]))
    loss.backward()
    optimizer.update()
    print("the classifier of the library", loss.data, other.loss is loss, other.accuracy.data)
