"""Runs an example as a user does, and notes what was compiled while it trained."""

import dataclasses
import json
import pathlib
import re
import subprocess
import sys

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"

_CHILD = """
import json, runpy, sys
import chainjax
from chainjax.training import Trainer

counts, run = [], Trainer.run


def note(trainer):
    statistics = chainjax.engine.statistics()
    counts.append(statistics["compiles"] + statistics["kernels"])


def watched(trainer, *args, **kwargs):
    trainer.extend(note, name="watch", trigger=(1, "iteration"), priority=-1000)
    run(trainer, *args, **kwargs)


Trainer.run = watched
path, sys.argv = sys.argv[1], sys.argv[2:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    with open(path, "w") as stream:
        json.dump(counts, stream)
"""


@dataclasses.dataclass
class Run:
    """What an example printed, and how many programs and kernels had been compiled after each iteration."""

    code: int
    out: str
    err: str
    compiled: list

    def number(self, pattern):
        """The number that a pattern finds in what was printed, by its one group."""
        found = re.search(pattern, self.out)
        assert found, self.out
        return float(found[1])

    def compiled_late(self):
        """How much was compiled in the last third of the iterations."""
        return self.compiled[-1] - self.compiled[len(self.compiled) * 2 // 3]


def run(script, *args, folder, timeout=300):
    """Run ``examples/SCRIPT`` in a folder."""
    path = pathlib.Path(folder) / "compiled.json"
    command = [sys.executable, "-c", _CHILD, str(path), str(EXAMPLES / script), *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=folder)
    return Run(done.returncode, done.stdout, done.stderr, json.loads(path.read_text()))


def done(*args, **kwargs):
    """The same, of an example that must end well and say nothing on standard error."""
    result = run(*args, **kwargs)
    assert result.code == 0, result.err
    assert result.err == ""
    return result
