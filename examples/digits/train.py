"""Train a network to read handwritten digits: a plain Chainer training loop.

python examples/digits/train.py --model conv --out result/digits
"""

import argparse
import json
import pathlib
import sys

import matplotlib
import numpy as np
from tqdm import tqdm

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import optimizers, serializers
from chainjax.dataset import concat_examples
from chainjax.datasets import get_digits
from chainjax.iterators import SerialIterator

matplotlib.use("Agg")
import matplotlib.pyplot as plt


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
    parser.add_argument("--resume", action="store_true", help="go on with what is in the folder")
    parser.add_argument("--seed", type=int, default=0, help="start of the random numbers (default: 0)")
    parser.add_argument("--device", default="@numpy", help="where arrays live: @numpy (default), @jax, @jax:gpu:0, ...")
    parser.add_argument("--tiny", action="store_true", help="a very small run, to see that everything works")
    args = parser.parse_args()
    if args.resume and not (args.out / "log.json").exists():
        parser.error(f"--resume: {args.out} holds no training to go on with")
    return args


def evaluate(model, test, device):
    """How many digits of a set are read right."""
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        model(*concat_examples(test[:], device))
    return round(float(model.accuracy.array) * len(test))


def save(out, model, optimizer, log):
    """Everything that ``--resume`` needs, and the curve."""
    serializers.save_hdf5(str(out / "model.h5"), model)
    serializers.save_hdf5(str(out / "optimizer.h5"), optimizer)
    (out / "log.json").write_text(json.dumps(log))


def plot(path, log):
    """The loss of each epoch as a picture."""
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.semilogy(range(1, len(log) + 1), log, marker=".")
    axes.set(xlabel="epoch", ylabel="training loss (cross entropy)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main():
    """Train, save after each epoch, and say how well the network reads digits that it has not seen."""
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(args.seed)
    device = chainer.get_device(args.device)

    train, test = get_digits(ndim=1 if args.model == "mlp" else 3)
    if args.tiny:
        train, args.epochs = train[:60], min(args.epochs, 2)
    network = MLP(8 if args.tiny else 400) if args.model == "mlp" else Conv(2 if args.tiny else 32)
    model = L.Classifier(network)
    model.to_device(device)
    optimizer = optimizers.Adam().setup(model)
    log = []
    if args.resume:
        serializers.load_hdf5(str(args.out / "model.h5"), model)
        serializers.load_hdf5(str(args.out / "optimizer.h5"), optimizer)
        log = json.loads((args.out / "log.json").read_text())

    batch = 20 if args.tiny else 50
    steps = len(train) // batch  # the few images left over are others in each epoch
    first = optimizer.epoch
    with tqdm(total=max(args.epochs - first, 0) * steps, unit="step", disable=None, file=sys.stdout) as bar:
        for epoch in range(first, args.epochs):
            np.random.seed(args.seed + epoch)  # so that a run that was stopped and resumed sees the same minibatches
            iterator, total = SerialIterator(train, batch), 0.0
            for _ in range(steps):
                x, t = concat_examples(next(iterator), device)
                loss = model(x, t)
                model.cleargrads()
                loss.backward()
                optimizer.update()
                total += float(loss.array)
                bar.update()
            optimizer.new_epoch()
            log.append(total / steps)
            save(args.out, model, optimizer, log)
            bar.set_postfix_str(f"epoch {epoch + 1}/{args.epochs}, loss {log[-1]:.4f}")

    plot(args.out / "loss.png", log)
    right = evaluate(model, test, device)
    print(f"{right / len(test):.1%} of {len(test)} digits that it was not trained on are read right.")
    print(f"{args.out}: loss.png (the curve), model.h5, optimizer.h5. To go on: --model {args.model} --resume --epochs {args.epochs + 10}")


if __name__ == "__main__":
    main()
