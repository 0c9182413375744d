"""Memory that a step frees is there for the next step."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
import chainjax
import chainjax.functions as F

x = chainjax.Variable(np.ones((4096, 2048), np.float32))  # 32 MB

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    chainjax.grad([F.tanh(x)], [x])[0].jax.block_until_ready()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(min(pages() for _ in range(10)))  # the first steps take what they need from the system
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc's allocator is told to keep memory")
def test_steps_reuse_the_memory_of_earlier_ones():
    run = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)  # a heap of its own
    assert int(run.stdout) < 1000  # an array has 8192
