"""Profiles of GPUs."""

import jax

from ..backends import cuda
from ..function_hook import FunctionHook


class CUDAProfileHook(FunctionHook):
    """Marks the time of each function in the profile of a GPU that ``jax.profiler.trace`` takes.

    Raises:
        RuntimeError: JAX has no GPU here.
    """

    name = "CUDAProfileHook"

    def __init__(self):
        cuda.check_cuda_available()
        self._ranges = []

    def _push(self, name):
        self._ranges.append(jax.profiler.TraceAnnotation(name))
        self._ranges[-1].__enter__()

    def _pop(self):
        self._ranges.pop().__exit__(None, None, None)

    def forward_preprocess(self, function, in_data):
        self._push(f"{function.label}.forward")

    def forward_postprocess(self, function, in_data):
        self._pop()

    def backward_preprocess(self, function, in_data, out_grad):
        self._push(f"{function.label}.backward")

    def backward_postprocess(self, function, in_data, out_grad):
        self._pop()


class CupyMemoryProfileHook(FunctionHook):
    """Always an error: memory is XLA's, not CuPy's.

    Raises:
        RuntimeError: JAX has no GPU here.
        NotImplementedError: it has one, but there is no pool of CuPy to look into.
    """

    name = "CupyMemoryProfileHook"

    def __init__(self):
        cuda.check_cuda_available()
        raise NotImplementedError("CupyMemoryProfileHook: memory is XLA's here, not CuPy's; use jax.profiler.save_device_memory_profile")
