"""Where the largest number is."""

import jax.numpy as jnp
from jax import lax


def first_at(find, x, axis=None):
    """Where ``find`` (``jnp.max`` or ``jnp.min``) of the numbers is along an axis, the first place if there are several; NaN is found.

    The extremes of blocks come first, then one block is searched: XLA:CPU computes extremes with vectors, ``jnp.argmax`` one by one.
    """
    x = jnp.moveaxis(x, axis, -1) if axis is not None else x.ravel()
    n = x.shape[-1]
    block = 1 << (n.bit_length() // 2)
    padding = [(0, 0)] * (x.ndim - 1) + [(0, -n % block)]
    blocks = jnp.pad(x, padding, constant_values=-jnp.inf if find is jnp.max else jnp.inf)
    blocks = blocks.reshape(*x.shape[:-1], -(-n // block), block)
    best = _first(find, find(blocks, -1))
    found = jnp.take_along_axis(blocks, best[..., None, None], -2, mode="promise_in_bounds")[..., 0, :]
    return best * block + _first(find, found)


def _first(find, x):
    hit = (x == find(x, -1, keepdims=True)) | (x != x)  # where there is a NaN, it is the extreme
    return jnp.where(hit, lax.broadcasted_iota(jnp.int32, x.shape, x.ndim - 1), x.shape[-1]).min(-1)
