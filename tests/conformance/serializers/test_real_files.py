"""Files go both ways between chainjax and real Chainer 1.5.1, 1.24.0 and 7.8.1.

``CHAINER_PYTHON`` names Pythons that have a real Chainer (several with ``:`` between), for the way back.
"""

import importlib.util
import os
import pathlib
import subprocess
import zipfile

import h5py
import numpy as np
import pytest

import jax

import chainjax

HERE = pathlib.Path(__file__).parent
PYTHONS = list(filter(None, os.environ.get("CHAINER_PYTHON", "").split(os.pathsep)))

_spec = importlib.util.spec_from_file_location("real", HERE / "real.py")
real = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real)


@pytest.fixture(scope="module", autouse=True)
def _files_are_the_subject():
    with jax.numpy_rank_promotion("allow"):
        yield


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ours")
    real.write(chainjax, folder)
    return folder


@pytest.mark.parametrize("version", ["1.5.1", "1.24.0", "7.8.1"])
def test_files_of_real_chainer_load_and_training_goes_on(version, tmp_path):
    zipfile.ZipFile(HERE / "golden" / f"{version}.zip").extractall(tmp_path)
    real.check(chainjax, tmp_path)


@pytest.mark.skipif(not PYTHONS, reason="needs a real Chainer: CHAINER_PYTHON=/its/bin/python")
@pytest.mark.parametrize("python", PYTHONS)
def test_real_chainer_loads_our_files_and_training_goes_on(python, ours):
    done = subprocess.run([python, HERE / "real.py", "check", ours], capture_output=True, text=True)
    assert done.stdout.startswith("checked by Chainer"), done.stderr


@pytest.mark.parametrize("version", ["1.5.1", "1.24.0", "7.8.1"])
def test_what_we_write_has_the_layout_of_real_chainer(version, ours, tmp_path):
    zipfile.ZipFile(HERE / "golden" / f"{version}.zip").extractall(tmp_path)

    def layout(path):
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=True) as file:
                return {key: (file[key].shape, file[key].dtype) for key in file.files}
        found = {}

        def visit(name, item):
            found[name] = (item.shape, item.dtype, item.compression, item.compression_opts) if isinstance(item, h5py.Dataset) else None

        with h5py.File(path) as file:
            file.visititems(visit)
        return found

    for theirs in [*tmp_path.glob("*.h5"), *tmp_path.glob("*[!d].npz")]:
        found = layout(ours / theirs.name)
        if version.startswith("1."):  # which counted updates in the optimizer alone
            found = {key: value for key, value in found.items() if not key.endswith("/t")}
        assert found == layout(theirs), theirs.name


@pytest.mark.parametrize("name", sorted(path.name for path in (HERE / "golden").glob("none_*")))
def test_none_written_by_any_numpy_is_told_without_unpickling(name):
    link = chainjax.links.Linear(None, 2)
    chainjax.serializers.load_npz(HERE / "golden" / name, link)
    assert not link.W.is_initialized
