"""Losses of distances, for learning embeddings."""

import jax
import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_alike, expect_choice, expect_floating, expect_integer
from .._kinks import magnitude, root


def _expect_margin(who, margin):
    if margin <= 0:
        raise ValueError(f"{who}: expected margin above 0, got {margin}")


def contrastive(x0, x1, y, margin=1, reduce="mean"):
    r"""Contrastive loss: brings like pairs together and pushes unlike ones apart.

    .. math:: \frac{1}{2} (y d^2 + (1 - y) \max(m - d, 0)^2), \quad d = \|x_0 - x_1\|_2

    Args:
        x0: float array ``(n, m)``.
        x1: float array of the same shape and dtype.
        y: integer array ``(n,)``: 1 where a pair is alike, else 0.
        margin: how far unlike ones are pushed, above 0. Traced: changing it does not recompile.
        reduce: ``"mean"``, or ``"no"`` for one loss per pair. Static.

    Returns:
        Variable of the dtype of ``x0``, of shape ``()`` or ``(n,)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: ``margin`` is not above 0.

    Source: Hadsell, Chopra, LeCun 2006, Dimensionality reduction by learning an invariant mapping.

    >>> x0, x1 = np.float32([[3, 0], [0, 0]]), np.float32([[0, 4], [0, 0.5]])
    >>> F.contrastive(x0, x1, np.int32([1, 0]), reduce="no").array
    array([12.5  ,  0.125], dtype=float32)
    """
    _expect_margin("contrastive", margin)
    expect_choice("contrastive", "reduce", reduce, "mean", "no")
    return _contrastive(x0, x1, y, margin, reduce)


@differentiable(node="Contrastive", path="loss.contrastive", attrs=("margin", "reduce"), retain=(0, 1, 2), static=("reduce",))
def _contrastive(x0, x1, y, margin=1.0, reduce="mean"):
    expect_alike("contrastive", x0=x0, x1=x1)
    expect_integer("contrastive", y=y)
    expect(x0.ndim == 2 and y.shape == x0.shape[:1] and len(y), "contrastive", "x0 (n, m) and y (n,), n above 0", x0=x0, y=y)
    y, square = y.astype(x0.dtype), ((x0 - x1) ** 2).sum(axis=1)
    short = jax.nn.relu(jnp.asarray(margin).astype(x0.dtype) - root(square))
    losses = (y * square + (1 - y) * short**2) / 2
    return losses if reduce == "no" else losses.sum() / len(y)


def triplet(anchor, positive, negative, margin=0.2, reduce="mean"):
    r"""Triplet loss: an anchor is to be nearer to a like point than to an unlike one.

    .. math:: \max(0, \|a - p\|^2 - \|a - n\|^2 + m)

    Args:
        anchor: float array ``(n, m)``.
        positive: float array of the same shape and dtype, alike.
        negative: float array of the same shape and dtype, unlike.
        margin: by how much nearer, above 0. Traced: changing it does not recompile.
        reduce: ``"mean"``, or ``"no"`` for one loss per triplet. Static.

    Returns:
        Variable of the dtype of ``anchor``, of shape ``()`` or ``(n,)``.

    Raises:
        InvalidType: shapes or dtypes differ, or are not floating point.
        ValueError: ``margin`` is not above 0.

    Source: Schroff, Kalenichenko, Philbin 2015, arXiv:1503.03832.

    >>> float(F.triplet(np.float32([[0, 0]]), np.float32([[1, 1]]), np.float32([[1, 0]]), margin=0.5).array)
    1.5
    """
    _expect_margin("triplet", margin)
    expect_choice("triplet", "reduce", reduce, "mean", "no")
    return _triplet(anchor, positive, negative, margin, reduce)


@differentiable(node="Triplet", path="loss.triplet", attrs=("margin", "reduce"), retain=(0, 1, 2), static=("reduce",))
def _triplet(anchor, positive, negative, margin=0.2, reduce="mean"):
    expect_alike("triplet", anchor=anchor, positive=positive, negative=negative)
    expect(anchor.ndim >= 2 and len(anchor), "triplet", "anchor (n, m), n above 0", anchor=anchor)
    nearer = ((anchor - positive) ** 2 - (anchor - negative) ** 2).sum(axis=1)
    losses = jax.nn.relu(nearer + jnp.asarray(margin).astype(anchor.dtype))
    return losses if reduce == "no" else losses.sum() / len(anchor)


