"""What distributions, initializers, links and optimizers of the registry compute, by chainjax or by real Chainer, from fixed seeds.

``CHAINJAX_ORACLE=folder python -m tests.conformance.registry.numbers [GROUP ...]`` writes ``golden/GROUP.npz`` with the numbers of real
Chainer, where ``folder/real_chainer.py`` has it as ``chainer``; made with Chainer 7.8.1 on NumPy 2. A group is a file of rows.
"""

import argparse
import contextlib
import functools
import importlib
import os
import pathlib
import sys
import tempfile
import warnings

import numpy as np

from tests import registry
from tests.registry.spec import Array, DistributionSpec, HookSpec, InitializerSpec, LinkSpec, OptimizerSpec

GOLDEN = pathlib.Path(__file__).parent / "golden"
STEPS = 4
GROUPS = {
    "distributions": registry.DISTRIBUTIONS,
    "initializers": registry.INITIALIZERS,
    "optimizers": registry.OPTIMIZERS,
    "hooks": registry.HOOKS,
    **{name: module.ROWS for name, module in vars(registry).items() if name.startswith("links_")},
}


def of_initializer(module, row):
    """Its arrays, by shape and dtype."""
    found = {}
    for shape in row.shapes:
        for dtype in ("float32", "float64", "float16"):
            np.random.seed(1)
            array = np.zeros(shape, dtype)
            getattr(module.initializers, row.name)(**row.kwargs)(array)
            found[f"{shape} {dtype}"] = array
    return found


OF_POINTS = ("prob", "log_prob", "cdf", "log_cdf", "survival_function", "log_survival_function", "perplexity")
PROPERTIES = ("mean", "mode", "variance", "stddev", "covariance", "entropy")


def of_distribution(module, row):
    """Draws and the gradients through them, all that is defined of it, and the divergence from another."""
    params = {name: module.Variable(array) for name, array in row.arrays().items()}
    dist, other = row.of(module, params), row.of(module, row.arrays(seed=2))
    np.random.seed(2)
    sample = dist.sample((4,))
    gy = module.Variable(np.random.default_rng(4).normal(size=sample.shape).astype(sample.dtype))
    grads = module.grad([sample], list(params.values()), [gy]) if sample.dtype.kind == "f" else []
    found = {"sample": sample.array}
    found.update({f"grad {name}": g.array for name, g in zip(params, grads, strict=False) if g is not None})
    found.update({f"params {name}": param.array for name, param in dist.params.items()})
    points = sample.array.astype("f")
    quantiles = np.random.default_rng(5).uniform(0.05, 0.95, sample.shape).astype("f")
    asked = {name: lambda name=name: getattr(dist, name)(points).array for name in OF_POINTS}
    asked["icdf"] = lambda: dist.icdf(quantiles).array
    asked.update({name: lambda name=name: getattr(dist, name).array for name in PROPERTIES})
    asked["support"] = lambda: np.array(dist.support)
    asked["kl_divergence"] = lambda: module.kl_divergence(dist, other).array
    for name, ask in [(name, ask) for name, ask in asked.items() if name not in row.beyond]:
        with warnings.catch_warnings(), contextlib.suppress(NotImplementedError, RuntimeError, KeyError):
            warnings.simplefilter("ignore", RuntimeWarning)  # of what is undefined
            found[name] = ask()
    return found


def inputs_of(row, wrap=lambda array: array):
    """Arguments to call a link with; its floating-point arrays are wrapped."""
    rng = np.random.default_rng(3)

    def drawn(spec):
        if isinstance(spec, (list, tuple)):
            return type(spec)(map(drawn, spec))
        if not isinstance(spec, Array):
            return spec
        if spec.kind == "whole":
            return rng.integers(spec.low, spec.high, spec.shape, endpoint=True).astype(spec.dtype)
        return wrap(rng.normal(size=spec.shape).clip(spec.low, spec.high).astype(spec.dtype or "float32"))

    return drawn(row.inputs)


def leaves(y):
    """The Variables of a result."""
    return [leaf for part in y for leaf in leaves(part)] if isinstance(y, (list, tuple)) else [] if y is None else [y]


def link_of(module, row, late=False, seed=2):
    """The link of a row; ``late``: one that learns its shapes at the call."""
    np.random.seed(seed)
    link = getattr(module.links, row.name)(**(row.late if late else row.args)(module))
    for _, param in sorted(link.namedparams()) if row.drawn else ():
        param.array[...] = np.random.normal(size=param.shape)
    return link.add_hook(row.hook(importlib.import_module(f"{module.__name__}.link_hooks"))) if row.hook else link


