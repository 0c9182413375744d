"""What is particular to HDF5."""

import subprocess
import sys

import h5py
import numpy as np
import pytest

import chainjax
from chainjax import links as L
from chainjax import serializers as S


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "m.h5")


@pytest.mark.parametrize("kind", ["soft", "external", "group", "virtual", "storage"])
def test_data_elsewhere_is_refused(kind, path, tmp_path):
    other = str(tmp_path / "other.h5")
    S.save_hdf5(other, {"W": np.ones((2, 3)), "l/W": np.ones((2, 3))})
    (tmp_path / "raw").write_bytes(bytes(24))
    with h5py.File(path, "w") as file:
        file["b"] = np.zeros(2)
        if kind == "soft":
            file["W"] = h5py.SoftLink("/b")
        elif kind == "external":
            file["W"] = h5py.ExternalLink(other, "/W")
        elif kind == "group":
            file["l"] = h5py.ExternalLink(other, "/l")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((2, 3), "f4")
            layout[:] = h5py.VirtualSource(other, "W", (2, 3))
            file.create_virtual_dataset("W", layout)
        else:
            file.create_dataset("W", (2, 3), "f4", external=[(str(tmp_path / "raw"), 0, 24)])
    link = L.Linear(3, 2)
    before = link.W.array.copy()
    with pytest.raises(OSError, match=r"m\.h5'.*(/W|/l)"):
        S.load_hdf5(path, chainjax.Chain(l=link) if kind == "group" else link)
    np.testing.assert_array_equal(link.W.array, before)


def test_strings_of_all_kinds_are_read(path):
    with h5py.File(path, "w") as file:
        file["variable"], file["fixed"], file["bytes"] = "naïve", np.bytes_(b"abc"), np.bytes_(b"abc")
        file["several"] = ["a", "b"]
    with h5py.File(path, "r") as file:
        load = S.HDF5Deserializer(file)
        assert (load("variable", ""), load("fixed", ""), load("bytes", b"")) == ("naïve", "abc", b"abc")
        assert load("several", None).tolist() == [b"a", b"b"]


def test_objects_cannot_be_saved_and_the_key_is_named(path):
    with pytest.raises(TypeError, match="'words'"):
        S.save_hdf5(path, {"words": np.array([object()], object)})


def test_the_same_key_twice_is_an_error(path):
    with h5py.File(path, "w") as file:
        serializer = S.HDF5Serializer(file)
        serializer("x", 1)
        with pytest.raises(ValueError, match="already exists"):
            serializer("x", 2)


def test_a_group_can_be_anywhere_and_one_file_holds_several_objects(path):
    a, b, c = L.Linear(3, 2), L.Linear(3, 2), chainjax.Chain(l=L.Linear(3, 2))
    with h5py.File(path, "w") as file:
        S.HDF5Serializer(file.create_group("x/a")).save(a)
        S.HDF5Serializer(file)["b"].save(chainjax.Chain(l=b))
    with h5py.File(path, "r") as file:
        S.HDF5Deserializer(file["x"])["a"].load(b)
        S.HDF5Deserializer(file)["/b"].load(c)
        assert S.HDF5Deserializer(file)["x"]["/a"].group.name == "/x/a"
    np.testing.assert_array_equal(b.W.array, a.W.array)


def test_keys_that_begin_with_a_slash_are_the_file_s_as_in_chainer(path):
    with h5py.File(path, "w") as file:
        S.HDF5Serializer(file)["a"]["/b/"]("/x", 3)
        assert file["x"][()] == 3
        assert list(file["a/b"]) == []
        part = S.HDF5Deserializer(file)["a"]["b"]
        assert part("/x", 0) == 3
        with pytest.raises(KeyError, match=r"m\.h5': /y: there is no such dataset"):
            part("/y", 0)
        file["a/z"] = h5py.SoftLink("/x")
        with pytest.raises(OSError, match="/a/z is a link"):  # what is above the group was not checked with it
            S.HDF5Deserializer(file["a/b"])("/x", 0)


def test_a_group_is_no_dataset_nor_the_other_way_round(path):
    S.save_hdf5(path, {"W/x": 1, "b": np.zeros(2)})
    with pytest.raises(KeyError, match="/W"):
        S.load_hdf5(path, L.Linear(3, 2))
    with pytest.raises(KeyError, match="/b/W"):
        S.load_hdf5(path, chainjax.Chain(b=L.Linear(3, 2)))


def test_h5py_is_imported_when_it_is_needed_and_missed_in_plain_words():
    script = """
import sys
import chainjax
from chainjax import serializers as S
assert "h5py" not in sys.modules
sys.modules["h5py"] = None
assert not S.hdf5._available
for call, args in ((S.save_hdf5, ("x", {})), (S.load_hdf5, ("x", None)), (S.HDF5Serializer, (None,)), (S.HDF5Deserializer, (None,))):
    try:
        call(*args)
    except RuntimeError as exc:
        assert "pip install h5py" in str(exc)
    else:
        raise AssertionError
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