def discriminative_margin_based_clustering_loss(
    embeddings, labels, delta_v, delta_d, max_embedding_dim, norm=1, alpha=1.0, beta=1.0, gamma=0.001
):
    r"""Losses for telling objects of an image apart: pixels near the mean of their object, means of objects far from one another.

    Args:
        embeddings: float array ``(n, c, h, w)``: a point for each pixel.
        labels: integer array ``(n, h, w)``: the object of each pixel, from 1; 0 is none.
        delta_v: how near is near enough.
        delta_d: half of how far is far enough.
        max_embedding_dim: how many objects there are at most, which must be ``c``. Static.
        norm: 1 or 2, of the distances. Static.
        alpha: weight of the first loss.
        beta: weight of the second loss.
        gamma: weight of the third loss.

    Returns:
        Three Variables of shape ``()``: within objects, between them, and of how far means are from 0.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: another norm, or no object at all.

    Source: De Brabandere, Neven, Van Gool 2017, arXiv:1708.02551.

    >>> x, t = np.float32([0, 4, 1, 1]).reshape(1, 2, 1, 2), np.int32([[[1, 2]]])
    >>> [round(float(y.array), 3) for y in F.discriminative_margin_based_clustering_loss(x, t, 0.5, 1.5, 2)]
    [0.0, 0.0, 0.003]
    """
    if max_embedding_dim <= 0:
        raise ValueError(f"discriminative_margin_based_clustering_loss: expected max_embedding_dim above 0, got {max_embedding_dim}")
    if norm not in (1, 2):
        raise ValueError(f"discriminative_margin_based_clustering_loss: expected norm 1 or 2, got {norm!r}")
    return _clustering_loss(embeddings, labels, delta_v, delta_d, max_embedding_dim, norm, alpha, beta, gamma)


@differentiable(
    node="DiscriminativeMarginBasedClusteringLoss",
    path="loss.discriminative_loss",
    attrs=("delta_v", "delta_d", "max_embedding_dim", "norm", "alpha", "beta", "gamma"),
    static=("max_embedding_dim", "norm"),
)
def _clustering_loss(x, labels, delta_v=0.5, delta_d=1.5, max_embedding_dim=10, norm=1, alpha=1.0, beta=1.0, gamma=0.001):
    who, n, objects = "discriminative_margin_based_clustering_loss", len(x), max_embedding_dim
    expect_floating(who, embeddings=x)
    fits = x.ndim == 4 and x.shape[1] == objects and labels.shape == x.shape[:1] + x.shape[2:]
    expect(fits, who, f"embeddings (n, {objects}, h, w) and labels (n, h, w)", embeddings=x, labels=labels)
    delta_v, delta_d, alpha, beta, gamma = (jnp.asarray(a).astype(x.dtype) for a in (delta_v, delta_d, alpha, beta, gamma))
    # Axes from here: object, image, channel, height, width.
    mine = (labels[None] == jnp.arange(1, objects + 1, dtype=labels.dtype)[:, None, None, None])[:, :, None]
    inside, pixels = mine.astype(x.dtype), mine.sum((2, 3, 4)).astype(x.dtype)
    means = (x[None] * inside).sum((3, 4)) / jnp.maximum(pixels, 1)[:, :, None]
    spread = jax.nn.relu(_norm((means[..., None, None] - x[None]) * inside, 2, norm) - delta_v) ** 2
    within = (spread.sum((1, 2, 3)) / jnp.maximum(pixels.sum(1), 1)).sum() / objects
    one, other = jnp.triu_indices(objects, 1)
    near = jax.nn.relu(2 * delta_d - _norm(means[one] - means[other], 2, norm)) ** 2
    between = near.sum() / max(len(one) * n, 1)
    return alpha * within, beta * between, gamma * _norm(means, (1, 2), norm).sum() / (objects * n)


def _norm(x, axis, order):
    return magnitude(x).sum(axis) if order == 1 else root((x**2).sum(axis))
