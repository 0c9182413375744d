"""Optimizers and their hooks."""

import functools

import numpy as np

from .spec import HookSpec, OptimizerSpec


def sgd(p, g, state, t, lr=0.01):
    return p - lr * g


def momentum_sgd(p, g, state, t, lr=0.01, momentum=0.9):
    state["v"] = momentum * state.get("v", 0) - lr * g
    return p + state["v"]


def ada_delta(p, g, state, t, rho=0.95, eps=1e-6):
    state["g2"] = rho * state.get("g2", 0) + (1 - rho) * g**2
    step = np.sqrt((state.get("d2", 0) + eps) / (state["g2"] + eps)) * g
    state["d2"] = rho * state.get("d2", 0) + (1 - rho) * step**2
    return p - step


def adam(
    p, g, state, t, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8, eta=1.0, weight_decay_rate=0, amsgrad=False, adabound=False,
    final_lr=0.1, gamma=0.001,
):  # fmt: skip
    m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g**2
    if amsgrad:
        v = state["largest"] = np.maximum(state.get("largest", 0), v)
    rate = alpha * np.sqrt(1 - beta2**t) / (1 - beta1**t) / (np.sqrt(v) + eps)
    if adabound:
        rate = np.clip(rate, final_lr * (1 - 1 / (gamma * t + 1)), final_lr * (1 + 1 / (gamma * t)))
    return p - eta * (rate * m + weight_decay_rate * p)


def corrected_momentum_sgd(p, g, state, t, lr=0.01, momentum=0.9):
    state["v"] = momentum * state.get("v", 0) - g
    return p + lr * state["v"]


def nesterov(p, g, state, t, lr=0.01, momentum=0.9):
    state["v"] = momentum * state.get("v", 0) - lr * g
    return p + momentum * (momentum * state["v"] - lr * g) - lr * g


def ada_grad(p, g, state, t, lr=0.001, eps=1e-8):
    state["h"] = state.get("h", 0) + g**2
    return p - lr * g / (np.sqrt(state["h"]) + eps)


def rmsprop(p, g, state, t, lr=0.01, alpha=0.99, eps=1e-8, eps_inside_sqrt=False):
    ms = state["ms"] = alpha * state.get("ms", 0) + (1 - alpha) * g**2
    return p - lr * g / (np.sqrt(ms + eps) if eps_inside_sqrt else np.sqrt(ms) + eps)


def rmsprop_graves(p, g, state, t, lr=1e-4, alpha=0.95, momentum=0.9, eps=1e-4):
    state["n"] = alpha * state.get("n", 0) + (1 - alpha) * g**2
    state["g"] = alpha * state.get("g", 0) + (1 - alpha) * g
    state["d"] = momentum * state.get("d", 0) - lr * g / np.sqrt(state["n"] - state["g"] ** 2 + eps)
    return p + state["d"]


def smorms3(p, g, state, t, lr=0.001, eps=1e-16):
    r = 1 / (state.get("k", 1) + 1)
    state["g"] = (1 - r) * state.get("g", 0) + r * g
    state["g2"] = (1 - r) * state.get("g2", 0) + r * g**2
    x = state["g"] ** 2 / (state["g2"] + eps)
    state["k"] = 1 + state.get("k", 1) * (1 - x)
    return p - g * np.minimum(x, lr) / (np.sqrt(state["g2"]) + eps)


def msvag(p, g, state, t, lr=0.1, beta=0.9, eta=1.0, weight_decay_rate=0):
    state["m"] = beta * state.get("m", 0) + (1 - beta) * g
    state["v"] = beta * state.get("v", 0) + (1 - beta) * g**2
    mean, square = state["m"] / (1 - beta**t), state["v"] / (1 - beta**t)
    rho = min(((1 - beta) / (1 - beta**t)) ** 2 * (1 - beta ** (2 * t)) / (1 - beta**2), 0.9999)
    spread = (square - mean**2) / (1 - rho)
    return p - eta * (lr * mean * np.clip(mean**2 / (mean**2 + rho * spread), 0, 1) + weight_decay_rate * p)


_FAST = {"alpha": 0.3}
_INSIDE = {"eps": 0.1, "eps_inside_sqrt": True}
_DECAY = {"beta": 0.5, "weight_decay_rate": 0.1, "eta": 0.5}

