"""One contender in a process of its own: reads ``[task, seconds]`` as JSON lines, answers with the median time of a step.

``python -m benchmarks.worker chainjax|chainer|jax|torch``. Between its turns it waits, and takes no time from the others.
"""

import json
import os
import statistics
import sys
import time

from . import functions, tasks


def library(name):
    if name == "chainjax":
        import chainjax

        return chainjax
    if name == "chainer":
        return real_chainer()
    if name == "jax":
        import jax

        return jax
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    return torch


def real_chainer():
    """Chainer itself; where CHAINJAX_ORACLE names a folder, by the module ``real_chainer`` there, which helps it on NumPy 2."""
    if "CHAINJAX_ORACLE" in os.environ:
        sys.path.insert(0, os.environ["CHAINJAX_ORACLE"])
        from real_chainer import chainer  # pyrefly: ignore[missing-import]
    else:
        import chainer  # pyrefly: ignore[missing-import]
    return chainer


def main(name):
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    lib, steps = library(name), {}
    for line in sys.stdin:
        task, seconds = json.loads(line)
        if task not in steps:
            steps[task] = prepared(name, lib, task)
        step = steps[task]
        out.write(json.dumps(step and timed(step, seconds)) + "\n")
        out.flush()
    return 0


def prepared(name, lib, task):
    """The step of a task, warm; ``None`` if the library has no such task. Functions that fail are reported and left out."""
    makers = {"chainjax": tasks.CHAINER, "chainer": tasks.CHAINER, "jax": tasks.JAX, "torch": tasks.TORCH}[name]
    if task in makers:
        make, args = makers[task]
        step = make(lib, *args)
    elif task in functions.CASES:
        try:
            step = functions.make(lib, task)
            step()
        except Exception as exc:
            print(f"{name}, {task}: {type(exc).__name__}: {exc}"[:200])
            return None
    else:
        return None
    for _ in range(5):
        step()
    return step


def timed(step, seconds):
    """``{what: median seconds}`` over steps that fill some time."""
    times, until = {}, time.perf_counter() + seconds
    while not times or time.perf_counter() < until:
        start = time.perf_counter()
        result = step()
        parts = result if isinstance(result, dict) else {"step": time.perf_counter() - start}
        for what, taken in parts.items():
            times.setdefault(what, []).append(taken)
    return {what: statistics.median(taken) for what, taken in times.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
