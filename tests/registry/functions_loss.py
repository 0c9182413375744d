"""Losses."""

import itertools

import numpy as np

from chainjax.utils.type_check import InvalidType

from .functions_activation import log_softmax
from .spec import Bad, Number, Spec, distinct, real, whole


def softmax_cross_entropy(
    x, t, normalize=True, class_weight=None, ignore_label=-1, reduce="mean", enable_double_backprop=True, soft_target_loss="cross-entropy"
):
    log_p = log_softmax(x)
    if t.dtype.kind == "f":
        entropy = t * np.log(t + 1e-7) if soft_target_loss == "kl-divergence" else 0
        terms = (entropy - t * log_p).sum(1)
        return terms if reduce == "no" else np.asarray(terms.mean())
    if class_weight is not None:
        log_p = log_p * class_weight.reshape(1, -1, *[1] * (x.ndim - 2))
    counts = t != ignore_label
    terms = -np.take_along_axis(log_p, np.where(counts, t, 0)[:, None], 1)[:, 0] * counts
    if reduce == "no":
        return terms
    return np.asarray(terms.sum() / max(counts.sum() if normalize else len(t), 1))


def _softplus(x):
    return np.logaddexp(x, 0)


def _picked(x, t):
    return np.take_along_axis(x, t[:, None], 1)[:, 0]


def _mean_or(reduce, losses):
    return losses if reduce == "no" else np.asarray(losses.sum() / len(losses))


def _reduced(losses, reduce):
    return losses if reduce == "no" else np.asarray(losses.sum() if reduce == "sum" else losses.mean())


def sigmoid_cross_entropy(x, t, normalize=True, reduce="mean"):
    counts = t != -1
    losses = (_softplus(x) - t * x) * counts
    return losses if reduce == "no" else np.asarray(losses.sum() / max(counts.sum() if normalize else len(x), 1))


def hinge(x, t, norm="L1", reduce="mean"):
    one_hot = np.eye(x.shape[1])[t]
    losses = np.maximum(0, 1 - (2 * one_hot - 1) * x) ** (1 if norm == "L1" else 2)
    return _mean_or(reduce, losses)


def huber_loss(x, t, delta, reduce="sum_along_second_axis"):
    d = abs(x - t)
    losses = np.where(d <= delta, d**2 / 2, delta * (d - delta / 2))
    return losses if reduce == "no" else losses.sum(1)


def contrastive(x0, x1, y, margin=1, reduce="mean"):
    d = np.linalg.norm(x0 - x1, axis=1)
    return _mean_or(reduce, np.where(y == 1, d**2, np.maximum(margin - d, 0) ** 2) / 2)


def triplet(anchor, positive, negative, margin=0.2, reduce="mean"):
    return _mean_or(reduce, np.maximum(0, ((anchor - positive) ** 2).sum(1) - ((anchor - negative) ** 2).sum(1) + margin))


def discriminative(embeddings, labels, delta_v, delta_d, max_embedding_dim, norm=1, alpha=1.0, beta=1.0, gamma=0.001):
    n, objects = len(embeddings), range(max_embedding_dim)
    means = np.zeros((max_embedding_dim, n, max_embedding_dim))
    within = between = 0.0
    for k in objects:
        spread = 0.0
        for i in range(n):
            mine = embeddings[i][:, labels[i] == k + 1]
            if mine.size:
                means[k, i] = mine.mean(1)
            spread += (np.maximum(np.linalg.norm(mine.T - means[k, i], norm, axis=1) - delta_v, 0) ** 2).sum()
        within += spread / max((labels == k + 1).sum(), 1)
    pairs = list(itertools.combinations(objects, 2))
    for a, b in pairs:
        between += (np.maximum(2 * delta_d - np.linalg.norm(means[a] - means[b], norm, axis=1), 0) ** 2).sum()
    sizes = sum(np.linalg.norm(means[k].ravel(), norm) for k in objects)
    terms = alpha * within / len(objects), beta * between / max(len(pairs) * n, 1), gamma * sizes / (len(objects) * n)
    return tuple(map(np.asarray, terms))


def cross_covariance(y, z, reduce="half_squared_sum"):
    c = np.einsum("ki,kj->ij", y - y.mean(0), z - z.mean(0)) / len(y)
    return c if reduce == "no" else np.asarray((c**2).sum() / 2)


def decov(h, reduce="half_squared_sum"):
    c = np.atleast_2d(np.cov(h.T, bias=True))
    c = c - np.diag(np.diag(c))
    return c if reduce == "no" else np.asarray((c**2).sum() / 2)


