"""Every function, forward and backward, in chainjax and in Chainer, turn by turn: ``python -m benchmarks.functions --help``.

A case draws its arguments; floating-point arrays become Variables, whose gradients are computed. A step makes several calls, each with
arguments of its own. What counts is the steady state, after programs have been compiled.
"""

import argparse
import json
import math
import pathlib
import statistics
import sys
import time
import warnings

import numpy as np

# Calls in a step. One call alone would measure what it costs to start a program.
CALLS = 8


class Draw:
    """Arguments, the same ones for the same seed."""

    def __init__(self, seed):
        self.rng = np.random.RandomState(seed)

    def real(self, *shape):
        return self.rng.standard_normal(shape).astype(np.float32)

    def unit(self, *shape):
        """Between 0.1 and 0.9, where all functions are defined."""
        return self.rng.uniform(0.1, 0.9, shape).astype(np.float32)

    def whole(self, n, *shape):
        return self.rng.randint(0, n, shape).astype(np.int32)

    def positive_definite(self, n, size):
        a = self.real(n, size, size)
        return a @ a.transpose(0, 2, 1) + size * np.eye(size, dtype=np.float32)


N, M = 100, 1000  # the matrix that elementwise functions get
IMAGES = 16, 32, 32, 32

# One argument, taken element by element.
UNARY = """
    absolute arccos arcsin arctan arctanh ceil cos cosh digamma erf erfc erfcinv erfcx erfinv exp expm1 fix floor lgamma
    log log10 log1p log2 log_ndtr ndtr ndtri rsqrt sigmoid sign sin sinh sqrt square tan tanh clipped_relu elu
    hard_sigmoid leaky_relu relu relu6 rrelu selu softplus crelu dropout flatten fliplr flipud identity softmax
    log_softmax logsumexp max min argmax argmin mean average sum prod cumsum cumprod normalize batch_l2_norm_squared
"""

# Two arguments of one shape.
BINARY = """
    add arctan2 fmod maximum minimum squared_difference squared_error absolute_error mean_absolute_error
    mean_squared_error bernoulli_nll gaussian gaussian_kl_divergence
"""

