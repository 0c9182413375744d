"""Training loops as people wrote them: adversaries, penalties, links, rules, initializers, hooks and serialization by hand."""

import os
import tempfile

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import Chain, ChainList, Link, Parameter, Sequential, Variable, optimizers, serializers


def kind(exc):
    """The class of an error, as far as Python or Chainer know it."""
    return next(c.__name__ for c in type(exc).__mro__ if c.__module__ == "builtins" or c.__name__ == "InvalidType")


def attempt(what, function, *args, **kwargs):
    """Print what a call gives, or the class of the error."""
    try:
        y = function(*args, **kwargs)
        print(what, y.array if isinstance(y, Variable) else y)
    except Exception as exc:
        print(what, "raises", kind(exc))


def fill(link, seed):
    """Weights that are the same everywhere."""
    random = np.random.RandomState(seed)
    for _, param in sorted(link.namedparams()):
        param.array[...] = random.uniform(-0.5, 0.5, param.shape)
    return link


random = np.random.RandomState(0)
noise, real = random.uniform(-1, 1, (6, 4, 2)).astype("f"), random.uniform(0, 1, (6, 4, 3)).astype("f")


def gan(order):
    """A generator and a discriminator, both forwards first, as in the example of DCGAN."""
    gen = fill(Sequential(L.Linear(2, 4), F.relu, L.Linear(4, 3), F.sigmoid), 1)
    dis = fill(Sequential(L.Linear(3, 4), F.leaky_relu, L.Linear(4, 2)), 2)
    opt_gen, opt_dis = optimizers.Adam(alpha=0.05, beta1=0.5).setup(gen), optimizers.Adam(alpha=0.05, beta1=0.5).setup(dis)
    opt_gen.add_hook(chainer.optimizer_hooks.WeightDecay(0.01)), opt_dis.add_hook(chainer.optimizer_hooks.GradientClipping(1))
    ones, zeros = np.ones(4, "i"), np.zeros(4, "i")
    for z, x in zip(noise, real):
        y_real = dis(x)
        x_fake = gen(z)
        y_fake = dis(x_fake)

        def loss_gen():
            loss = F.softmax_cross_entropy(y_fake, ones)
            print(order, "gen/loss", loss.array)
            return loss

        def loss_dis():
            loss = F.softmax_cross_entropy(y_real, ones) + F.softmax_cross_entropy(y_fake, zeros)
            print(order, "dis/loss", loss.array)
            return loss

        for name in order.split():
            if name == "dis":
                opt_dis.update(loss_dis)
            else:
                opt_gen.update(loss_gen)
    print(order, gen[0].W.array, dis[2].b.array)


gan("dis gen")
gan("gen dis")

# A gradient penalty.
critic = fill(Sequential(L.Linear(3, 4), F.tanh, L.Linear(4, 1)), 3)
optimizer = optimizers.Adam(alpha=0.01).setup(critic)
for x in real[:3]:
    x = Variable(x)
    y = critic(x)
    (gx,) = chainer.grad([y], [x], enable_double_backprop=True)
    penalty = F.average((F.sqrt(F.sum(gx**2, axis=1)) - 1) ** 2)
    loss = F.average(y) + 10 * penalty
    critic.cleargrads()
    loss.backward()
    optimizer.update()
    print("penalty", penalty.array, "loss", loss.array, critic[0].W.grad[0])

# Optimizers, a few steps each.
for make in [
    lambda: optimizers.SGD(0.1), lambda: optimizers.MomentumSGD(0.1, 0.8), lambda: optimizers.Adam(0.1), lambda: optimizers.Adam(0.1, amsgrad=True, weight_decay_rate=0.1, eta=0.5),
    lambda: optimizers.AdaDelta(), lambda: optimizers.AdaDelta(rho=0.5, eps=1e-3),
]:  # fmt: skip
    link = fill(L.Linear(3, 2), 4)
    optimizer = make().setup(link)
    for x in real[:4]:
        optimizer.update(lambda: F.sum(link(x) ** 2))
    rule = link.W.update_rule
    print(type(optimizer).__name__, type(rule).__name__, link.W.array, optimizer.t, rule.t)
    print(
        sorted((k, float(v)) for k, v in optimizer.hyperparam.get_dict().items() if not isinstance(v, bool)),
        [(k, v.dtype, v.shape) for k, v in sorted(rule.state.items())],
    )
    print([rule.state[k][0] for k in sorted(rule.state)])
attempt("unknown hyperparameter", optimizers.AdaDelta, lr=1)
link = fill(L.Linear(3, 2), 4)
optimizer = optimizers.MomentumSGD(lr=0.1).setup(link)
link.b.update_rule.hyperparam.lr = 0.5
for i, x in enumerate(real[:3]):
    optimizer.lr *= 0.5
    optimizer.update(lambda: F.sum(link(x) ** 2))
    print("schedule", optimizer.lr, link.W.update_rule.hyperparam.lr, link.b.update_rule.hyperparam.lr, link.b.array)
