"""What initializers, links and optimizers of the registry compute, by chainjax or by real Chainer, from fixed seeds.

``CHAINJAX_ORACLE=folder python -m tests.conformance.registry.numbers`` writes ``golden.npz`` with the numbers of real Chainer, where
``folder/real_chainer.py`` has it as ``chainer``; made with Chainer 7.8.1 on NumPy 2.
"""

import importlib
import os
import pathlib
import sys
import warnings

import numpy as np

from tests.registry import HOOKS, INITIALIZERS, LINKS, OPTIMIZERS
from tests.registry.spec import LinkSpec

GOLDEN = pathlib.Path(__file__).parent / "golden.npz"
STEPS = 4


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


def inputs_of(row):
    """Arrays to call a link with."""
    rng = np.random.default_rng(3)
    drawn = [rng.integers(a.low, a.high, a.shape, endpoint=True) if a.kind == "whole" else rng.normal(size=a.shape) for a in row.inputs]
    return [a.astype(spec.dtype or "float32") for a, spec in zip(drawn, row.inputs, strict=True)]


def of_link(module, row, late=False):
    """Its parameters, outputs and their gradients; ``late``: of the link that learns its shapes at the call."""
    np.random.seed(2)
    link = getattr(module.links, row.name)(**(row.late if late else row.args)(module))
    ys = link(*inputs_of(row))
    ys = ys if isinstance(ys, tuple) else (ys,)
    rng = np.random.default_rng(4)
    gys = [module.Variable(rng.normal(size=y.shape).astype(y.dtype)) for y in ys]
    names, params = zip(*sorted(link.namedparams()), strict=True)
    grads = module.grad(ys, params, gys)
    found = {f"y{i}": y.array for i, y in enumerate(ys)}
    found.update({name: p.array for name, p in zip(names, params, strict=True)})
    found.update({f"grad {name}": g.array for name, g in zip(names, grads, strict=True) if g is not None})
    return found


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


def key_of(row):
    """What a row is called in the file: what it is and its arguments."""
    return f"{row!r} {sorted(row.params)}" if isinstance(row, LinkSpec) else f"{row!r} {getattr(row, 'kwargs', '')}"


def everything(module):
    """All numbers, by row and name."""
    found = {}
    for rows, numbers in ((INITIALIZERS, of_initializer), (LINKS, of_link), (OPTIMIZERS, of_optimizer), (HOOKS, of_hook)):
        for row in rows:
            found.update({f"{key_of(row)}: {name}": array for name, array in numbers(module, row).items()})
    return found


def golden(row):
    """The numbers of real Chainer for one row."""
    prefix = f"{key_of(row)}: "
    with np.load(GOLDEN) as file:
        return {name.removeprefix(prefix): file[name] for name in file.files if name.startswith(prefix)}


if __name__ == "__main__":
    sys.path.insert(0, os.environ["CHAINJAX_ORACLE"])
    warnings.simplefilter("ignore")
    np.savez_compressed(GOLDEN, **everything(importlib.import_module("real_chainer").chainer))
