"""Optimizers and their hooks."""

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


_FAST = {"alpha": 0.3}

ROWS = [
    OptimizerSpec("AdaDelta", ada_delta, {"rho": 0.9, "eps": 1e-4}, ("rho", 0.5), {"eps": 1e-1}),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "beta1": 0.8}, ("alpha", 0.5), _FAST),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "weight_decay_rate": 0.1, "eta": 0.5}, ("eta", 2.0), _FAST),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "amsgrad": True}, ("beta2", 0.5), {**_FAST, "amsgrad": True}),
    OptimizerSpec("Adam", adam, {"alpha": 0.01, "adabound": True, "gamma": 0.1}, ("gamma", 0.5), {**_FAST, "adabound": True}),
    OptimizerSpec("MomentumSGD", momentum_sgd, {"lr": 0.1, "momentum": 0.5}, ("momentum", 0.1), {"lr": 0.1, "momentum": 0.5}),
    OptimizerSpec("SGD", sgd, {"lr": 0.1}, ("lr", 0.5), {"lr": 0.2}),
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


HOOKS = [
    HookSpec("GradientClipping", (0.5,), clipping),
    HookSpec("GradientHardClipping", (-0.25, 0.5), hard_clipping),
    HookSpec("GradientNoise", (0.1,), noise),
    HookSpec("Lasso", (0.1,), lasso),
    HookSpec("WeightDecay", (0.1,), weight_decay),
]
