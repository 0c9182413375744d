"""Settings, for the process (``global_config``) and for one thread (``config``), with Chainer's names and chainjax's own.

chainjax adds: ``lazy`` (``False`` computes every call at once), ``deterministic`` (one tier of replay only, the kernels
of XLA, so that equal runs are equal bit for bit) and ``verify_replay`` (every replay is checked entry by entry).
"""

import os
import sys
import threading
from typing import Any

import numpy as np

from . import engine


class _Mixed16:
    """Stands for 16-bit data with 32-bit parameters where a dtype is asked for."""

    dtype = np.dtype(np.float16)

    def __repr__(self):
        return "dtype('mixed16')"

    def __reduce__(self):
        return "mixed16"  # there is only this one, in other processes too


mixed16 = _Mixed16()

# Settings that recording looks at for every entry: the engine keeps them with each thread, under these names.
_MIRRORED = {"enable_backprop": "backprop", "lazy": "lazy", "debug": "debug", "deterministic": "deterministic", "verify_replay": "verify"}


def _flag(variable, default="0"):
    return bool(int(os.environ.get(variable, default)))


def _dtype_of_environment():
    name = os.environ.get("CHAINER_DTYPE", "float32")
    if name == "mixed16":
        return mixed16
    if name not in ("float16", "float32", "float64"):
        raise TypeError(f"CHAINER_DTYPE: expected float16, float32, float64 or mixed16, got {name!r}")
    return np.dtype(name)


class GlobalConfig:
    """Settings of the process: what a thread sees until it sets its own. Unknown names may be set, and are then known."""

    autotune: Any = False
    compute_mode: Any = None
    cudnn_deterministic: Any = False
    cudnn_fast_batch_normalization: Any = _flag("CHAINER_CUDNN_FAST_BATCH_NORMALIZATION")
    debug: Any = _flag("CHAINER_DEBUG")
    deterministic: Any = False
    dtype: Any = _dtype_of_environment()
    enable_backprop: Any = True
    in_recomputing: Any = False
    _will_recompute: Any = False
    keep_graph_on_report: Any = _flag("CHAINER_KEEP_GRAPH_ON_REPORT")
    lazy: Any = _flag("CHAINJAX_LAZY", "1")
    lazy_grad_sum: Any = _flag("CHAINER_LAZY_GRAD_SUM")
    schedule_func: Any = None
    train: Any = True
    type_check: Any = _flag("CHAINER_TYPE_CHECK", "1")
    use_cudnn: Any = os.environ.get("CHAINER_USE_CUDNN", "auto")
    use_cudnn_tensor_core: Any = "auto"
    use_ideep: Any = os.environ.get("CHAINER_USE_IDEEP", "never")
    use_static_graph: Any = True
    verify_replay: Any = False
    warn_nondeterministic: Any = False

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if name in _MIRRORED and self is global_config:
            engine.set_default(_MIRRORED[name], bool(value))

    def show(self, file=sys.stdout):
        """Print all settings, a line each."""
        _show(self, self.__dict__, file)


class LocalConfig:
    """Settings of the calling thread; what it has not set is read from the global ones."""

    def __init__(self, global_config):
        object.__setattr__(self, "_global", global_config)
        object.__setattr__(self, "_local", threading.local())

    def __getattr__(self, name):
        found = self._local.__dict__
        return found[name] if name in found else getattr(self._global, name)

    def __setattr__(self, name, value):
        setattr(self._local, name, value)
        if name in _MIRRORED:
            engine.thread().set(_MIRRORED[name], bool(value))

    def __delattr__(self, name):
        delattr(self._local, name)
        if name in _MIRRORED:
            engine.thread().unset(_MIRRORED[name])

    def show(self, file=sys.stdout):
        """Print all settings as this thread sees them, a line each."""
        _show(self, {**self._global.__dict__, **self._local.__dict__}, file)


def _show(settings, names, file):
    width = max(map(len, names), default=0)
    for name in sorted(names):
        file.write(f"{name:<{width}} {getattr(settings, name)}\n")


class using_config:
    """Context manager: ``config.name`` is ``value`` inside, and what it was, or unset, after.

    >>> with using_config("train", False):
    ...     config.train
    False
    """

    def __init__(self, name, value, config=None):
        self.name, self.value = name, value
        self.config = globals()["config"] if config is None else config

    def __enter__(self):
        mine = self.config._local.__dict__
        self._had = self.name in mine
        self._old = mine.get(self.name)
        setattr(self.config, self.name, self.value)

    def __exit__(self, *exc):
        if self._had:
            setattr(self.config, self.name, self._old)
        else:
            delattr(self.config, self.name)


global_config = GlobalConfig()
for _name in GlobalConfig.__annotations__:
    setattr(global_config, _name, getattr(global_config, _name))
config = LocalConfig(global_config)


def is_debug():
    """Whether this thread is in debug mode: every call is computed at once and checked for NaN."""
    return bool(config.debug)


def set_debug(debug):
    """Switch debug mode of this thread."""
    config.debug = debug


class DebugMode(using_config):
    """Context manager for debug mode; ``using_config("debug", ...)`` says the same."""

    def __init__(self, debug):
        import warnings

        warnings.warn('DebugMode is deprecated; use using_config("debug", ...)', DeprecationWarning, stacklevel=2)
        super().__init__("debug", debug)


def get_dtype(dtype=None, map_mixed16=None):
    """``dtype``, or that of ``config.dtype``; mixed16 becomes ``map_mixed16`` where that is given, else float16."""
    if dtype is None:
        dtype = config.dtype
    if dtype is mixed16:
        dtype = mixed16.dtype if map_mixed16 is None else map_mixed16
    return np.dtype(dtype)


def get_compute_mode():
    """The setting ``compute_mode``; kept for code that asks."""
    return config.compute_mode
