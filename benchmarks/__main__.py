"""Times the same work in several libraries, turn by turn in one run, and prints a table of ratios.

Each library runs in a process of its own and they take turns, so that a slow moment of the machine falls on all of them. What
counts is the median of the ratios of turns that follow each other. PyTorch and Chainer take part where they can be imported by
the Python given for them.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys

from . import memory, tasks

HERE = pathlib.Path(__file__).parent


class Contender:
    """A library in a process of its own."""

    def __init__(self, name, python):
        self.name = name
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", name], cwd=HERE.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def turn(self, task, seconds):
        """``{what: seconds per step}``, ``None`` if it has no such task."""
        self.process.stdin.write(json.dumps([task, seconds]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"benchmarks: {self.name} ended during {task!r} (its message is above)")
        return json.loads(line)


def can_import(python, name):
    probe = f"from benchmarks.worker import library; library({name!r})"
    return subprocess.run([python, "-c", probe], cwd=HERE.parent, capture_output=True).returncode == 0


def compete(task, contenders, rounds, seconds):
    """``{what: {library: [seconds in each round]}}``."""
    results = {}
    for n in range(rounds + 1):
        for contender in contenders:
            for what, taken in (contender.turn(task, seconds) or {}).items():
                if n:  # the first round warms up
                    results.setdefault(what, {}).setdefault(contender.name, []).append(taken)
    return results


def row(task, what, times):
    """A line of the table: our time, and the others' relative to it."""
    ours = times["chainjax"]
    median = statistics.median(ours)
    shown = f"{median * 1e3:8.3f} ms" if what == "step" else f"{median * 1e6:8.2f} us"
    ratios = {name: statistics.median([t / o for t, o in zip(taken, ours, strict=True)]) for name, taken in times.items()}
    cells = "".join(f"{ratios[name]:10.2f}x" if name in ratios else f"{'-':>11}" for name in ("chainer", "torch", "jax"))
    return f"{task if what == 'step' else task + ', ' + what:50} {shown}{cells}", {"chainjax_seconds": median, **ratios}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chainer", metavar="PYTHON", default=sys.executable, help="interpreter that has Chainer 7.8.1; see worker.py")
    parser.add_argument("--torch", metavar="PYTHON", default=sys.executable, help="interpreter that has PyTorch")
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each library (default 7)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn (default 0.5)")
    parser.add_argument("--memory", action="store_true", help="also measure the peak memory of training")
    parser.add_argument("--save", action="store_true", help="write the ratios to benchmarks/results/DATE.json")
    args = parser.parse_args()
    pythons = {"chainjax": sys.executable, "chainer": args.chainer, "torch": args.torch, "jax": sys.executable}
    missing = [name for name, python in pythons.items() if not can_import(python, name)]
    contenders = [Contender(name, python) for name, python in pythons.items() if name not in missing]
    if missing:
        print(f"cannot be imported, left out: {', '.join(missing)}")
    print(f"{os.cpu_count()} processors; time of one step of chainjax, and how many times as long the others take\n")
    print(f"{'':50} {'chainjax':>11}{'chainer':>11}{'torch':>11}{'jax.jit':>11}")
    saved = {}
    for task in tasks.CHAINER:
        if args.only in task:
            for what, times in compete(task, contenders, args.rounds, args.seconds).items():
                line, saved[f"{task}, {what}"] = row(task, what, times)
                print(line, flush=True)
    if args.memory:
        present = {name: python for name, python in pythons.items() if name not in missing}
        measured = {f"ResNet-50, batch {images}, from the third step on": memory.compare_resnet(present, images) for images in (2, 8)}
        for model, peaks in {"a model of 100 MB": memory.compare(), **measured}.items():
            saved[f"peak memory, {model}, MB"] = peaks
            print(f"\npeak memory of training {model}:", ", ".join(f"{k} {v:.0f} MB" for k, v in peaks.items()))
    if args.save:
        path = HERE / "results" / f"{datetime.date.today()}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(saved, indent=1, sort_keys=True) + "\n")
        print(f"\nwritten to {path.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
