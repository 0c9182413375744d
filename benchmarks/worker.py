"""One contender in a process of its own: reads ``[task, seconds]`` as JSON lines, answers with the median time of a step.

``python -m benchmarks.worker chainjax|chainer|jax|torch``. Between its turns it waits, and takes no time from the others.
"""

import json
import os
import statistics
import sys
import time

from . import tasks


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
    makers = {"chainjax": tasks.CHAINER, "chainer": tasks.CHAINER, "jax": tasks.JAX, "torch": tasks.TORCH}[name]
    lib, steps = library(name), {}
    for line in sys.stdin:
        task, seconds = json.loads(line)
        answer = None
        if task in makers:
            fresh = task not in steps
            if fresh:
                make, args = makers[task]
                steps[task] = make(lib, *args)
            step = steps[task]
            for _ in range(5 if fresh else 1):
                step()
            answer = timed(step, seconds)
        out.write(json.dumps(answer) + "\n")
        out.flush()
    return 0


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
