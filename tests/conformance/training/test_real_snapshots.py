"""Trainings go on from snapshots of real Chainer 1.24.0 and 7.8.1, and real Chainer's from ours.

``CHAINER_PYTHON`` names Pythons that have a real Chainer (several with ``:`` between), for the way back.
"""

import contextlib
import importlib.util
import os
import pathlib
import subprocess
import zipfile

import pytest

import chainjax

HERE = pathlib.Path(__file__).parent
PYTHONS = list(filter(None, os.environ.get("CHAINER_PYTHON", "").split(os.pathsep)))

_spec = importlib.util.spec_from_file_location("real_trainings", HERE / "real.py")
real = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real)


@pytest.mark.parametrize("version", ["1.24.0", "7.8.1"])
def test_trainings_of_real_chainer_go_on(version, tmp_path):
    zipfile.ZipFile(HERE / "golden" / f"{version}.zip").extractall(tmp_path)
    old = version.startswith("1.")
    with pytest.warns(UserWarning, match="says nothing of|not saved") if old else contextlib.nullcontext():  # early releases saved less
        real.check(chainjax, tmp_path, old)


@pytest.mark.skipif(not PYTHONS, reason="needs a real Chainer: CHAINER_PYTHON=/its/bin/python")
@pytest.mark.parametrize("python", PYTHONS)
def test_real_chainer_goes_on_with_our_trainings(python, tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        real.write(chainjax, tmp_path / name, name == "old")
    done = subprocess.run([python, HERE / "real.py", "check", tmp_path], capture_output=True, text=True)
    assert done.stdout.startswith("checked by Chainer"), done.stderr
