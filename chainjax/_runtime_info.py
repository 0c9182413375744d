"""What runs here."""

import platform
import sys

import numpy as np

import jax


def _get_runtime_info():
    import chainjax
    from chainjax.compat._install import _Chainer

    rows = {
        "Platform": platform.platform(),
        "Python": platform.python_version(),
        "chainjax": f"{chainjax.__version__} (with the names of Chainer {_Chainer.__version__})",
        "NumPy": np.__version__,
        "JAX": jax.__version__,
        "Devices": ", ".join(map(str, jax.devices())),
    }
    return "".join([f"{name}: {value}\n" for name, value in rows.items()])


def print_runtime_info(out=None):
    """Print the versions of Python, NumPy, JAX and chainjax, and JAX's devices, to a file or the standard output."""
    out = sys.stdout if out is None else out
    out.write(_get_runtime_info())
    out.flush()
