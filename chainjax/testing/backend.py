"""Tests that run once per kind of device."""

import contextlib
import functools
import inspect

from ..backends._device import CpuDevice, gpu_device, using_device
from ..backends.chainerx import ChainerxDevice
from ..backends.intel64 import Intel64Device
from ..config import using_config
from . import _bundle, attr

_DEFAULTS = {
    "use_chainerx": False,
    "chainerx_device": None,
    "use_cuda": False,
    "cuda_device": None,
    "use_cudnn": "never",
    "cudnn_deterministic": False,
    "autotune": False,
    "cudnn_fast_batch_normalization": False,
    "use_ideep": "never",
}


class BackendConfig:
    """A device and settings, as a context manager.

    Args:
        params: a dict; left out: ``use_chainerx=False``, ``chainerx_device=None``, ``use_cuda=False``, ``cuda_device=None``,
            ``use_cudnn="never"``, ``cudnn_deterministic=False``, ``autotune=False``, ``cudnn_fast_batch_normalization=False``,
            ``use_ideep="never"``. They are attributes of the same names.

    >>> BackendConfig({}).device
    <CpuDevice (numpy)>
    """

    def __init__(self, params):
        if not isinstance(params, dict):
            raise TypeError(f"BackendConfig: expected a dict of parameters, got {params!r}")
        unknown = [name for name in params if name not in _DEFAULTS]
        if unknown:
            raise ValueError(f"BackendConfig: expected parameters among {', '.join(_DEFAULTS)}, got {', '.join(unknown)}")
        self.__dict__.update({**_DEFAULTS, **params})
        if self.use_chainerx and not isinstance(self.chainerx_device, str):
            raise TypeError(f"BackendConfig: expected chainerx_device to name a device, as 'native:0', got {self.chainerx_device!r}")
        if self.use_cuda and self.cuda_device is None:
            self.cuda_device = 0
        self._stacks = []

    @property
    def device(self):
        """The device; an error where there is none such."""
        if self.use_cuda:
            return gpu_device(self.cuda_device)
        if self.use_chainerx:
            return ChainerxDevice(self.chainerx_device)
        return CpuDevice() if self.use_ideep == "never" else Intel64Device()

    @property
    def xp(self):
        """The module of functions for its arrays."""
        return self.device.xp

    def get_array(self, np_array):
        """A NumPy array, or a list or tuple of them, on the device."""
        return self.device.send(np_array)

    def __enter__(self):
        stack = contextlib.ExitStack()
        self._stacks.append(stack)
        for name in ("use_cudnn", "cudnn_deterministic", "autotune", "cudnn_fast_batch_normalization", "use_ideep"):
            stack.enter_context(using_config(name, getattr(self, name)))
        stack.enter_context(using_device(self.device))
        return self

    def __exit__(self, typ, value, traceback):
        self._stacks.pop().__exit__(typ, value, traceback)

    def __repr__(self):
        return f"<BackendConfig {' '.join(f'{name}={getattr(self, name)!r}' for name in _DEFAULTS)}>"

    def get_func_str(self):
        """The parameters, to be part of a name."""
        values = [(name, getattr(self, name)) for name in _DEFAULTS]
        return "__".join(f"{name}_{str(v).lower() if isinstance(v, bool) else v}" for name, v in values)

    def get_pytest_marks(self):
        """Decorators that mark a test as needing this device."""
        marks, gpu = [], None
        if self.use_chainerx:
            kind, number = self.chainerx_device.split(":")
            marks.append(attr.chainerx)
            gpu = int(number) if kind == "cuda" else None
        elif self.use_cuda:
            gpu = self.cuda_device
            if self.use_cudnn != "never":
                marks.append(attr.cudnn)
        elif self.use_ideep != "never":
            marks.append(attr.ideep)
        if gpu is not None:
            marks.append(attr.multi_gpu(gpu + 1))
        return marks


def inject_backend_tests(method_names, params):
    """Class decorator: one class for each backend, whose tests are called with a :class:`BackendConfig`.

    Args:
        method_names: the tests that take one; ``None``: all.
        params: a list of dicts, the parameters of the configurations.
    """
    if not (method_names is None or isinstance(method_names, list)):
        raise TypeError(f"inject_backend_tests: expected None or a list of names, got {method_names!r}")
    if not (isinstance(params, list) and all(isinstance(p, dict) for p in params)):
        raise TypeError(f"inject_backend_tests: expected params to be a list of dicts, got {params!r}")

    def generate(base):
        tests = _bundle.tests_of(base)
        taken = tests.keys() if method_names is None else tests.keys() & method_names
        if method_names is not None:
            yield base.__name__, dict.fromkeys(taken)
        for config in map(BackendConfig, params):
            members = {name: _with(config, test) if name in taken else None for name, test in tests.items()}
            yield f"{base.__name__}_{config.get_func_str()}", members

    return _bundle.decorator(generate)


def _with(config, test):
    @functools.wraps(test)
    def configured(self, *args, **kwargs):
        return test(self, config, *args, **kwargs)

    signature = inspect.signature(test)
    # Else pytest would look for a fixture of the name of the configuration.
    itself, _, *others = signature.parameters.values()
    configured.__signature__ = signature.replace(parameters=[itself, *others])
    for mark in config.get_pytest_marks():
        configured = mark(configured)
    return configured