link.b.update_rule = optimizers.Adam(0.1).create_update_rule()
optimizer.update(lambda: F.sum(link(x) ** 2))
print("another rule", link.b.array, type(link.b.update_rule).__name__)
for hook in [
    chainer.optimizer_hooks.WeightDecay(0.1),
    chainer.optimizer_hooks.Lasso(0.1),
    chainer.optimizer_hooks.GradientClipping(0.5),
    chainer.optimizer_hooks.GradientHardClipping(-0.1, 0.1),
]:
    link = fill(L.Linear(3, 2), 4)
    optimizer = optimizers.SGD(lr=0.1).setup(link)
    optimizer.add_hook(hook)
    optimizer.update(lambda: F.sum(link(x) ** 2))
    print(hook.name, link.W.array, link.W.grad, hook.timing, getattr(hook, "call_for_each_param", False))
attempt("hook twice", optimizer.add_hook, hook)
optimizer.remove_hook(hook.name)
order = []
optimizer.add_hook(lambda opt: order.append(("pre", opt.t)), name="a", timing="pre")
optimizer.add_hook(lambda opt: order.append(("post", opt.t)), name="b", timing="post")
link.W.update_rule.add_hook(lambda rule, param: order.append((rule.t, param.name)), name="c")
optimizer.update(lambda: F.sum(link(x) ** 2))
print("order of hooks", order)
attempt("setup of no link", optimizers.SGD().setup, 3)


# Rules by users.
class Signs(chainer.UpdateRule):
    def __init__(self, parent_hyperparam=None, step=None):
        super(Signs, self).__init__(parent_hyperparam)
        if step is not None:
            self.hyperparam.step = step

    def init_state(self, param):
        self.state["turns"] = np.zeros_like(param.array)

    def update_core_cpu(self, param):
        if param.grad is None:
            return
        self.state["turns"] += np.sign(param.grad)
        param.data -= self.hyperparam.step * np.sign(param.grad)


class SignDescent(chainer.GradientMethod):
    def __init__(self, step=0.1):
        super(SignDescent, self).__init__()
        self.hyperparam.step = step

    step = chainer.optimizer.HyperparameterProxy("step")

    def create_update_rule(self):
        return Signs(self.hyperparam)


link = fill(L.Linear(3, 2), 4)
optimizer = SignDescent(step=0.25).setup(link)
w = link.W.array
for x in real[:3]:
    optimizer.update(lambda: F.sum(link(x) ** 2))
    optimizer.step *= 0.5
print("signs", link.W.array, w is link.W.array, link.W.update_rule.state["turns"], optimizer.step, link.W.update_rule.t)


class ByHand(chainer.Optimizer):
    """An optimizer that is no GradientMethod."""

    def update(self, lossfun=None, *args, **kwds):
        self.target.cleargrads()
        lossfun(*args, **kwds).backward()
        for param in self.target.params():
            param.array -= 0.1 * param.grad
        self.t += 1


optimizer = ByHand().setup(link)
optimizer.update(lambda x: F.sum(link(x) ** 2), x)
print("by hand", link.W.array, w, optimizer.t)


# Links by users.
class Scaled(Link):
    def __init__(self, size):
        super(Scaled, self).__init__()
        self.add_persistent("count", 0)
        self.seen = np.zeros(size, np.float32)
        self.register_persistent("seen")
        with self.init_scope():
            self.scale = Parameter(chainer.initializers.Constant(2), (size,))
            self.late = Parameter(np.ones(size, "f"))
        self.extra = "not saved"

    def forward(self, x):
        self.count += 1
        self.seen += chainer.as_array(x).sum(axis=0)
        return x * F.broadcast_to(self.scale, x.shape)

    def serialize(self, serializer):
        super(Scaled, self).serialize(serializer)
        self.mine = serializer("mine", getattr(self, "mine", np.float32(1)))


class Net(Chain):
    def __init__(self):
        super(Net, self).__init__()
        with self.init_scope():
            self.scaled = Scaled(3)
            self.stack = ChainList(L.Linear(3, 3), L.Linear(None, 2))
            self.norm = L.BatchNormalization(3)

    def forward(self, x):
        return self.stack[1](F.relu(self.stack[0](self.norm(self.scaled(x)))))


net = Net()
print("names", [name for name, _ in sorted(net.namedparams())], [name for name, _ in net.namedlinks()], [c.name for c in net.children()])
print("count", net.count_params() if all(p.is_initialized for p in net.params()) else "unknown")
net(real[0])
fill(net, 5)
net.scaled.mine = np.float32(3)
optimizer = optimizers.Adam().setup(net)
for x in real[1:4]:
    optimizer.update(lambda: F.sum(net(x) ** 2))