def black_out(x, t, W, samples, reduce="mean"):
    scores = np.exp(np.concatenate([(W[t] * x).sum(1, keepdims=True), np.einsum("nkm,nm->nk", W[samples], x)], 1))
    p = scores / scores.sum(1, keepdims=True)
    return _mean_or(reduce, -np.log(p[:, 0]) - np.log(1 - p[:, 1:]).sum(1))


def _first_classes(shape):
    """A sampler that takes the classes in turn."""
    return (np.arange(np.prod(shape)) % 3).reshape(shape).astype(np.int32)


def negative_sampling(x, t, W, sampler, sample_size, reduce="sum"):
    samples = sampler((len(t), sample_size + 1))[:, 1:]
    right = _softplus(-(W[t] * x).sum(1))
    losses = (right + _softplus(np.einsum("nkm,nm->nk", W[samples], x)).sum(1)) * (t != -1)
    return _reduced(losses, reduce)


def connectionist_temporal_classification(x, t, blank_symbol, input_length=None, label_length=None, reduce="mean"):
    """By going through all ways to label all times, and dropping repetitions and blanks."""
    log_p, losses = log_softmax(np.stack(x).swapaxes(0, 1).swapaxes(1, 2)), []
    for i, labels in enumerate(t):
        times = len(x) if input_length is None else input_length[i]
        wanted = list(labels if label_length is None else labels[: label_length[i]])
        total = -np.inf
        for way in itertools.product(range(x[0].shape[1]), repeat=int(times)):
            if [k for k, _ in itertools.groupby(way) if k != blank_symbol] == wanted:
                total = np.logaddexp(total, sum(log_p[i, k, time] for time, k in enumerate(way)))
        losses.append(-total)
    return _mean_or(reduce, np.array(losses))


def _scored(cost, xs, i):
    """All sequences of labels of the i-th sequence, with their scores."""
    steps = [x[i] for x in xs if len(x) > i]
    for way in itertools.product(range(len(cost)), repeat=len(steps)):
        moves = sum(cost[a, b] for a, b in itertools.pairwise(way))
        yield way, moves + sum(step[k] for step, k in zip(steps, way, strict=True))


def crf1d(cost, xs, ys, reduce="mean"):
    losses = []
    for i in range(len(xs[0])):
        ways = dict(_scored(cost, xs, i))
        losses.append(np.logaddexp.reduce(list(ways.values())) - ways[tuple(y[i] for y in ys if len(y) > i)])
    return _mean_or(reduce, np.array(losses))


def argmax_crf1d(cost, xs):
    return np.array([max(score for _, score in _scored(cost, xs, i)) for i in range(len(xs[0]))])


def _alike(name, ref, names=("x0", "x1"), **more):
    """A function of two arrays of one shape."""
    second = names[1]
    return Spec(
        name,
        ref,
        [dict.fromkeys(names, real(*shape)) for shape in ((3, 2), (), (1,))],
        errors=[
            Bad("expected arrays of one shape", InvalidType, **{second: np.float32([1])}),
            Bad("expected x0 and x1 of one dtype", InvalidType, **{second: np.zeros((3, 2))}),
            Bad("expected x0 to be floating point", InvalidType, **{names[0]: np.int32([1])}),
        ],
        **more,
    )


_OVERFLOW = "squares and sums of the largest numbers overflow"
_HALF = {"float16": (2e-2, 1e-2)}
_SUMS = "products and sums of several numbers are rounded in float16 on the way"


_TWICE = {"enable_double_backprop": True}
# Where they do not sum to 1 the gradient is not the slope; tests/unit has that.
_PROBABILITIES = np.array([[0.25, 0.25, 0.5], [1, 0, 0]])
_LENGTHS = {"input_length": np.int32([3, 2]), "label_length": np.int32([2, 1])}
_CRF = {"cost": real(2, 2), "xs": [real(3, 2), real(2, 2), real(2, 2)]}

