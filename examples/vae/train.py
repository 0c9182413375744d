"""Compress handwritten digits to a few numbers, and draw new ones, with a variational autoencoder.

python examples/vae/train.py --latent 8
"""

import argparse

import numpy as np

import chainjax as chainer
import chainjax.distributions as D
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.training import extensions


class VAE(chainer.Chain):
    """Black and white pixels ``x``, and what is behind them, ``z``: p(z) p(x | z), with q(z | x) close to p(z | x)."""

    def __init__(self, latent, units):
        super().__init__()
        self.latent = latent
        with self.init_scope():
            self.encoder = chainer.Sequential(L.Linear(64, units), F.tanh, L.Linear(units, 2 * latent))
            self.decoder = chainer.Sequential(L.Linear(latent, units), F.tanh, L.Linear(units, 64))

    def prior(self, n):
        """p(z), for ``n`` digits."""
        zeros = self.xp.zeros((n, self.latent), np.float32)
        return D.Normal(zeros, scale=self.xp.ones_like(zeros))

    def encode(self, x):
        """q(z | x)."""
        loc, log_scale = F.split_axis(self.encoder(x), 2, axis=1)
        return D.Normal(loc, log_scale=log_scale)

    def decode(self, z):
        """p(x | z)."""
        return D.Bernoulli(logit=self.decoder(z))

    def forward(self, x):
        """How many nats of information a digit takes at most: minus the evidence lower bound, averaged over digits."""
        q, p = self.encode(x), self.prior(len(x))
        z = q.sample()
        reconstruction = -F.sum(self.decode(z).log_prob(x)) / len(x)
        divergence = F.sum(chainer.kl_divergence(q, p)) / len(x)
        loss = reconstruction + divergence
        chainer.report({"loss": loss, "reconstruction": reconstruction, "divergence": divergence}, self)
        return loss

    def log_likelihood(self, x, samples):
        """Of each digit, from weighted samples of q: closer to the truth the more there are (Burda et al. 2016)."""
        q, p = self.encode(x), self.prior(len(x))
        z = q.sample((samples,))
        pixels = self.decode(z.reshape(-1, self.latent)).log_prob(F.tile(x, (samples, 1))).reshape(samples, len(x), 64)
        weights = F.sum(pixels, axis=2) + F.sum(p.log_prob(z) - q.log_prob(z), axis=2)
        return F.logsumexp(weights, axis=0) - np.log(samples)


def black_and_white(images):
    """Pixels that are 0 or 1."""
    return (images > 0.5).astype(np.float32)


def independent(train, test):
    """What digits take if each pixel is told by itself, in nats: what there is to beat."""
    p = (train.sum(axis=0) + 1) / (len(train) + 2)
    return -(test * np.log(p) + (1 - test) * np.log(1 - p)).sum(axis=1).mean()


def show(images):
    """A row of digits, in letters."""
    for row in np.array([" ", "#"])[black_and_white(images).astype(int)].reshape(-1, 8, 8).transpose(1, 0, 2):
        print("   ".join("".join(pixels) for pixels in row))


def main(argv=None):
    """Train, and say how much information the digits take that it was not trained on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--latent", type=int, default=8, help="how many numbers are behind a digit (default: 8)")
    parser.add_argument("--units", type=int, default=200, help="width of the hidden layers (default: 200)")
    parser.add_argument("--epochs", type=int, default=100, help="how often all images are seen (default: 100)")
    parser.add_argument("--out", default="result/vae", help="folder for the log")
    args = parser.parse_args(argv)
    np.random.seed(0)
    train, test = map(black_and_white, chainer.datasets.get_digits(withlabel=False))

    model = VAE(args.latent, args.units)
    optimizer = chainer.optimizers.Adam().setup(model)
    updater = training.updaters.StandardUpdater(chainer.iterators.SerialIterator(train, 50), optimizer)
    trainer = training.Trainer(updater, (args.epochs, "epoch"), out=args.out)
    held_out = chainer.iterators.SerialIterator(test, len(test), repeat=False, shuffle=False)
    trainer.extend(extensions.Evaluator(held_out, model), trigger=(10, "epoch"))
    trainer.extend(extensions.LogReport(trigger=(10, "epoch")))
    columns = ["main/loss", "main/reconstruction", "main/divergence", "validation/main/loss"]
    trainer.extend(extensions.PrintReport(["epoch", *columns, "elapsed_time"]))
    trainer.run()

    with chainer.using_config("train", False), chainer.no_backprop_mode():
        nats = -F.mean(model.log_likelihood(test, 100)).array
        drawn = F.sigmoid(model.decoder(model.prior(10).sample())).array
        again = F.sigmoid(model.decoder(model.encode(test[:10]).loc)).array
    print("Digits of the test set, and what is left of them after compression:")
    show(test[:10])
    show(again)
    print("Digits that it made up:")
    show(drawn)
    print(f"A digit that it was not trained on takes {nats:.1f} nats at most; {independent(train, test):.1f} pixel by pixel.")


if __name__ == "__main__":
    main()
