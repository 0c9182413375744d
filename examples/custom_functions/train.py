"""Functions of your own, in three ways, at work: a rotation is found that lays one cloud of points on another.

python examples/custom_functions/train.py
"""

import argparse

import numpy as np

import jax

import chainjax as chainer
import chainjax.functions as F
from chainjax import training
from chainjax.training import extensions


class Sort(chainer.FunctionNode):
    """Numbers in order along the last axis: NumPy in ``forward``, functions of Variables in ``backward``, so to any order."""

    def forward_cpu(self, inputs):
        (x,) = inputs
        self.order = x.argsort(axis=-1, kind="stable")
        return (np.take_along_axis(x, self.order, axis=-1),)

    def backward(self, indexes, grad_outputs):
        (gy,) = grad_outputs
        rows = np.indices(self.order.shape, sparse=True)[:-1]
        return (gy[(*rows, self.order.argsort(axis=-1))],)


def sort(x):
    """``x`` with the last axis in order, the smallest number first."""
    return Sort().apply((x,))[0]


class PseudoHuber(chainer.Function):
    """Nearly x**2 / 2 near 0 and abs(x) - 1 far away: an old Function with arrays in both methods, so to first order only."""

    def forward(self, inputs):
        (x,) = inputs
        self.retain_outputs((0,))
        return (x * (x / (np.hypot(x, 1) + 1)),)  # hypot(x, 1) - 1 would be 0 below 1e-4, and x * x infinite above 1e19

    def backward(self, inputs, grad_outputs):
        (x,), (y,), (gy,) = inputs, self.output_data, grad_outputs
        return (gy * x / (y + 1),)


def pseudo_huber(x):
    """``sqrt(1 + x**2) - 1`` of each number."""
    return PseudoHuber()(x)


@chainer.jax_function
def expm(x):
    """The exponential of a matrix: what JAX can trace is compiled with the rest of the step, and differentiable to any order."""
    return jax.scipy.linalg.expm(x)


class Rotation(chainer.Link):
    """A rotation of three dimensions, as the exponential of a skew matrix: whatever the parameter is, it is a rotation."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.A = chainer.Parameter(chainer.initializers.Normal(0.01), (3, 3))

    def matrix(self):
        """The rotation."""
        return expm(self.A - self.A.T)

    def forward(self, x, y):
        """How far apart two clouds are once ``x`` is turned: seen from random sides, in order, as nobody knows who belongs to whom."""
        sides = np.random.standard_normal((3, 20)).astype(np.float32)
        loss = F.mean(pseudo_huber(sort((x @ self.matrix().T @ sides).T) - sort((y @ sides).T)))
        chainer.report({"loss": loss}, self)
        return loss


def three_numbers(images):
    """Of each image its place along the three directions in which images differ most."""
    images = images - images.mean(axis=0)
    return images @ np.linalg.svd(images, full_matrices=False)[2][:3].T


def degrees(a, b):
    """By how much two rotations differ."""
    return np.degrees(np.arccos(np.clip((np.trace(a @ b.T) - 1) / 2, -1, 1)))


def main(argv=None):
    """Turn one half of the digits, find out how, and say how far off that is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=50, help="how often all points are seen (default: 50)")
    parser.add_argument("--out", default="result/custom_functions", help="folder for the log")
    args = parser.parse_args(argv)
    np.random.seed(0)
    cloud = three_numbers(chainer.datasets.get_digits(withlabel=False)[0])
    truth = expm(np.float32([[0, -0.5, 0.6], [0.5, 0, -0.4], [-0.6, 0.4, 0]])).array
    model = Rotation()
    optimizer = chainer.optimizers.Adam(alpha=0.01).setup(model)
    start = degrees(model.matrix().array, truth)

    points = chainer.datasets.TupleDataset(cloud[::2], cloud[1::2] @ truth.T)
    updater = training.updaters.StandardUpdater(chainer.iterators.SerialIterator(points, 107), optimizer)
    trainer = training.Trainer(updater, (args.epochs, "epoch"), out=args.out)
    trainer.extend(extensions.LogReport(trigger=(10, "epoch")))
    trainer.extend(extensions.PrintReport(["epoch", "main/loss", "elapsed_time"]))
    trainer.run()
    print(f"The rotation that was found is {degrees(model.matrix().array, truth):.1f} degrees off; at first it was {start:.0f}.")


if __name__ == "__main__":
    main()
