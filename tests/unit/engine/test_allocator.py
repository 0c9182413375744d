"""Memory that a step frees is there for the next step."""

import resource
import sys

import numpy as np
import pytest

import chainjax
import chainjax.functions as F


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc's allocator is told to keep memory")
def test_steps_reuse_the_memory_of_earlier_ones():
    x = chainjax.Variable(np.ones((1024, 1024), np.float32))

    def step():
        y = F.tanh(x)
        chainjax.grad([y], [x])[0].jax.block_until_ready()

    for _ in range(5):
        step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        step()
    pages = (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10
    assert pages < 256  # an array of 4 MB has 1024
