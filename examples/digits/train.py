"""Train a network to read handwritten digits, with a Trainer that keeps a log, a curve, and snapshots to go on from.

python examples/digits/train.py --model conv --out result/digits
"""

import argparse
import pathlib
import sys

import matplotlib
import numpy as np

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.training import extensions

matplotlib.use("Agg")


class MLP(chainer.Chain):
    """Two hidden layers."""

    def __init__(self, units):
        super().__init__()
        with self.init_scope():
            self.l1 = L.Linear(None, units)
            self.l2 = L.Linear(None, units)
            self.l3 = L.Linear(None, 10)

    def forward(self, x):
        h = F.dropout(F.relu(self.l1(x)), 0.3)
        h = F.dropout(F.relu(self.l2(h)), 0.3)
        return self.l3(h)


class Conv(chainer.Chain):
    """Two convolutions with batch normalization."""

    def __init__(self, channels):
        super().__init__()
        with self.init_scope():
            self.conv1 = L.Convolution2D(None, channels, 3, pad=1, nobias=True)
            self.norm1 = L.BatchNormalization(channels)
            self.conv2 = L.Convolution2D(None, 2 * channels, 3, pad=1, nobias=True)
            self.norm2 = L.BatchNormalization(2 * channels)
            self.out = L.Linear(None, 10)

    def forward(self, x):
        h = F.max_pooling_2d(F.relu(self.norm1(self.conv1(x))), 2)
        h = F.relu(self.norm2(self.conv2(h)))
        return self.out(F.dropout(h, 0.5))


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Train a network to read handwritten digits.")
    parser.add_argument("--model", choices=("mlp", "conv"), default="conv")
    parser.add_argument("--epochs", type=int, default=30, help="how often all images are seen (default: 30)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("result/digits"), help="folder for what is made")
    parser.add_argument("--resume", action="store_true", help="go on from the newest snapshot in the folder")
    parser.add_argument("--seed", type=int, default=0, help="start of the random numbers (default: 0)")
    parser.add_argument("--device", default="@numpy", help="where arrays live: @numpy (default), @jax, @jax:gpu:0, ...")
    parser.add_argument("--tiny", action="store_true", help="a very small run, to see that everything works")
    args = parser.parse_args()
    if args.resume and not any(args.out.glob("snapshot_*")):
        parser.error(f"--resume: {args.out} holds no training to go on with")
    return args


def main():
    """Train, with all that is kept in the folder, and say how well the network reads digits that it has not seen."""
    args = arguments()
    np.random.seed(args.seed)
    train, test = chainer.datasets.get_digits(ndim=1 if args.model == "mlp" else 3)
    if args.tiny:
        train, args.epochs = train[:60], min(args.epochs, 2)
    network = MLP(8 if args.tiny else 400) if args.model == "mlp" else Conv(2 if args.tiny else 32)
    model = L.Classifier(network)
    optimizer = chainer.optimizers.Adam().setup(model)

    train = chainer.iterators.SerialIterator(train, 20 if args.tiny else 50)
    test = chainer.iterators.SerialIterator(test, len(test), repeat=False, shuffle=False)
    updater = training.updaters.StandardUpdater(train, optimizer, device=args.device)
    trainer = training.Trainer(updater, (args.epochs, "epoch"), out=str(args.out))
    trainer.extend(extensions.Evaluator(test, model, device=args.device))
    log = extensions.LogReport()
    trainer.extend(log)
    trainer.extend(extensions.PrintReport(["epoch", "main/loss", "validation/main/loss", "validation/main/accuracy", "elapsed_time"]))
    losses = ["main/loss", "validation/main/loss"]
    trainer.extend(extensions.PlotReport(losses, "epoch", filename="loss.png", postprocess=lambda figure, axes, _: axes.set_yscale("log")))
    if sys.stdout.isatty():
        trainer.extend(extensions.ProgressBar(update_interval=10))
    trainer.extend(extensions.snapshot_object(model, "model.npz"))
    trainer.extend(extensions.snapshot(n_retains=1, autoload=args.resume))
    trainer.run()

    print(f"{log.log[-1]['validation/main/accuracy']:.1%} of {len(test.dataset)} digits that it was not trained on are read right.")
    print(f"{args.out}: loss.png (the curve), model.npz, log. To go on: --model {args.model} --resume --epochs {args.epochs + 10}")


if __name__ == "__main__":
    main()
