"""What runs here."""

import platform
import sys

import numpy as np

import jax


def print_runtime_info(out=None):
    """Print the versions of Python, NumPy, JAX and chainjax, and JAX's devices, to a file or the standard output."""
    import chainjax

    rows = {
        "Platform": platform.platform(),
        "Python": platform.python_version(),
        "chainjax": chainjax.__version__,
        "NumPy": np.__version__,
        "JAX": jax.__version__,
        "Devices": ", ".join(map(str, jax.devices())),
    }
    out = sys.stdout if out is None else out
    out.write("".join([f"{name}: {value}\n" for name, value in rows.items()]))
    out.flush()
