"""Updates of many small parameters: what is timed is all but arithmetic.

The gradients are NumPy arrays that may be written to after the update; the hand-written update takes copies of them.
"""

import numpy as np

COUNT, SIZE = 400, 100


def arrays():
    rng = np.random.RandomState(0)
    return [[rng.randn(SIZE).astype("f") for _ in range(COUNT)] for _ in range(2)]


def chainer_update(chainer, name):
    params, grads = arrays()
    link = chainer.Link()
    with link.init_scope():
        for i, array in enumerate(params):
            setattr(link, f"p{i:03}", chainer.Parameter(array))
    optimizer = getattr(chainer.optimizers, name)()
    optimizer.setup(link)
    for param, grad in zip(link.params(), grads, strict=True):
        param.grad = grad
    del params
    return optimizer.update


def jax_update(jax, name):
    """A buffer for each parameter and state, all donated."""
    jnp = jax.numpy
    step, n_states = {
        "SGD": (lambda p, g: (p - 0.01 * g,), 0),
        "MomentumSGD": (lambda p, g, v: (p + 0.9 * v - 0.01 * g, 0.9 * v - 0.01 * g), 1),
        "Adam": (_adam, 2),
    }[name]

    def update(params, states, grads):
        new = [step(p, g, *s) for p, g, s in zip(params, grads, states, strict=True)]
        return [n[0] for n in new], [n[1:] for n in new]

    params, grads = arrays()
    state = [[jnp.array(p) for p in params], [tuple([jnp.zeros(SIZE) for _ in range(n_states)]) for _ in params]]
    update = jax.jit(update, donate_argnums=(0, 1))

    def one():
        state[:] = update(*state, [g.copy() for g in grads])
        jax.block_until_ready(state)

    return one


def _adam(p, g, m, v):
    m, v = m + 0.1 * (g - m), v + 0.001 * (g * g - v)
    return p - 0.001 * m / (v**0.5 + 1e-8), m, v


def torch_update(torch, name):
    params, grads = arrays()
    params = [torch.nn.Parameter(torch.from_numpy(p)) for p in params]
    for p, g in zip(params, grads, strict=True):
        p.grad = torch.from_numpy(g)
    make = {"SGD": torch.optim.SGD, "MomentumSGD": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9), "Adam": torch.optim.Adam}[name]
    return make(params, lr=0.01).step


NAMES = {f"{name}, {COUNT} parameters of {SIZE}": name for name in ("SGD", "MomentumSGD", "Adam")}
CHAINER = {row: (chainer_update, (name,)) for row, name in NAMES.items()}
JAX = {row: (jax_update, (name,)) for row, name in NAMES.items()}
TORCH = {row: (torch_update, (name,)) for row, name in NAMES.items()}
