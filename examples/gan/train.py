"""A generator learns to draw handwritten digits, from a critic that learns to tell them from real ones.

python examples/gan/train.py
"""

import argparse

import numpy as np

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.training import extensions

NOISE = 16


def generator(units):
    """From noise to the 64 pixels of a digit, between 0 and 1."""
    hidden = chainer.Sequential(L.Linear(None, units, nobias=True), L.BatchNormalization(units), F.relu)
    return chainer.Sequential(hidden, hidden.copy("init"), L.Linear(units, 64), F.sigmoid)


def noise(n):
    """What ``n`` digits are drawn from."""
    return np.random.standard_normal((n, NOISE)).astype(np.float32)


def reader(units, outputs):
    """From pixels to ``outputs`` numbers: the critic has one, the logarithm of the odds that a digit is real."""
    hidden = chainer.Sequential(L.Linear(None, units), F.leaky_relu, lambda h: F.dropout(h, 0.3))
    return chainer.Sequential(hidden, hidden.copy("init"), L.Linear(units, outputs))


class GANUpdater(training.updaters.StandardUpdater):
    """A step of the critic, then a step of the generator; each has an optimizer of its own."""

    def update_core(self):
        for_generator, for_critic = self.get_optimizer("generator"), self.get_optimizer("critic")
        generate, criticise = for_generator.target, for_critic.target
        real = self.converter(self.get_iterator("main").next(), self.input_device)

        with chainer.no_backprop_mode():
            fake = generate(noise(len(real)))
        loss = F.mean(F.softplus(-criticise(real))) + F.mean(F.softplus(criticise(fake)))
        for_critic.update(lambda: loss)
        chainer.report({"loss": loss}, criticise)

        loss = F.mean(F.softplus(-criticise(generate(noise(len(real))))))
        for_generator.update(lambda: loss)
        chainer.report({"loss": loss}, generate)


def train_classifier(train, units, out):
    """A network that reads digits, to judge what is drawn."""
    model = L.Classifier(reader(units, 10))
    optimizer = chainer.optimizers.Adam().setup(model)
    iterator = chainer.iterators.SerialIterator(train, 50)
    training.Trainer(training.updaters.StandardUpdater(iterator, optimizer), (20, "epoch"), out).run()
    return model.predictor


def judge(classifier, images):
    """How sure the classifier is of a digit on average, and how many kinds of digits there are (10 if each is as frequent)."""
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        p = F.softmax(classifier(images)).array
    kinds = p.mean(axis=0)
    return p.max(axis=1).mean(), np.exp(-(kinds * np.log(kinds)).sum())


def show(images):
    """A row of digits, in letters."""
    brightness = np.array(list(" .:-=+*#%@"))[np.rint(images * 9).astype(int)].reshape(-1, 8, 8)
    for row in brightness.transpose(1, 0, 2):
        print("   ".join("".join(pixels) for pixels in row))


def main(argv=None):
    """Train both, show some drawn digits, and say what a classifier makes of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100, help="how often all images are seen (default: 100)")
    parser.add_argument("--units", type=int, default=128, help="width of the hidden layers (default: 128)")
    parser.add_argument("--out", default="result/gan", help="folder for the log")
    args = parser.parse_args(argv)
    np.random.seed(0)
    train, test = chainer.datasets.get_digits()

    classifier = train_classifier(train, args.units, args.out)
    optimizers = {
        name: chainer.optimizers.Adam(alpha=5e-4, beta1=0.5).setup(model)
        for name, model in [("generator", generator(args.units)), ("critic", reader(args.units, 1))]
    }
    iterator = chainer.iterators.SerialIterator([image for image, _ in train], 50)
    updater = GANUpdater(iterator, optimizers)
    trainer = training.Trainer(updater, (args.epochs, "epoch"), out=args.out)
    trainer.extend(extensions.LogReport(trigger=(10, "epoch")))
    trainer.extend(extensions.PrintReport(["epoch", "generator/loss", "critic/loss", "elapsed_time"]))
    trainer.run()

    with chainer.using_config("train", False), chainer.no_backprop_mode():
        drawn = optimizers["generator"].target(noise(1000)).array
    show(drawn[:10])
    print("How sure a classifier is of drawn digits: {:.1%}, of how many kinds they are: {:.1f}.".format(*judge(classifier, drawn)))
    print("Of digits that it was not trained on: {:.1%}, {:.1f}.".format(*judge(classifier, np.array([image for image, _ in test]))))


if __name__ == "__main__":
    main()
