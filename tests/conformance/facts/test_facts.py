"""Programs that print what happens, written for Chainer, print the same under chainjax.

What real Chainer printed is in ``golden/``. ``CHAINER_PYTHON`` names Pythons that have a real Chainer (several with ``:``
between), by which those files are checked anew.
"""

import functools
import importlib.util
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from chainjax.backends._verify import TOLERANCES

HERE = pathlib.Path(__file__).parent
PYTHONS = list(filter(None, os.environ.get("CHAINER_PYTHON", "").split(os.pathsep)))

_spec = importlib.util.spec_from_file_location("run", HERE / "run.py")
run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(run)

_NUMBER = re.compile(r"(?<![\w.])(-?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf))(?!\w)")


def difference(actual, expected):
    """The first fact that is another, as text, or ``None``.

    Text and whole numbers must be the same but for spaces; floating point numbers may differ as much as the engine's table of
    tolerances says for the dtype that the line names, float32 by default.
    """
    actual, expected = actual.splitlines(), expected.splitlines()
    for number, (a, e) in enumerate(zip(actual, expected, strict=False), 1):
        if not _same(_NUMBER.split(a), _NUMBER.split(e), "float16" if "float16" in e else "float32"):
            return f"line {number}: printed {a!r}, Chainer printed {e!r}"
    if len(actual) != len(expected):
        at = min(len(actual), len(expected))
        return f"{len(actual)} lines, Chainer printed {len(expected)}; the first without partner is {[*actual[at:], *expected[at:]][0]!r}"
    return None


def _same(actual, expected, dtype):
    # re.split with one group gives text and numbers in turn
    if ["".join(text.split()) for text in actual[::2]] != ["".join(text.split()) for text in expected[::2]]:
        return False
    pairs = list(zip(actual[1::2], expected[1::2], strict=True))
    whole = [pair for pair in pairs if pair[1].lstrip("-").isdigit()]
    if any(a != e for a, e in whole):
        return False
    a, e = np.array([pair for pair in pairs if pair not in whole], np.float64).reshape(-1, 2).T
    rtol, atol = TOLERANCES[dtype]
    return np.allclose(a, e, rtol, atol * np.abs(e[np.isfinite(e)]).max(initial=0.0), equal_nan=True)


# At once, every call is compiled by itself, so only those programs run in this way too that look at the order of things.
PROGRAMS = {"deferred": run.names(), "at once": ["graphs", "in_place", "user_functions"]}


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The folder of what all programs print under chainjax, deferred or at once: each mode runs once, in one process."""

    @functools.cache
    def run_all(mode):
        folder = tmp_path_factory.mktemp("printed")
        environment = {**os.environ, "CHAINJAX_LAZY": str(int(mode == "deferred"))}
        subprocess.run([sys.executable, "-m", "chainjax", HERE / "run.py", folder, *PROGRAMS[mode]], check=True, env=environment)
        return folder

    return run_all


@pytest.mark.parametrize(("mode", "name"), [(mode, name) for mode in PROGRAMS for name in PROGRAMS[mode]])
def test_a_program_prints_what_it_printed_under_chainer(mode, name, printed):
    golden = HERE / "golden" / run.version_of(name) / f"{name}.txt"
    assert difference((printed(mode) / f"{name}.txt").read_text(), golden.read_text()) is None


@pytest.mark.skipif(not PYTHONS, reason="needs a real Chainer: CHAINER_PYTHON=/its/bin/python")
@pytest.mark.parametrize("python", PYTHONS)
def test_golden_files_are_what_chainer_prints(python, tmp_path):
    code = "import chainer; print(chainer.__version__)"
    version = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    goldens = sorted((HERE / "golden" / version).glob("*.txt"))
    subprocess.run([python, HERE / "run.py", tmp_path, *[path.stem for path in goldens]], check=True)
    assert {path.stem: difference((tmp_path / path.name).read_text(), path.read_text()) for path in goldens} == dict.fromkeys(
        [path.stem for path in goldens]
    )


def test_every_program_has_one_golden_file():
    assert sorted(p.relative_to(HERE / "golden") for p in HERE.glob("golden/*/*.txt")) == sorted(
        pathlib.Path(run.version_of(name), f"{name}.txt") for name in run.names()
    )


@pytest.mark.parametrize(
    ("actual", "expected", "same"),
    [
        ("x [1.0000001  2.]", "x [ 1.  2.]", True),
        ("x [1.001 2.]", "x [ 1.  2.]", False),
        ("x float16 [1.001 2.]", "x float16 [ 1.  2.]", True),
        ("t 2", "t 3", False),
        ("t 2.0", "t 2", False),
        ("x nan", "x nan", True),
        ("x nan", "x 1.", False),
        ("float64 1.", "float32 1.", False),
        ("l1 1.", "l2 1.", False),
        ("x 1.\ny 2.", "x 1.", False),
        ("", "x 1.", False),
        ("x 0.", "x 1e-30", False),
    ],
)
def test_a_difference_is_found_where_there_is_one(actual, expected, same):
    assert (difference(actual, expected) is None) == same
