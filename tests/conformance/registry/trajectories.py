"""Trainings of one small net by every optimizer and hook, by chainjax or by real Chainer, from one seed: the numbers of each step.

``CHAINJAX_ORACLE=folder python -m tests.conformance.registry.trajectories`` writes ``golden/trajectories.npz`` with the numbers of real
Chainer, where ``folder/real_chainer.py`` has it as ``chainer``; made with Chainer 7.8.1 on NumPy 2.
"""

import importlib
import os
import sys
import warnings

import numpy as np

from tests.conformance.registry.numbers import GOLDEN, key_of
from tests.registry import HOOKS, OPTIMIZERS

FILE = GOLDEN / "trajectories.npz"
STEPS = 14


def net_of(module):
    """A link that gives its loss: convolution, batch normalisation, dropout and embedding."""
    F, L = module.functions, module.links

    class Net(module.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                # Without bias: the normalisation takes it away, so that its gradient is rounding, which Adam makes steps of.
                self.convolve = L.Convolution2D(1, 2, 3, pad=1, nobias=True)
                self.normalize = L.BatchNormalization(2)
                self.embed = L.EmbedID(5, 4)
                self.decide = L.Linear(36, 3)
            self.boost = 1

        def forward(self, images, words, t):
            h = F.tanh(self.normalize(self.convolve(images)))
            h = F.concat([F.reshape(h, (4, 32)), self.embed(words)])
            return F.softmax_cross_entropy(self.decide(F.dropout(h, 0.25)), t) * self.boost

    return Net()


def _plain(module, net, name="MomentumSGD", **kwargs):
    return getattr(module.optimizers, name)(**kwargs).setup(net)


def _of_optimizer(row):
    return lambda module, net: _plain(module, net, row.name, **row.kwargs)


def _of_hook(row):
    def make(module, net):
        optimizer = _plain(module, net)
        optimizer.add_hook(getattr(module.optimizer_hooks, row.name)(*row.args))
        return optimizer

    return make


def _hooks_of_all_kinds(module, net):
    optimizer, hooks = _plain(module, net, "Adam", alpha=0.01), module.optimizer_hooks

    def shrink(optimizer):
        for param in optimizer.target.params():
            param.array *= 0.99

    optimizer.add_hook(shrink, timing="post")
    optimizer.add_hook(hooks.WeightDecay(0.1))
    optimizer.add_hook(hooks.GradientClipping(0.5))
    net.decide.W.update_rule.add_hook(hooks.Lasso(0.1))
    net.decide.b.update_rule.add_hook(hooks.GradientHardClipping(-0.01, 0.02))
    net.embed.W.update_rule.add_hook(lambda rule, param: param.array.clip(-0.5, 0.5, param.array), "clip", timing="post")
    return optimizer


def _own_hyperparameters(module, net):
    optimizer = _plain(module, net, "RMSprop", lr=0.01)
    net.decide.W.update_rule.hyperparam.lr = 0.001
    net.embed.W.update_rule.hyperparam.alpha = 0.5
    return optimizer


def _a_rule_in_numpy(module, net):
    class Sign(module.UpdateRule):
        def init_state(self, param):
            self.state["last"] = np.zeros_like(param.data)

        def update_core_cpu(self, param):
            param.data -= 0.01 * np.sign(param.grad + 0.5 * self.state["last"])
            self.state["last"][...] = param.grad

    optimizer = _plain(module, net, "Adam", alpha=0.01)
    net.decide.W.update_rule = Sign()
    return optimizer


def _static_scale(module, net):
    optimizer = _plain(module, net)
    optimizer.loss_scaling(scale=128.0)
    optimizer.add_hook(module.optimizer_hooks.WeightDecay(0.01))
    return optimizer


def _master_weights(name, scale, **kwargs):
    def make(module, net):
        optimizer = getattr(module.optimizers, name)(**kwargs)
        optimizer.use_fp32_update()
        optimizer.setup(net)
        if scale == "dynamic":
            net.boost = 64  # so that the scale, which doubles each step, gets too large within the steps
            optimizer.loss_scaling(interval=3)
        elif scale:
            optimizer.loss_scaling(scale=scale)
        return optimizer

    return make


def _switched(t, net):
    net.decide.W.update_rule.enabled = t % 4 != 2
    if t == 3:
        net.embed.disable_update()
    if t == 9:
        net.embed.enable_update()


#: What makes the optimizer, by name.
CASES = {
    **{key_of(row): _of_optimizer(row) for row in OPTIMIZERS},
    **{f"hook {row!r} {row.args}": _of_hook(row) for row in HOOKS},
    "hooks of all kinds": _hooks_of_all_kinds,
    "rules switched off and on": _plain,
    "own hyperparameters": _own_hyperparameters,
    "one rule in NumPy": _a_rule_in_numpy,
    "static scale": _static_scale,
    "mixed16 master weights": _master_weights("Adam", None, alpha=0.01),
    "mixed16 master weights, static scale": _master_weights("MomentumSGD", 256.0),
    "mixed16 master weights, dynamic scale": _master_weights("MomentumSGD", "dynamic", lr=0.001),
}


def batches():
    """Images, words and classes of each step."""
    rng = np.random.default_rng(1)
    for _ in range(STEPS):
        yield rng.normal(size=(4, 1, 4, 4)).astype("f"), rng.integers(0, 5, 4).astype("i"), rng.integers(0, 3, 4).astype("i")


def of_case(module, name):
    """The loss and the scale of losses of each step, and the norms of parameters and states after it, by name, and the statistics."""
    dtype = module.mixed16 if name.startswith("mixed16") else np.float32
    np.random.seed(7)
    with module.using_config("dtype", dtype), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of gradients that overflow, which is what a dynamic scale is for
        net = net_of(module)
        optimizer, rows = CASES[name](module, net), []
        losses = []

        def lossfun(images, *rest):
            losses.append(net(images.astype(np.float16) if dtype is module.mixed16 else images, *rest))
            return losses[-1]

        for t, batch in enumerate(batches()):
            if name == "rules switched off and on":
                _switched(t, net)
            optimizer.update(lossfun, *batch)
            rows.append({"loss": float(losses.pop().array), "scale": optimizer._loss_scale or 1.0, **_norms(net)})
    return {key: np.array([row.get(key, 0.0) for row in rows]) for key in rows[-1]}


def _norms(net):
    arrays = {"mean": net.normalize.avg_mean, "var": net.normalize.avg_var}
    for path, param in sorted(net.namedparams()):
        arrays[path] = param.array
        for key, array in sorted((param.update_rule.state or {}).items()):
            arrays[f"{path} {key}"] = array
    with np.errstate(over="ignore"):
        return {key: np.linalg.norm(np.asarray(array, float)) for key, array in arrays.items()}


def golden(name):
    """The numbers of real Chainer for one case."""
    with np.load(FILE) as file:
        return {key: file[name][key] for key in file[name].dtype.names}


def _table(columns):
    return np.array(list(zip(*columns.values(), strict=True)), [(key, "f4") for key in columns])


if __name__ == "__main__":
    sys.path.insert(0, os.environ["CHAINJAX_ORACLE"])
    chainer = importlib.import_module("real_chainer").chainer
    np.savez_compressed(FILE, **{name: _table(of_case(chainer, name)) for name in CASES})
