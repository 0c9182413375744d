"""Memory that a step frees is there for the next step."""

import resource
import sys

import numpy as np
import pytest

import chainjax
import chainjax.functions as F


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc's allocator is told to keep memory")
def test_steps_reuse_the_memory_of_earlier_ones():
    x = chainjax.Variable(np.ones((4096, 2048), np.float32))  # 32 MB: by default the C library takes it from the system each time

    def step():
        y = F.tanh(x)
        chainjax.grad([y], [x])[0].jax.block_until_ready()

    for _ in range(5):
        step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        step()
    pages = (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 5
    assert pages < 1000  # an array has 8192