print("count", net.scaled.count, net.scaled.seen, net.scaled.scale.array, net.norm.avg_mean, net.norm.N, net.count_params())
folder = tempfile.mkdtemp()
for suffix in ["npz", "h5"]:
    save, load = (serializers.save_npz, serializers.load_npz) if suffix == "npz" else (serializers.save_hdf5, serializers.load_hdf5)
    path, state = os.path.join(folder, "net." + suffix), os.path.join(folder, "state." + suffix)
    save(path, net), save(state, optimizer)
    again = Net()
    load(path, again)
    other = optimizers.Adam().setup(again)
    load(state, other)
    print(suffix, again.scaled.count, again.scaled.seen, again.scaled.mine, again.norm.N, other.t, again.scaled.scale.update_rule.t)
    other.update(lambda: F.sum(again(real[4]) ** 2))
    print(suffix, again.scaled.scale.array, again.stack[1].W.array)
with np.load(os.path.join(folder, "net.npz")) as file:
    print(sorted(file.files))
with np.load(os.path.join(folder, "state.npz")) as file:
    print(sorted(file.files))
attempt("a file of another", serializers.load_npz, os.path.join(folder, "net.npz"), L.Linear(3, 2))


# Initializers by users, and what becomes of them.
class Counting(chainer.Initializer):
    def __init__(self, dtype=None):
        super(Counting, self).__init__(dtype)

    def __call__(self, array):
        print("initializer", array.shape, array.dtype, type(array).__name__)
        array[...] = np.arange(array.size).reshape(array.shape)


link = L.Linear(None, 2, initialW=Counting(), initial_bias=np.array([5, 6], "f"))
print("not yet", link.W.is_initialized)
print(link(real[0]).array)
for init in [None, 3, np.full((2, 3), 7, "f"), lambda a: a.fill(1), Counting(np.float32)]:
    link = L.Linear(3, 2, initialW=init, initial_bias=1)
    print(
        "initialW",
        type(init).__name__ != "function" and type(init).__name__,
        link.W.array if init is not None else link.W.shape,
        link.b.array,
    )
np.random.seed(3)
print("random", L.Linear(3, 2).W.array, chainer.initializers.generate_array(chainer.initializers.Uniform(1), (2,), np, "f"))
link.W.initialize((2, 3))
attempt("a wrong shape", lambda: L.Linear(3, 2, initialW=np.zeros((3, 3), "f")))


# Hooks of links.
class Watch(chainer.LinkHook):
    name = "Watch"

    def added(self, link):
        print("added", link if link is None else type(link).__name__)

    def deleted(self, link):
        print("deleted", link if link is None else type(link).__name__)

    def forward_preprocess(self, args):
        print("pre", type(args.link).__name__, args.link.name, args.forward_name, len(args.args), sorted(args.kwargs))

    def forward_postprocess(self, args):
        print("post", type(args.link).__name__, args.out.array.shape)


with Watch():
    net(real[0])
net.scaled.add_hook(Watch())
net.scaled(x=real[0])
attempt("twice", net.scaled.add_hook, Watch())
net.scaled.delete_hook("Watch")
net.scaled(real[0])

# Sequential, repeat, and lists.
model = Sequential(L.Linear(3, 3), F.relu)
model.append(L.Linear(3, 1))
print(
    "sequential",
    len(model),
    [type(layer).__name__ for layer in model if isinstance(layer, Link)],
    sorted(name for name, _ in model.namedparams()),
)
model.insert(0, F.sigmoid)
del model[1]
print(len(model), sorted(name for name, _ in model.namedparams()), model.count_by_layer_type("Linear"))
print("repeat", len(model.repeat(3)), len(model.copy("init")), len(model.flatten()))
items = ChainList(L.Linear(1, 1))
items.append(L.Linear(1, 2))
items.extend([L.Linear(2, 1)])
print("list", len(items), items[-1].W.shape, [c.name for c in items], sorted(name for name, _ in items.namedparams()))
attempt("no link in a list", items.append, 3)
attempt("the name is taken", net.add_link, "scaled", L.Linear(1, 1))
attempt("no attribute", lambda: net.nothing)
attempt("wrong input", lambda: net.stack[0](np.zeros((2, 5), "f")))
attempt("wrong dtype", lambda: net.stack[0](np.zeros((2, 3), "d")))
attempt("labels", lambda: F.softmax_cross_entropy(np.zeros((2, 3), "f"), np.array([0, 1])).array)
attempt("no link", lambda: Chain(a=3))
attempt("Variable of a list", Variable, [1.0])
attempt("Variable of a number", Variable, 1.0)
attempt("volatile", lambda: Variable(np.zeros(1, "f"), volatile=True))
attempt("call of a link without forward", Link(), 1)
print(str(Sequential(L.Linear(3, 2), L.Linear(2, 3, nobias=True))).replace("\n", ";"), str(ChainList(L.Linear(1, 1))).replace("\n", ";"))
print(str(Chain(a=L.Linear(1, 1))).replace("\n", ";"), str(L.Linear(3, 2)), str(L.BatchNormalization(2)), str(L.Convolution2D(1, 2, 3)))
print("within", net.within_init_scope, net.printable_specs is not None)