ROWS = [
    OptimizerSpec("AMSBound", functools.partial(adam, amsgrad=True, adabound=True), {"gamma": 0.1}, ("gamma", 0.5), _FAST),
    OptimizerSpec("AMSGrad", functools.partial(adam, amsgrad=True), {"alpha": 0.01}, ("beta2", 0.5), _FAST),
    OptimizerSpec("AdaBound", functools.partial(adam, adabound=True), {"gamma": 0.1}, ("gamma", 0.5), _FAST),
    OptimizerSpec("AdaDelta", ada_delta, {"rho": 0.9, "eps": 1e-4}, ("rho", 0.5), {"eps": 1e-1}),
    OptimizerSpec("AdaGrad", ada_grad, {"lr": 0.1}, ("lr", 0.5), {"lr": 0.5}),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "beta1": 0.8}, ("alpha", 0.5), _FAST),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "weight_decay_rate": 0.1, "eta": 0.5}, ("eta", 2.0), _FAST),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "amsgrad": True}, ("beta2", 0.5), {**_FAST, "amsgrad": True}),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "adabound": True, "gamma": 0.1}, ("gamma", 0.5), {**_FAST, "adabound": True}),
    OptimizerSpec("AdamW", adam, {"alpha": 0.01, "weight_decay_rate": 0.1}, ("eta", 2.0), _FAST),
    OptimizerSpec("CorrectedMomentumSGD", corrected_momentum_sgd, {"lr": 0.1, "momentum": 0.5}, ("lr", 0.5), {"lr": 0.1, "momentum": 0.5}),
    OptimizerSpec("MSVAG", msvag, {"lr": 0.1, "beta": 0.5}, ("lr", 0.5), {"lr": 0.1}),
    OptimizerSpec("MSVAG", msvag, _DECAY, ("eta", 0.25), {"lr": 0.1}),
    OptimizerSpec("MomentumSGD", momentum_sgd, {"lr": 0.1, "momentum": 0.5}, ("momentum", 0.1), {"lr": 0.1, "momentum": 0.5}),
    OptimizerSpec("NesterovAG", nesterov, {"lr": 0.1, "momentum": 0.5}, ("momentum", 0.1), {"lr": 0.1, "momentum": 0.5}),
    OptimizerSpec("RMSprop", rmsprop, {"lr": 0.1, "alpha": 0.8}, ("alpha", 0.5), {"lr": 0.05, "alpha": 0.9}),
    OptimizerSpec(
        "RMSprop", rmsprop, {"eps": 0.1, "eps_inside_sqrt": True}, ("eps", 0.5), {"lr": 0.1, "eps": 0.1, "eps_inside_sqrt": True}
    ),
    OptimizerSpec("RMSpropGraves", rmsprop_graves, {"lr": 0.1}, ("momentum", 0.5), {"lr": 0.1, "eps": 1.0, "momentum": 0.5}),
    OptimizerSpec("SGD", sgd, {"lr": 0.1}, ("lr", 0.5), {"lr": 0.2}),
    OptimizerSpec("SMORMS3", smorms3, {"lr": 0.1, "eps": 1e-8}, ("lr", 0.5), {"lr": 0.3, "eps": 1e-8}),
]


def weight_decay(params, grads, t, rate):
    return [g + rate * p for p, g in zip(params, grads, strict=True)]


def lasso(params, grads, t, rate):
    return [g + rate * np.sign(p) for p, g in zip(params, grads, strict=True)]


def hard_clipping(params, grads, t, low, high):
    return [np.minimum(np.maximum(g, low), high) for g in grads]


def clipping(params, grads, t, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    return [g * min(1, threshold / norm) for g in grads]


def noise(params, grads, t, eta):
    return [g + np.random.normal(0, np.sqrt(eta / (1 + t) ** 0.55), g.shape) for g in grads]


def lars(params, grads, t, threshold, weight_decay):
    new = [g + weight_decay * p for p, g in zip(params, grads, strict=True)]
    sizes = [(np.linalg.norm(p), np.linalg.norm(g)) for p, g in zip(params, grads, strict=True)]
    return [g * (p / (q + weight_decay * p) if p > threshold else 1) for g, (p, q) in zip(new, sizes, strict=True)]


HOOKS = [
    HookSpec("GradientClipping", (0.5,), clipping),
    HookSpec("GradientHardClipping", (-0.25, 0.5), hard_clipping),
    HookSpec("GradientLARS", (0.1, 0.1), lars),
    HookSpec("GradientLARS", (100.0, 0.1), lars),
    HookSpec("GradientNoise", (0.1,), noise),
    HookSpec("Lasso", (0.1,), lasso),
    HookSpec("WeightDecay", (0.1,), weight_decay),
]
