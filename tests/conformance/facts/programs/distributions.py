"""Distributions: an autoencoder with a latent normal distribution, distributions of one's own, what is refused."""

import numpy as np

import chainer
import chainer.distributions as D
import chainer.functions as F
import chainer.links as L
from chainer.distributions.normal import Normal


def attempt(what, function, *args, **kwargs):
    """Print what a call gives, or the class of the error."""
    try:
        y = function(*args, **kwargs)
        print(what, y.array.round(4) if isinstance(y, chainer.Variable) else y)
    except Exception as exc:
        print(what, "raises", next(c.__name__ for c in type(exc).__mro__ if c.__module__ == "builtins"))


class Autoencoder(chainer.Chain):
    def __init__(self, n_in, n_latent):
        super().__init__()
        with self.init_scope():
            self.encoder = L.Linear(n_in, 2 * n_latent)
            self.decoder = L.Linear(n_latent, n_in)
        self.prior = D.Independent(D.Normal(np.zeros(n_latent, "f"), scale=np.ones(n_latent, "f")), 1)

    def forward(self, x):
        loc, log_scale = F.split_axis(self.encoder(x), 2, axis=1)
        latent = D.Independent(D.Normal(loc, log_scale=log_scale))
        z = latent.sample(3)
        seen = D.Independent(D.Bernoulli(logit=self.decoder(z, n_batch_axes=2), binary_check=True), 1)
        likelihood = F.mean(seen.log_prob(F.broadcast_to(x, (3, *x.shape))))
        return F.mean(chainer.kl_divergence(latent, self.prior)) - likelihood


np.random.seed(0)
model = Autoencoder(6, 2)
optimizer = chainer.optimizers.Adam(0.05).setup(model)
x = np.random.randint(0, 2, (8, 6)).astype("f")
for _ in range(3):
    optimizer.update(model, x)
    print("loss", model(x).array.round(4))

# Drawing does not depend on what is looked at.
for dist in [
    D.Categorical(logit=np.log(np.float32([[1, 2, 1], [4, 2, 2]]))),
    D.OneHotCategorical(np.float32([[0.25, 0.5, 0.25]])),
    D.Poisson(chainer.Variable(np.float32([1, 10]))),
    D.Gamma(np.float32([1, 2]), np.float32([2, 1])),
    D.Laplace(np.zeros(2), np.ones(2)),
    D.MultivariateNormal(np.zeros((1, 2), "f"), scale_tril=np.float32([[[1, 0], [0.5, 2]]])),
]:
    sample = dist.sample((2, 2))
    name = type(dist).__name__
    print(name, dist.batch_shape, dist.event_shape, sorted(dist.params), sample.shape, sample.dtype, sample.array.ravel()[:4].round(4))
    attempt(name + " log_prob", dist.log_prob, sample)
    for what in ("mean", "variance", "entropy", "covariance", "mode", "support"):
        attempt(name + " " + what, getattr, dist, what)

# Both ways to give the same distribution.
low, high = np.float32([-1, 0]), np.float32([1, 3])
for uniform in (D.Uniform(low=low, high=high), D.Uniform(loc=low, scale=high - low)):
    print(
        sorted(uniform.params), uniform.mean.array, uniform.log_prob(np.float32([2, 2])).array, uniform.icdf(np.float32([0.5, 0.5])).array
    )

# Gradients through draws and through probabilities.
loc, scale = chainer.Variable(np.float32([0, 1])), chainer.Variable(np.float32([1, 2]))
normal = Normal(loc, scale)
F.sum(normal.sample(4) ** 2).backward()
print("through draws", loc.grad.round(3), scale.grad.round(3))
loc.cleargrad()
scale.cleargrad()
F.sum(normal.log_prob(np.float32([[0, 0], [1, -1]]))).backward()
print("through probabilities", loc.grad.round(3), scale.grad.round(3))
print("kept", normal.variance is normal.variance)


class Point(chainer.Distribution):
    """All the probability in one place."""

    def __init__(self, where):
        self.where = where

    @property
    def batch_shape(self):
        return self.where.shape

    event_shape = ()

    def sample_n(self, n):
        return F.broadcast_to(self.where, (n, *self.where.shape))

    def entropy(self):
        return chainer.Variable(np.zeros_like(self.where))


@chainer.register_kl(Point, Normal)
def kl_point_normal(point, normal):
    return -normal.log_prob(point.where)


point = Point(np.float32([0, 1]))
attempt("sample of one's own", point.sample, 2)
attempt("divergence of one's own", chainer.kl_divergence, point, normal)
attempt("cross entropy of one's own", chainer.cross_entropy, point, normal)

attempt("not defined", point.log_prob, 0)
attempt("no mean", lambda: point.mean)
attempt("no divergence", chainer.kl_divergence, normal, point)
attempt("both", D.Bernoulli, low, low)
attempt("neither", D.Normal, low)
attempt("one of a pair", D.Uniform, low=low, scale=high)
attempt("no matrix", D.MultivariateNormal, np.zeros((1, 2), "f"))
attempt("unknown", D.Categorical, low, logits=low)
attempt("too many axes", D.Independent, normal, 2)
attempt("no quantile", D.Independent(normal, 1).icdf, low)
