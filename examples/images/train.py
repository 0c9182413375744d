"""Train a convolutional network on the letters of some fonts, turned and moved at random, to read fonts that it has never seen.

python examples/images/train.py --processes 2    # two processes turn and move; --plain shows what that is good for
"""

import argparse
import pathlib
import string

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.iterators import MultiprocessIterator, SerialIterator
from chainjax.training import extensions

SIZE = 24
LETTERS = string.ascii_letters
LEARNT = ("DejaVuSans", "DejaVuSerif")  # upright, slanted, bold, of fixed width: 12 fonts
UNSEEN = ("STIXGeneral", "cmr", "cmb", "cmss", "cmtt")  # 8 fonts, Times and TeX's


def read_fonts(names):
    """All letters of the fonts of matplotlib whose names begin so, as arrays ``(1, 24, 24)`` from 0 to 1 with their class."""
    examples = []
    for path in sorted(pathlib.Path(matplotlib.get_data_path(), "fonts", "ttf").glob("*.ttf")):
        if path.name.startswith(names) and "Display" not in path.name:
            font = ImageFont.truetype(str(path), 20)
            for label, letter in enumerate(LETTERS):
                image = Image.new("L", (SIZE, SIZE))
                ImageDraw.Draw(image).text((SIZE // 2, 18), letter, 255, font, anchor="ms")
                examples.append((np.asarray(image, np.float32)[None] / 255, np.int32(label)))
    return examples


def augment(example):
    """The image turned by up to 10 degrees and moved by up to 2 pixels: another one each time."""
    image, label = example
    angle, shift = np.random.uniform(-10, 10), np.random.uniform(-2, 2, 2)
    turned = Image.fromarray(image[0]).rotate(angle, Image.Resampling.BILINEAR, translate=tuple(shift))
    return np.asarray(turned)[None], label


class Block(chainer.Chain):
    """Convolution, batch normalization, rectifier, pooling: half the size."""

    def __init__(self, channels):
        super().__init__()
        with self.init_scope():
            self.conv = L.Convolution2D(None, channels, 3, pad=1, nobias=True)
            self.norm = L.BatchNormalization(channels)

    def forward(self, x):
        return F.max_pooling_2d(F.relu(self.norm(self.conv(x))), 2)


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Train a convolutional network to read letters of fonts that it has not seen.")
    parser.add_argument("--epochs", type=int, default=30, help="how often all letters are seen (default: 30)")
    parser.add_argument("--plain", action="store_true", help="show the images as they are, always the same")
    parser.add_argument("--processes", type=int, default=0, help="how many processes turn and move images (default: this one)")
    parser.add_argument("--out", default="result/images", help="folder for the log")
    return parser.parse_args()


def main():
    """Train, and say how many letters of other fonts are read right."""
    args = arguments()
    np.random.seed(0)
    train, test = read_fonts(LEARNT), read_fonts(UNSEEN)
    if not args.plain:
        train = chainer.datasets.TransformDataset(train, augment)
    iterator = MultiprocessIterator(train, 48, n_processes=args.processes) if args.processes else SerialIterator(train, 48)

    network = chainer.Sequential(Block(16), Block(32), Block(64), L.Linear(None, len(LETTERS)))
    model = L.Classifier(network)
    optimizer = chainer.optimizers.Adam().setup(model)
    trainer = training.Trainer(training.updaters.StandardUpdater(iterator, optimizer), (args.epochs, "epoch"), out=args.out)
    trainer.extend(extensions.ExponentialShift("alpha", 0.5), trigger=(10, "epoch"))
    trainer.extend(extensions.Evaluator(SerialIterator(test, len(test), repeat=False, shuffle=False), model))
    log = extensions.LogReport()
    trainer.extend(log)
    trainer.extend(extensions.PrintReport(["epoch", "main/loss", "main/accuracy", "validation/main/accuracy", "elapsed_time"]))
    trainer.run()
    print(f"{log.log[-1]['validation/main/accuracy']:.1%} of {len(test)} letters in fonts that it has not seen are read right.")


if __name__ == "__main__":
    main()
