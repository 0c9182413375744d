"""Functions of one's own find a rotation, and their properties hold."""

import subprocess
import sys

import pytest

from tests.examples.watch import EXAMPLES, done

FOLDER = EXAMPLES / "custom_functions"


def test_the_rotation_is_found(tmp_path):
    run = done("custom_functions/train.py", folder=tmp_path)
    assert run.number(r"is ([\d.]+) degrees off") < 8  # 3 in one run
    assert run.number(r"at first it was (\d+)\.") > 45
    assert run.compiled_late() == 0


def properties(folder, *args):
    """Run the tests as a user who copied them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=prepend", str(folder), *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
def test_the_properties_hold():
    done = properties(FOLDER)
    assert done.returncode == 0, done.stdout


def test_a_mistake_breaks_a_property(tmp_path):
    for path in FOLDER.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text().replace("gy * x / (y + 1)", "gy * x / (y + 2)"))
    done = properties(tmp_path, "-k", "pseudo_huber")
    assert done.returncode == 1, done.stdout
    assert "FAILED" in done.stdout
    assert "test_gradients_of_pseudo_huber" in done.stdout
