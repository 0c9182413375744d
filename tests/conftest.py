"""How all tests run: on two fake CPU devices, strict about dtypes and ranks, warnings are errors, programs are kept on disk.

``HYPOTHESIS_PROFILE`` is ``dev`` (few examples), ``ci`` (more, always the same) or ``deep`` (many, new ones each time).
"""

import os
import pathlib
import signal

# Before JAX is imported: it reads these once.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(pathlib.Path(__file__).parent.parent / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_NUM_CPU_DEVICES", "2")
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis
import pytest

import jax

from chainjax.backends import _by_numpy
from chainjax.engine import _replay

# A shell that runs something in the background has it ignore Ctrl-C, and so would all that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Arrays of different dtypes or ranks meet in a function only where it says so. JAX's default hides both kinds of mistake.
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

# What tests compute goes through XLA, as it does in a loop; a law says that NumPy computes the same (see ``by_numpy`` in tests/laws).
_by_numpy.COMPUTES = False

_phases = [p for p in hypothesis.Phase if p is not hypothesis.Phase.explain]  # explaining a failure may take minutes of compiling
_common = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow], "phases": _phases}
hypothesis.settings.register_profile("dev", max_examples=10, **_common)
hypothesis.settings.register_profile("ci", max_examples=25, derandomize=True, **_common)
hypothesis.settings.register_profile("deep", max_examples=300, print_blob=True, **_common)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_modifyitems(config, items):
    """Tests marked ``gpu`` run only where ``-m`` asks for them."""
    if "gpu" in (config.option.markexpr or ""):
        return
    skip = pytest.mark.skip(reason="needs an accelerator: JAX_PLATFORMS=cuda,cpu pytest -m gpu")
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(skip)


def pytest_runtest_setup():
    """Each test is a program of its own: that structures changed at some line in tests before says nothing of it."""
    _replay._last_at.clear()
    _replay._compiled.clear()
