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


COMPILE = """
import ctypes
import gc
import jax.numpy as jnp
import numpy as np
from chainjax.engine import Aval, Signature
from chainjax.engine._replay import _kernel

def resident():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/status") as file:
        return int(file.read().split("RssAnon:")[1].split()[0])

signatures = [Signature("f", lambda x: jnp.tanh(x) + x, (Aval((n,), np.dtype("f4"), None),)) for n in range(2, 22)]
for s in signatures[:5]:
    _kernel(s, ())
before = resident()
for s in signatures[5:]:
    _kernel(s, ())
print((resident() - before) // 15)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where memory is counted in /proc")
def test_what_a_kernel_was_made_from_is_let_go():
    run = subprocess.run([sys.executable, "-c", COMPILE], check=True, capture_output=True, text=True)
    assert int(run.stdout) < 900  # kilobytes per kernel: about 400, and 1,500 with its lowering


@pytest.mark.parametrize(("before", "after"), [("", "20000"), ("gc.set_threshold(500)", "500")])
def test_garbage_is_looked_for_less_often_unless_somebody_says_how_often(before, after):
    code = f"import gc\n{before}\nimport chainjax\nprint(gc.get_threshold()[0])"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == after
