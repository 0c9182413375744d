"""Imported before all else: importing JAX draws from NumPy's global random numbers (jax._src.clusters.k8s_cluster does).

A script that calls ``numpy.random.seed(0)`` before it imports us gets the numbers that it gets with Chainer.
"""

import numpy as np

_state = np.random.get_state()

import jax  # noqa: E402, F401 - the state above is of before

np.random.set_state(_state)