def of_link(module, row, late=False, files=False):
    """Its parameters, outputs, the gradients of parameters and inputs, and what it puts out in test mode afterwards.

    ``late``: of the link that learns its shapes at the call. ``files``: also the bytes of files of it.
    """
    link = link_of(module, row, late)
    xs = []

    def variable(array):
        xs.append(module.Variable(array))
        return xs[-1]

    ys = leaves([link(*inputs_of(row, variable)) for _ in range(row.calls)])
    rng = np.random.default_rng(4)
    gys = [module.Variable(np.asarray(rng.normal(size=y.shape), y.dtype)) for y in ys]
    params = dict(sorted(link.namedparams()))
    wanted = {f"grad {name}": p for name, p in params.items()} | {f"grad x{i}": x for i, x in enumerate(xs)}
    grads = module.grad(ys, list(wanted.values()), gys)
    found = {f"y{i}": y.array for i, y in enumerate(ys)}
    found.update({name: p.array for name, p in params.items()})
    found.update({name: g.array for name, g in zip(wanted, grads, strict=True) if g is not None})
    found.update({f"test {name}": y for name, y in tested(module, row, link).items()})
    found.update({f"file.{kind}": file_of(module, link, kind) for kind in ("npz", "h5") if files})
    return found


def tested(module, row, link):
    """What a link puts out in test mode, from its first state on."""
    if row.reset:
        getattr(link, row.reset)()
    np.random.seed(7)
    with module.using_config("train", False):
        return {f"y{i}": y.array for i, y in enumerate(leaves([link(*inputs_of(row)) for _ in range(row.calls)]))}


def file_of(module, link, kind):
    """The bytes of a file of the link."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"link.{kind}"
        (module.serializers.save_npz if kind == "npz" else module.serializers.save_hdf5)(str(path), link)
        return np.frombuffer(path.read_bytes(), np.uint8)


def model_of(module, dtype="float32"):
    """A link with two parameters, and gradients for some steps."""
    rng = np.random.default_rng(5)
    link = module.Link()
    with link.init_scope():
        link.p = module.Parameter(rng.normal(size=(2, 3)).astype(dtype))
        link.q = module.Parameter(rng.normal(size=4).astype(dtype))
    grads = [[rng.normal(size=p.shape).astype(dtype) for p in (link.p, link.q)] for _ in range(STEPS)]
    return link, grads


def _trajectory(optimizer, link, grads):
    found = {}
    for n, (gp, gq) in enumerate(grads):
        link.p.grad, link.q.grad = gp.copy(), gq.copy()
        optimizer.update()
        found[f"p{n}"], found[f"q{n}"] = link.p.array.copy(), link.q.array.copy()
    return found


def of_optimizer(module, row):
    """The parameters after each step."""
    link, grads = model_of(module)
    return _trajectory(getattr(module.optimizers, row.name)(**row.kwargs).setup(link), link, grads)


def of_hook(module, row):
    """The parameters after each step of gradient descent with the hook."""
    link, grads = model_of(module)
    optimizer = module.optimizers.SGD(0.5).setup(link)
    optimizer.add_hook(getattr(module.optimizer_hooks, row.name)(*row.args))
    np.random.seed(6)
    return _trajectory(optimizer, link, grads)


_NUMBERS = {
    DistributionSpec: of_distribution,
    InitializerSpec: of_initializer,
    LinkSpec: functools.partial(of_link, files=True),
    OptimizerSpec: of_optimizer,
    HookSpec: of_hook,
}


def everything(module, group):
    """All numbers of a group, by row and name."""
    keys = [key_of(row) for row in GROUPS[group]]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{group}: rows of one name need labels: {sorted(keys)}")
    return {f"{key_of(row)}: {name}": array for row in GROUPS[group] for name, array in _NUMBERS[type(row)](module, row).items()}


def key_of(row):
    """What a row is called in the file: what it is and its arguments."""
    return f"{row!r} {getattr(row, 'kwargs', '')}"


def golden(row):
    """The numbers of real Chainer for one row."""
    (group,) = (name for name, rows in GROUPS.items() if any(row is r for r in rows))
    prefix = f"{key_of(row)}: "
    with np.load(GOLDEN / f"{group}.npz") as file:
        return {name.removeprefix(prefix): file[name] for name in file.files if name.startswith(prefix)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.registry.numbers", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    sys.path.insert(0, os.environ["CHAINJAX_ORACLE"])
    warnings.simplefilter("ignore")
    for group in parser.parse_args().groups or GROUPS:
        np.savez_compressed(GOLDEN / f"{group}.npz", **everything(importlib.import_module("real_chainer").chainer, group))