CASES = {
    **{name: lambda d: ([d.unit(N, M)], {}) for name in UNARY.split()},
    **{name: lambda d: ([d.unit(N, M), d.unit(N, M)], {}) for name in BINARY.split()},
    # activation, noise
    "maxout": lambda d: ([d.real(N, M), 4], {}),
    "prelu": lambda d: ([d.real(N, M), d.unit(M)], {}),
    "swish": lambda d: ([d.real(N, M), d.unit(M)], {}),
    "lstm": lambda d: ([d.real(N, 200), d.real(N, 800)], {}),
    "slstm": lambda d: ([d.real(N, 200), d.real(N, 200), d.real(N, 800), d.real(N, 800)], {}),
    "tree_lstm": lambda d: ([d.real(N, 200), d.real(N, 200), d.real(N, 1000)], {}),
    "gumbel_softmax": lambda d: ([d.real(N, M)], {}),
    "simplified_dropconnect": lambda d: ([d.real(N, 200), d.real(100, 200), d.real(100)], {}),
    "zoneout": lambda d: ([d.real(N, M), d.real(N, M)], {}),
    # array
    "as_strided": lambda d: ([d.real(N * M), (N, M // 2), (M, 2)], {}),
    "broadcast": lambda d: ([d.real(N, M), d.real(M)], {}),
    "broadcast_to": lambda d: ([d.real(M), (N, M)], {}),
    "cast": lambda d: ([d.real(N, M), np.float16], {}),
    "clip": lambda d: ([d.real(N, M), -1.0, 1.0], {}),
    "concat": lambda d: ([[d.real(N, M), d.real(N, M)]], {}),
    "depth2space": lambda d: ([d.real(*IMAGES), 2], {}),
    "diagonal": lambda d: ([d.real(N, M)], {}),
    "dstack": lambda d: ([[d.real(N, M), d.real(N, M)]], {}),
    "expand_dims": lambda d: ([d.real(N, M), 1], {}),
    "flip": lambda d: ([d.real(N, M), 1], {}),
    "get_item": lambda d: ([d.real(N, M), (slice(10, 90), slice(None, None, 2))], {}),
    "hstack": lambda d: ([[d.real(N, M), d.real(N, M)]], {}),
    "im2col": lambda d: ([d.real(*IMAGES), 3], {"pad": 1}),
    "moveaxis": lambda d: ([d.real(*IMAGES), 1, 3], {}),
    "pad": lambda d: ([d.real(N, M), 2, "constant"], {}),
    "pad_sequence": lambda d: ([[d.real(n, 100) for n in range(5, 40)]], {}),
    "permutate": lambda d: ([d.real(N, M), np.random.RandomState(0).permutation(N).astype(np.int32)], {}),
    "repeat": lambda d: ([d.real(N, M), 2, 1], {}),
    "reshape": lambda d: ([d.real(N, M), (M, N)], {}),
    "resize_images": lambda d: ([d.real(4, 3, 64, 64), (96, 96)], {}),
    "rollaxis": lambda d: ([d.real(*IMAGES), 3], {}),
    "scatter_add": lambda d: ([d.real(N, M), d.rng.permutation(N)[:50], d.real(50, M)], {}),
    "select_item": lambda d: ([d.real(N, M), d.whole(M, N)], {}),
    "separate": lambda d: ([d.real(10, M), 0], {}),
    "space2depth": lambda d: ([d.real(*IMAGES), 2], {}),
    "spatial_transformer_grid": lambda d: ([d.real(16, 2, 3), (32, 32)], {}),
    "spatial_transformer_sampler": lambda d: ([d.real(4, 3, 32, 32), d.unit(4, 2, 32, 32)], {}),
    "split_axis": lambda d: ([d.real(N, M), 4, 1], {}),
    "squeeze": lambda d: ([d.real(N, 1, M)], {}),
    "stack": lambda d: ([[d.real(N, M), d.real(N, M)]], {}),
    "sum_to": lambda d: ([d.real(N, M), (1, M)], {}),
    "swapaxes": lambda d: ([d.real(N, M), 0, 1], {}),
    "tile": lambda d: ([d.real(N, M), (2, 2)], {}),
    "transpose": lambda d: ([d.real(N, M)], {}),
    "transpose_sequence": lambda d: ([[d.real(n, 100) for n in range(20, 0, -1)]], {}),
    "vstack": lambda d: ([[d.real(N, M), d.real(N, M)]], {}),
    "where": lambda d: ([d.whole(2, N, M).astype(bool), d.real(N, M), d.real(N, M)], {}),
    # math
    "batch_det": lambda d: ([d.positive_definite(32, 8)], {}),
    "batch_inv": lambda d: ([d.positive_definite(32, 8)], {}),
    "batch_matmul": lambda d: ([d.real(16, 64, 64), d.real(16, 64, 64)], {}),
    "bias": lambda d: ([d.real(*IMAGES), d.real(32)], {}),
    "cholesky": lambda d: ([d.positive_definite(1, 32)[0]], {}),
    "det": lambda d: ([d.positive_definite(1, 32)[0]], {}),
    "einsum": lambda d: (["ij,jk->ik", d.real(N, 200), d.real(200, N)], {}),
    "fft": lambda d: ([(d.real(N, 256), d.real(N, 256))], {}),
    "ifft": lambda d: ([(d.real(N, 256), d.real(N, 256))], {}),
    "inv": lambda d: ([d.positive_definite(1, 32)[0]], {}),
    "linear_interpolate": lambda d: ([d.unit(N, M), d.real(N, M), d.real(N, M)], {}),
    "matmul": lambda d: ([d.real(N, 200), d.real(200, N)], {}),
    "polygamma": lambda d: ([np.int32(2) + np.zeros((N, M), np.int32), d.unit(N, M)], {}),
    "scale": lambda d: ([d.real(*IMAGES), d.real(32)], {}),
    "tensordot": lambda d: ([d.real(20, 30, 40), d.real(40, 30, 20)], {"axes": ((1, 2), (1, 0))}),
    "zeta": lambda d: ([2 + np.zeros((N, M), np.int32), d.unit(N, M)], {}),
    # connection
    "bilinear": lambda d: ([d.real(N, 20), d.real(N, 30), d.real(20, 30, 10)], {}),
    "convolution_1d": lambda d: ([d.real(16, 32, 256), d.real(32, 32, 3), d.real(32)], {"pad": 1}),
    "convolution_2d": lambda d: ([d.real(*IMAGES), d.real(32, 32, 3, 3), d.real(32)], {"pad": 1}),
    "convolution_2d, 8 groups": lambda d: ([d.real(*IMAGES), d.real(32, 4, 3, 3), d.real(32)], {"pad": 1, "groups": 8}),
    "convolution_3d": lambda d: ([d.real(4, 8, 12, 12, 12), d.real(8, 8, 3, 3, 3), d.real(8)], {"pad": 1}),
    "deconvolution_1d": lambda d: ([d.real(16, 32, 256), d.real(32, 32, 3), d.real(32)], {"pad": 1}),
    "deconvolution_2d": lambda d: ([d.real(*IMAGES), d.real(32, 32, 3, 3), d.real(32)], {"pad": 1}),
    "deconvolution_3d": lambda d: ([d.real(4, 8, 12, 12, 12), d.real(8, 8, 3, 3, 3), d.real(8)], {"pad": 1}),
    "deformable_convolution_2d_sampler": lambda d: ([d.real(2, 8, 16, 16), d.unit(2, 18, 16, 16), d.real(8, 8, 3, 3)], {"pad": 1}),
    "depthwise_convolution_2d": lambda d: ([d.real(*IMAGES), d.real(1, 32, 3, 3)], {"pad": 1}),
    "dilated_convolution_2d": lambda d: ([d.real(*IMAGES), d.real(32, 32, 3, 3)], {"pad": 2, "dilate": 2}),
    "embed_id": lambda d: ([d.whole(M, N), d.real(M, 200)], {}),
    "linear": lambda d: ([d.real(N, 784), d.real(100, 784), d.real(100)], {}),
    "local_convolution_2d": lambda d: ([d.real(8, 4, 12, 12), d.real(4, 10, 10, 4, 3, 3)], {}),
    "shift": lambda d: ([d.real(16, 36, 32, 32)], {}),
    # pooling
    "average_pooling_1d": lambda d: ([d.real(16, 32, 256), 2], {}),
    "average_pooling_2d": lambda d: ([d.real(*IMAGES), 2], {}),
    "average_pooling_3d": lambda d: ([d.real(4, 8, 12, 12, 12), 2], {}),
    "max_pooling_1d": lambda d: ([d.real(16, 32, 256), 2], {}),
    "max_pooling_2d": lambda d: ([d.real(*IMAGES), 2], {}),
    "max_pooling_3d": lambda d: ([d.real(4, 8, 12, 12, 12), 2], {}),
    "roi_average_align_2d": lambda d: ([d.real(2, 8, 32, 32), _rois(d), d.whole(2, 16), 7, 1.0], {}),
    "roi_average_pooling_2d": lambda d: ([d.real(2, 8, 32, 32), _rois(d), d.whole(2, 16), 7, 1.0], {}),
    "roi_max_align_2d": lambda d: ([d.real(2, 8, 32, 32), _rois(d), d.whole(2, 16), 7, 1.0], {}),
    "roi_max_pooling_2d": lambda d: ([d.real(2, 8, 32, 32), _rois(d), d.whole(2, 16), 7, 1.0], {}),
    "roi_pooling_2d": lambda d: ([d.real(2, 8, 32, 32), np.c_[d.whole(2, 16), _rois(d)].astype("f"), 7, 7, 1.0], {}),
    "spatial_pyramid_pooling_2d": lambda d: ([d.real(*IMAGES), 3], {"pooling": "max"}),
    "unpooling_1d": lambda d: ([d.real(16, 32, 128), 2], {}),
    "unpooling_2d": lambda d: ([d.real(16, 32, 16, 16), 2], {}),
    "unpooling_3d": lambda d: ([d.real(4, 8, 6, 6, 6), 2], {}),
    "upsampling_2d": lambda d: ([d.real(16, 32, 16, 16), d.whole(4, 16, 32, 16, 16), 2], {"outsize": (32, 32)}),
    # normalization
    "batch_normalization": lambda d: ([d.real(*IMAGES), d.real(32), d.real(32)], {}),
    "batch_renormalization": lambda d: (
        [d.real(*IMAGES), d.real(32), d.real(32), 3.0, 5.0],
        {"running_mean": np.zeros(32, "f"), "running_var": np.ones(32, "f")},
    ),
    "decorrelated_batch_normalization": lambda d: ([d.real(*IMAGES)], {"groups": 4}),
    "fixed_batch_normalization": lambda d: ([d.real(*IMAGES), d.real(32), d.real(32), d.real(32), d.unit(32)], {}),
    "group_normalization": lambda d: ([d.real(*IMAGES), 4, d.real(32), d.real(32)], {}),
    "layer_normalization": lambda d: ([d.real(N, M), d.real(M), d.real(M)], {}),
    "local_response_normalization": lambda d: ([d.real(*IMAGES)], {}),
    # loss, evaluation
    "accuracy": lambda d: ([d.real(N, M), d.whole(M, N)], {}),
    "binary_accuracy": lambda d: ([d.real(N, M), d.whole(2, N, M)], {}),
    "connectionist_temporal_classification": lambda d: ([[d.real(16, 20) for _ in range(20)], d.whole(19, 16, 5) + 1, 0], {}),
    "contrastive": lambda d: ([d.real(N, 200), d.real(N, 200), d.whole(2, N)], {}),
    "crf1d": lambda d: ([d.real(10, 10), [d.real(16, 10) for _ in range(20)], [d.whole(10, 16) for _ in range(20)]], {}),
    "cross_covariance": lambda d: ([d.real(N, 100), d.real(N, 100)], {}),
    "decov": lambda d: ([d.real(N, 100)], {}),
    "gaussian_nll": lambda d: ([d.real(N, M), d.real(N, M), d.real(N, M)], {}),
    "hinge": lambda d: ([d.real(N, M), d.whole(M, N)], {}),
    "huber_loss": lambda d: ([d.real(N, M), d.real(N, M), 1.0], {}),
    "r2_score": lambda d: ([d.real(N, M), d.real(N, M)], {}),
    "sigmoid_cross_entropy": lambda d: ([d.real(N, M), d.whole(2, N, M)], {}),
    "softmax_cross_entropy": lambda d: ([d.real(N, M), d.whole(M, N)], {}),
    "triplet": lambda d: ([d.real(N, 200), d.real(N, 200), d.real(N, 200)], {}),
    # rnn
    "n_step_lstm": lambda d: _n_step(d, 8, 1, cell=True),
    "n_step_gru": lambda d: _n_step(d, 6, 1),
    "n_step_rnn": lambda d: _n_step(d, 2, 1),
    "n_step_bilstm": lambda d: _n_step(d, 8, 2, cell=True),
    "n_step_bigru": lambda d: _n_step(d, 6, 2),
    "n_step_birnn": lambda d: _n_step(d, 2, 2),
}

# NumPy gives these as views, which cost nothing until something reads them; XLA copies. So there is a case with a reader for each.
VIEWS = "as_strided diagonal expand_dims flip moveaxis reshape rollaxis squeeze swapaxes transpose"
SQUARED = ", squared"
CASES.update({name + SQUARED: CASES[name] for name in VIEWS.split()})


def _rois(d):
    corner = d.rng.uniform(0, 16, (16, 2))
    return np.concatenate([corner, corner + d.rng.uniform(4, 15, (16, 2))], axis=1).astype(np.float32)


def _n_step(d, matrices, directions, cell=False, size=100):
    sequences = [d.real(16 - n // 2, size) for n in range(20)]  # one time step each; the longest sentences go on
    state = d.real(directions, 16, size)
    weights = [[0.1 * d.real(size, size) for _ in range(matrices)] for _ in range(directions)]
    biases = [[0.1 * d.real(size) for _ in range(matrices)] for _ in range(directions)]
    return [1, 0.0, state, *([state] if cell else []), weights, biases, sequences], {}


def make(chainer, name):
    """A step of a case: forward and backward of ``CALLS`` calls with arguments of their own, as in a network. Gives the time of one."""
    function = getattr(chainer.functions, name.split(",")[0])
    used = chainer.functions.square if name.endswith(SQUARED) else _unchanged
    calls = [Call(chainer, *CASES[name](Draw(seed))) for seed in range(CALLS)]

    def step():
        start = time.perf_counter()
        seen, ways = [], []
        for call in calls:
            ys = [y for y in _leaves(used(function(*call.args, **call.kwargs))) if isinstance(y, chainer.Variable)]
            seen += ys
            ways += [y for y in ys if y.creator_node is not None and y.dtype.kind == "f" and y.requires_grad]
        if ways:
            seen += chainer.grad(ways, [x for call in calls for x in call.variables])
        finished([v for v in seen if v is not None])
        return {"step": (time.perf_counter() - start) / CALLS}

    return step


class Call:
    """The arguments of one call; arrays of floating-point numbers are Variables."""

    def __init__(self, chainer, args, kwargs):
        self.chainer, self.kwargs, self.variables = chainer, kwargs, []
        self.args = [self.wrapped(a) for a in args]

    def wrapped(self, a):
        if isinstance(a, (list, tuple)) and any(isinstance(x, (np.ndarray, list)) for x in a):
            return type(a)(map(self.wrapped, a))
        if isinstance(a, np.ndarray) and a.dtype.kind == "f":
            self.variables.append(self.chainer.Variable(a))
            return self.variables[-1]
        return a


def finished(variables):
    """Wait for numbers; they stay where they were computed. Chainer has them already."""
    if hasattr(variables[0], "jax"):
        import jax

        jax.block_until_ready([v.jax for v in variables])


def _unchanged(y):
    return y


def _leaves(y):
    return [leaf for part in y for leaf in _leaves(part)] if isinstance(y, (list, tuple)) else [y]


def main():
    from .__main__ import Contender, compete

    parser = argparse.ArgumentParser(prog="python -m benchmarks.functions", description=__doc__)
    parser.add_argument("--chainer", metavar="PYTHON", default=sys.executable, help="interpreter that has Chainer 7.8.1; see worker.py")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.1)
    parser.add_argument("--save", metavar="FILE", help="write the ratios to this file, as JSON")
    args = parser.parse_args()
    contenders = [Contender("chainjax", sys.executable), Contender("chainer", args.chainer)]
    ratios, missing = {}, []
    print(f"{'':42} {'chainjax':>12} {'chainer':>10}")
    for name in CASES:
        if args.only not in name:
            continue
        times = compete(name, contenders, args.rounds, args.seconds).get("step", {})
        if len(times) < 2:
            missing.append(f"{name} ({' and '.join({'chainjax', 'chainer'} - set(times))})")
            continue
        ratio = statistics.median([t / o for t, o in zip(times["chainer"], times["chainjax"], strict=True)])
        ratios[name] = ratio
        print(f"{name:42} {statistics.median(times['chainjax']) * 1e3:9.3f} ms {ratio:9.2f}x{'   slower' if ratio < 1 else ''}", flush=True)
    if ratios:
        mean = math.exp(statistics.fmean(map(math.log, ratios.values())))
        slower = sum(r < 1 for r in ratios.values())
        print(f"\n{len(ratios)} cases, geometric mean {mean:.2f}x, slower than Chainer: {slower}")
    if missing:
        print("could not be run:", ", ".join(missing))
    if args.save:
        pathlib.Path(args.save).write_text(json.dumps(ratios, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
