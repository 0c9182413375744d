"""Iterators saved by real Chainer go on here, and the other way round.

``CHAINER_PYTHON`` names Pythons that have a real Chainer (several with ``:`` between), for the way back.
"""

import importlib.util
import json
import os
import pathlib
import subprocess

import pytest

import chainjax
from chainjax import serializers

HERE = pathlib.Path(__file__).parent
PYTHONS = list(filter(None, os.environ.get("CHAINER_PYTHON", "").split(os.pathsep)))
_spec = importlib.util.spec_from_file_location("real_iterators", HERE / "real.py")
real = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real)

GOLDEN = [(path, name) for path in sorted(HERE.glob("golden/*.json")) for name in json.loads(path.read_text())]
SAVED_ELSEWHERE = {"SerialIterator": "MultithreadIterator", "MultithreadIterator": "MultiprocessIterator"}


@pytest.mark.parametrize("extension", ["npz", "h5"])
@pytest.mark.parametrize(("path", "name"), GOLDEN, ids=lambda x: x.stem if isinstance(x, pathlib.Path) else x)
def test_what_chainer_saved_goes_on(path, name, extension):
    told = json.loads(path.read_text())[name]
    load = serializers.load_npz if extension == "npz" else serializers.load_hdf5
    for kind in {name, SAVED_ELSEWHERE.get(name, "SerialIterator")}:
        with real.make(chainjax, kind) as iterator:
            load(str(path.with_suffix("")) + f"_{name}.{extension}", iterator)
            assert real.where(iterator) == pytest.approx(told["where"])
            assert real.rest(iterator) == told["rest"]


@pytest.mark.skipif(not PYTHONS, reason="needs a real Chainer: CHAINER_PYTHON=/its/bin/python")
@pytest.mark.parametrize("python", PYTHONS)
def test_chainer_goes_on_with_what_was_saved_here(tmp_path, python):
    code = "import chainer; print(*dir(chainer.iterators))"
    there = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path).stdout.split()
    names = sorted({name for _, name in GOLDEN} & set(there))
    expected = {}
    for name in names:
        with real.make(chainjax, name) as iterator:
            for _ in range(real.BEFORE):
                next(iterator)
            serializers.save_npz(tmp_path / f"{name}.npz", iterator)
            serializers.save_hdf5(tmp_path / f"{name}.h5", iterator)
            told = {"where": real.where(iterator), "rest": real.rest(iterator)}
        expected |= {f"{name}.{extension}": told for extension in ("npz", "h5")}
    command = [python, str(HERE / "real.py"), "check", str(tmp_path), *names]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert json.loads(found.stdout) == expected
