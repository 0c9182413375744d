"""Where the largest number is."""

import jax.numpy as jnp
from jax import lax


def first_at(find, x, axis=None):
    """Where ``find`` (``jnp.max`` or ``jnp.min``) of the numbers is along an axis, the first place if there are several; NaN is found.

    The extremes of blocks come first, then one block is searched: XLA:CPU computes extremes with vectors, ``jnp.argmax`` one by one.
    """
    x = jnp.moveaxis(x, axis, -1) if axis is not None else x.ravel()
    n = x.shape[-1]
    length = 1 << (n.bit_length() // 2)
    blocks = n // length
    extremes = find(x[..., : blocks * length].reshape(*x.shape[:-1], blocks, length), -1)
    if n % length:  # the last block begins within the one before
        extremes = jnp.concatenate([extremes, find(x[..., n - length :], -1, keepdims=True)], -1)
    start = jnp.minimum(_first(find, extremes) * length, n - length)
    places = start[..., None] + lax.broadcasted_iota(jnp.int32, (*start.shape, length), start.ndim)
    block = jnp.take_along_axis(x, places, -1, mode="promise_in_bounds")
    return start + _first(find, block)


def _first(find, x):
    hit = (x == find(x, -1, keepdims=True)) | (x != x)  # where there is a NaN, it is the extreme
    return jnp.where(hit, lax.broadcasted_iota(jnp.int32, x.shape, x.ndim - 1), x.shape[-1]).min(-1)