ROWS = [
    _alike("absolute_error", lambda x0, x1: abs(x0 - x1), kinks=lambda x0, x1: x0 - x1, extremes=_OVERFLOW),
    Spec("argmax_crf1d", argmax_crf1d, [_CRF], take=0, orders=0, extremes=_OVERFLOW),
    Spec(
        "bernoulli_nll",
        lambda x, y, reduce="sum": _reduced(_softplus(y) - x * y, reduce),
        [
            {"x": real(3, 2, low=0, high=1), "y": real(3, 2)},
            {"x": real(3, 2), "y": real(3, 2), "reduce": "mean"},
            {"x": real(2), "y": real(3, 2), "reduce": "no"},
        ],
        extremes=_OVERFLOW,
        errors=[
            Bad("bernoulli_nll: expected reduce 'sum' or 'mean' or 'no', got 'max'", ValueError, reduce="max"),
            Bad("bernoulli_nll: expected x and y that broadcast together", InvalidType, y=np.zeros(3, "f")),
        ],
    ),
    Spec(
        "black_out",
        black_out,
        [
            # Smaller numbers: a chance of nearly 1 leaves too few digits of what it lacks in float16.
            {"x": real(3, 2, low=-1, high=1), "t": whole(3, high=2), "W": real(3, 2, low=-1, high=1), "samples": np.int32([[0, 2]] * 3)},
            {
                "x": real(1, 2, low=-1),
                "t": whole(1, high=2),
                "W": real(3, 2, low=-1, high=1),
                "samples": np.int32([[1, 1]]),
                "reduce": "no",
            },
        ],
        extremes=_OVERFLOW,
        zero="the chance of a sample is 1 where there is nothing else",
        widen=_HALF,
        because=_SUMS,
        errors=[
            Bad("black_out: expected labels at least 0 and below 3, got 3", ValueError, t=np.int32([0, 1, 3])),
            Bad("black_out: expected samples at least 0 and below 3, got -1", IndexError, samples=np.int32([[-1]] * 3)),
            Bad("black_out: expected x (n, m), t (n,)", InvalidType, t=np.int32([0])),
        ],
    ),
    Spec(
        "connectionist_temporal_classification",
        connectionist_temporal_classification,
        [
            {"x": [real(2, 3)] * 3, "t": np.int32([[1, 2], [2, 1]]), "blank_symbol": 0},
            {"x": [real(2, 3)] * 3, "t": np.int32([[1, 0], [1, -1]]), "blank_symbol": 2, **_LENGTHS, "reduce": "no"},
            {"x": [real(1, 2)] * 3, "t": np.int32([[1, 1]]), "blank_symbol": 0},
        ],
        orders=1,
        extremes=_OVERFLOW,
        errors=[
            Bad("connectionist_temporal_classification: expected x to be a list", TypeError, x=np.zeros((3, 2, 3), "f")),
            Bad("connectionist_temporal_classification: expected blank_symbol to be int", TypeError, blank_symbol=0.0),
            Bad("connectionist_temporal_classification: expected blank_symbol at least 0 and below 3", ValueError, blank_symbol=3),
            Bad("connectionist_temporal_classification: expected reduce", ValueError, reduce="sum"),
        ],
    ),
    Spec(
        "contrastive",
        contrastive,
        [
            {"x0": real(3, 2, low=0, high=1), "x1": real(3, 2, low=2, high=4), "y": whole(3), "margin": Number(0.5, 5)},
            {"x0": real(3, 2, low=0, high=1), "x1": real(3, 2, low=2, high=4), "y": whole(3), "reduce": "no"},
        ],
        kinks=lambda x0, x1, y, margin=1, reduce="mean": margin - np.linalg.norm(x0 - x1, axis=1, keepdims=True) + np.zeros((3, 2)),
        extremes=_OVERFLOW,
        errors=[
            Bad("contrastive: expected margin above 0, got 0", ValueError, margin=0),
            Bad("contrastive: expected reduce 'mean' or 'no', got 'sum'", ValueError, reduce="sum"),
            Bad("contrastive: expected arrays of one shape", InvalidType, x1=np.zeros((3, 1), "f")),
            Bad("contrastive: expected y to be integer", InvalidType, y=np.zeros(3, "f")),
        ],
    ),
    Spec(
        "crf1d",
        crf1d,
        [
            {**_CRF, "ys": [whole(3), whole(2), whole(2)]},
            {"cost": real(2, 2), "xs": [real(2, 2), real(1, 2)], "ys": [whole(2), whole(1)], "reduce": "no"},
        ],
        extremes=_OVERFLOW,
        widen={"float16": (2e-2, 1e-1)},
        because="the loss is a small difference of scores up to 20, of which float16 has three digits",
        errors=[
            Bad("crf1d: expected reduce 'mean' or 'no', got 'sum'", ValueError, reduce="sum"),
            Bad("crf1d: expected labels at least 0 and below 2, got 2", ValueError, ys=[np.int32([0, 1, 2])] * 3),
        ],
    ),
    Spec(
        "cross_covariance",
        cross_covariance,
        [{"y": real(3, 2), "z": real(3, 2)}, {"y": real(3, 1), "z": real(3, 2), "reduce": "no"}],
        extremes=_OVERFLOW,
        widen=_HALF,
        because=_SUMS,
        errors=[
            Bad("cross_covariance: expected reduce 'half_squared_sum' or 'no'", ValueError, reduce="mean"),
            Bad("cross_covariance: expected y and z of one length", InvalidType, z=np.zeros((1, 2), "f")),
        ],
    ),
    Spec(
        "decov",
        decov,
        [{"h": real(3, 2)}, {"h": real(3, 2), "reduce": "no"}],
        extremes=_OVERFLOW,
        widen=_HALF,
        because=_SUMS,
        errors=[
            Bad("decov: expected reduce 'half_squared_sum' or 'no'", ValueError, reduce="mean"),
            Bad("decov: expected h with 2 axes", InvalidType, h=np.zeros(2, "f")),
        ],
    ),
    Spec(
        "discriminative_margin_based_clustering_loss",
        discriminative,
        [
            {
                "embeddings": distinct(2, 2, 2, 2),
                "labels": np.int32([[[1, 1], [2, 0]], [[2, 2], [0, 0]]]),
                "delta_v": 0.33,
                "delta_d": delta_d,
                "max_embedding_dim": 2,
                "norm": norm,
            }
            for norm, delta_d in ((2, 2.03), (1, 0.0))  # (far apart in the second: where coordinates are equal the slope jumps)
        ],
        orders=1,
        dtypes=("float64", "float32"),
        extremes=_OVERFLOW,
        oracle={0: "Chainer's gradient of the norm of a vector of zeros is NaN"},
        errors=[
            Bad("discriminative_margin_based_clustering_loss: expected norm 1 or 2", ValueError, norm=3),
            Bad("discriminative_margin_based_clustering_loss: expected max_embedding_dim above 0", ValueError, max_embedding_dim=0),
            Bad("discriminative_margin_based_clustering_loss: expected embeddings (n, 3, h, w)", InvalidType, max_embedding_dim=3),
        ],
    ),
    Spec(
        "gaussian_kl_divergence",
        lambda mean, ln_var, reduce="sum": _reduced((mean**2 + np.exp(ln_var) - ln_var - 1) / 2, reduce),
        [{"mean": real(3, 2), "ln_var": real(3, 2)}, {"mean": real(3, 2), "ln_var": real(3, 2), "reduce": "no"}],
        extremes=_OVERFLOW,
        widen={"float16": (5e-3, 3e-3)},
        because="six small differences of numbers near 1 are added, each to float16's three digits",
        errors=[Bad("gaussian_kl_divergence: expected reduce", ValueError, reduce="max")],
    ),
    Spec(
        "gaussian_nll",
        lambda x, mean, ln_var, reduce="sum": _reduced(
            np.log(np.sqrt(2 * np.pi * np.exp(ln_var))) + (x - mean) ** 2 / np.exp(ln_var) / 2, reduce
        ),
        [
            {"x": real(3, 2), "mean": real(3, 2), "ln_var": real(3, 2, low=-2, high=2)},
            {"x": real(3, 2), "mean": real(3, 2), "ln_var": real(3, 2), "reduce": "no"},
        ],
        extremes=_OVERFLOW,
        errors=[Bad("gaussian_nll: expected reduce", ValueError, reduce="max")],
    ),
    Spec(
        "hinge",
        hinge,
        [
            {"x": real(3, 2), "t": whole(3)},
            {"x": real(3, 2), "t": whole(3), "norm": "L2", "reduce": "no"},
        ],
        kinks=lambda x, t, norm="L1", reduce="mean": 1 - abs(x),
        orders=1,
        extremes=_OVERFLOW,
        errors=[
            Bad("hinge: expected norm 'L1' or 'L2'", NotImplementedError, norm="L3"),
            Bad("hinge: expected reduce 'mean' or 'no'", ValueError, reduce="sum"),
            Bad("hinge: expected labels at least 0 and below 2, got 2", IndexError, t=np.int32([0, 1, 2])),
            Bad("hinge: expected x (n, classes) and t (n,)", InvalidType, t=np.int32([0])),
        ],
    ),
    Spec(
        "huber_loss",
        huber_loss,
        [
            {"x": real(3, 2), "t": real(3, 2), "delta": Number(0.5, 2)},
            {"x": real(3, 2), "t": real(3, 2), "delta": 1.0, "reduce": "no"},
        ],
        kinks=lambda x, t, delta, reduce="": abs(x - t) - delta,
        extremes=_OVERFLOW,
        errors=[
            Bad("huber_loss: expected reduce 'sum_along_second_axis' or 'no'", ValueError, reduce="mean"),
            Bad("huber_loss: expected arrays of one shape", InvalidType, t=np.zeros((3, 1), "f")),
        ],
    ),
    _alike(
        "mean_absolute_error",
        lambda x0, x1: np.asarray(abs(x0 - x1).mean()),
        kinks=lambda x0, x1: x0 - x1,
        extremes=_OVERFLOW,
    ),
    _alike("mean_squared_error", lambda x0, x1: np.asarray(np.mean((x0 - x1) ** 2)), extremes=_OVERFLOW),
    Spec(
        "negative_sampling",
        negative_sampling,
        [
            {"x": real(3, 2), "t": np.int32([2, -1, 0]), "W": real(3, 2), "sampler": _first_classes, "sample_size": 2},
            {"x": real(1, 2), "t": np.int32([1]), "W": real(3, 2), "sampler": _first_classes, "sample_size": 1, "reduce": "no"},
        ],
        extremes=_OVERFLOW,
        errors=[
            Bad("negative_sampling: expected reduce 'sum' or 'no'", ValueError, reduce="mean"),
            Bad("negative_sampling: expected labels at least 0 and below 3, or -1, got 3", ValueError, t=np.int32([3, 0, 0])),
            Bad("negative_sampling: expected int32 labels (n,)", InvalidType, t=np.int64([0, 0, 0])),
        ],
    ),
    Spec(
        "sigmoid_cross_entropy",
        sigmoid_cross_entropy,
        [
            {"x": real(3, 2), "t": whole(3, 2, low=-1)},
            {"x": real(3, 2), "t": whole(3, 2, low=-1), "normalize": False},
            {"x": real(3, 2), "t": whole(3, 2, low=-1, high=2), "reduce": "no"},
        ],
        extremes=_OVERFLOW,
        errors=[
            Bad("sigmoid_cross_entropy: expected reduce 'mean' or 'no'", ValueError, reduce="sum"),
            Bad("sigmoid_cross_entropy: expected t of the shape of x", InvalidType, t=np.int32([0])),
            Bad("sigmoid_cross_entropy: expected t to be integer", InvalidType, t=np.zeros((3, 2), "f")),
        ],
    ),
    Spec(
        "softmax_cross_entropy",
        softmax_cross_entropy,
        cases=[
            {"x": real(3, 2), "t": whole(3, low=-1, high=1), **_TWICE},
            {
                "x": real(2, 3, 2),
                "t": whole(2, 2, high=2),
                "class_weight": real(3, low=0.5, high=2, grad=False),
                "normalize": False,
                **_TWICE,
            },
            {"x": real(3, 2), "t": whole(3, high=1), "reduce": "no", "ignore_label": 0, **_TWICE},
            {"x": real(2, 3), "t": _PROBABILITIES},
            {"x": real(2, 3), "t": _PROBABILITIES, "reduce": "no", "soft_target_loss": "kl-divergence"},
        ],
        extremes="the sum of the largest terms overflows",
        errors=[
            Bad("softmax_cross_entropy: expected t with the shape of x", InvalidType, t=np.int32([1])),
            Bad("softmax_cross_entropy: expected x to be floating point", InvalidType, x=np.int32([[1, 1]] * 3)),
            Bad("softmax_cross_entropy: expected labels at least 0 and below 2, or -1, got 2", ValueError, t=np.int32([0, 1, 2])),
            Bad("softmax_cross_entropy: expected reduce", ValueError, reduce="sum"),
            Bad("softmax_cross_entropy: expected class_weight of one axis", ValueError, class_weight=np.int32([1, 2])),
        ],
    ),
    _alike("squared_difference", lambda x1, x2: (x1 - x2) ** 2, ("x1", "x2"), extremes=_OVERFLOW),
    _alike("squared_error", lambda x0, x1: (x0 - x1) ** 2, extremes=_OVERFLOW),
    Spec(
        "triplet",
        triplet,
        [
            {"anchor": real(3, 2), "positive": real(3, 2), "negative": real(3, 2), "margin": Number(0.5, 2)},
            {"anchor": real(3, 2), "positive": real(3, 2), "negative": real(3, 2), "reduce": "no"},
        ],
        # The difference of squares moves many times as fast as its arguments.
        kinks=lambda anchor, positive, negative, margin=0.2, reduce="": (
            (np.sum((anchor - positive) ** 2 - (anchor - negative) ** 2, axis=1, keepdims=True) + margin + np.zeros((3, 2))) / 16
        ),
        extremes=_OVERFLOW,
        errors=[
            Bad("triplet: expected margin above 0, got 0", ValueError, margin=0),
            Bad("triplet: expected reduce 'mean' or 'no'", ValueError, reduce="sum"),
            Bad("triplet: expected arrays of one shape", InvalidType, negative=np.zeros((3, 1), "f")),
        ],
    ),
]
