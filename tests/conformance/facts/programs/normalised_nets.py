"""Nets with all normalisations: two that train against each other, fine-tuning, hooks of weights, what is refused."""

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import link_hooks


def attempt(what, function, *args, **kwargs):
    """Print what a call gives, or the class of the error."""
    try:
        print(what, function(*args, **kwargs))
    except Exception as exc:
        print(what, "raises", type(exc).__name__)


def spectral(link, **kwargs):
    return link.add_hook(link_hooks.SpectralNormalization(**kwargs))


class Generator(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.first = L.Linear(None, 16)
            self.normal = L.BatchNormalization(16)
            self.up = L.Deconvolution2D(4, 3, 4, 2, 1)
            self.renormal = L.BatchRenormalization(3, rmax=2, dmax=1)
            self.last = L.Convolution2D(3, 1, 3, pad=1)

    def forward(self, z):
        h = F.relu(self.normal(self.first(z))).reshape(-1, 4, 2, 2)
        return F.tanh(self.last(F.relu(self.renormal(self.up(h)))))


class Critic(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.first = spectral(L.Convolution2D(None, 4, 3, 2, 1), use_gamma=True)
            self.groups = L.GroupNormalization(2)
            self.second = L.Convolution2D(4, 4, 2).add_hook(link_hooks.WeightStandardization())
            self.whiten = L.DecorrelatedBatchNormalization(4, groups=2, eps=1e-2)
            self.layer = L.LayerNormalization(4)
            self.last = spectral(L.Linear(4, 1), n_power_iteration=2, factor=0.5)

    def forward(self, x):
        h = F.leaky_relu(self.groups(self.first(x)))
        h = F.leaky_relu(self.whiten(self.second(h)))
        return self.last(self.layer(h.reshape(-1, 4)))


def shown(link):
    """The arrays of a link, and what is saved beside them."""
    for name, param in sorted(link.namedparams()):
        print(" ", name, param.dtype, param.shape, f"{abs(param.array).sum():.2f}")
    for path, child in sorted(link.namedlinks()):
        for name in sorted(child._persistent):
            value = np.asarray(getattr(child, name))
            print(" ", path, name, value.dtype, value.shape, f"{abs(value).sum():.2f}")


np.random.seed(0)
generator, critic = Generator(), Critic()
critic(np.zeros((2, 1, 4, 4), "f") + np.arange(4, dtype="f"))
optimizers = [chainer.optimizers.SGD(0.05).setup(net) for net in (generator, critic)]
for _ in range(4):
    real = np.random.uniform(-1, 1, (8, 1, 4, 4)).astype("f")
    fake = generator(np.random.normal(size=(8, 3)).astype("f"))
    y_fake, y_real = critic(fake), critic(real)
    loss_critic = F.mean(F.softplus(-y_real)) + F.mean(F.softplus(y_fake))
    loss_generator = F.mean(F.softplus(-y_fake))
    for net, loss, optimizer in ((critic, loss_critic, optimizers[1]), (generator, loss_generator, optimizers[0])):
        net.cleargrads()
        loss.backward()
        optimizer.update()
    print("losses", loss_critic.array.round(3), loss_generator.array.round(3))
shown(generator)
shown(critic)
print(type(critic.first.W).__name__, sorted(critic.first.local_link_hooks), critic.last.W_u.shape)

print("fine-tuning")
batches = np.random.normal(1, 2, (4, 6, 3)).astype("f")
for make in (lambda: L.BatchNormalization(3), lambda: L.BatchNormalization(axis=0), lambda: L.DecorrelatedBatchNormalization(3, 1)):
    link = make()
    for x in batches:
        link(x, finetune=True)
    print(type(link).__name__, link.N, link.avg_mean.ravel().round(3))
    with chainer.using_config("train", False):
        print(link(batches[0]).array[0].round(2))
    link.start_finetuning()
    link(batches[0])
    print(link.N, link.avg_mean.ravel().round(3))

print("what is computed again")
link = L.BatchNormalization(3)
x = chainer.Variable(batches[0])
F.sum(F.forget(link, x) ** 3).backward()
print(x.grad[0].round(2), link.avg_mean.round(3))

print("half precision")
with chainer.using_config("dtype", chainer.mixed16):
    for link in (L.BatchNormalization(3), L.GroupNormalization(1, 3), L.BatchRenormalization(3)):
        y = link(batches[0].astype("f2"))
        print(type(link).__name__, y.dtype, link.gamma.dtype, link.beta.dtype, abs(y.array.astype("f")).sum().round(0))

print("names")
print(L.BatchNormalization(3))
print(sorted(name for name, _ in L.BatchNormalization(3, use_gamma=False).namedparams()))
print(L.BatchNormalization((2, 3)).avg_var.shape, L.BatchNormalization(axis=(0, 2)).avg_mean)

print("refused")
attempt("no size", L.BatchNormalization)
attempt("test", L.BatchNormalization(3), batches[0], test=True)
attempt("axis", L.BatchNormalization(axis=(1, 0)), batches[0])
attempt("channels", L.BatchNormalization(4), batches[0])
attempt("dtype", L.BatchNormalization(3), batches[0].astype("i"))
attempt("groups", L.GroupNormalization(2), batches[0])
attempt("groups as a float", L.GroupNormalization(1.0), batches[0])
attempt("vector", L.GroupNormalization(1), batches[0, 0])
attempt("no such weight", L.Linear(2, 2).add_hook, link_hooks.SpectralNormalization(weight_name="w"))
attempt("twice", critic.first.add_hook, link_hooks.SpectralNormalization())
attempt("with", link_hooks.WeightStandardization().__enter__)
attempt("no such hook", critic.first.delete_hook, "TimerHook")

print("hooks")
critic.first.delete_hook("SpectralNormalization")
print(hasattr(critic.first, "W_u"), hasattr(critic.first, "gamma"), sorted(critic.first._params))
timer = link_hooks.TimerHook()
with timer:
    generator(np.zeros((2, 3), "f"))
print([name for name, _ in timer.call_history], sorted((k, v["occurrence"]) for k, v in timer.summary().items()))
