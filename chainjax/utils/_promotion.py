"""Other people's code under the host program's settings of JAX."""

import contextlib

import jax


@contextlib.contextmanager
def relaxed():
    """Context manager: dtypes and ranks are promoted as JAX does by default, whatever the host program says."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield
