"""Safetensors files of links."""

import json

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import serializers as S

safetensors = pytest.importorskip("safetensors.numpy")


class Net(chainjax.Chain):
    def __init__(self, out=2):
        super().__init__(a=L.Linear(3, out), norm=L.BatchNormalization(out), late=L.Linear(None, 1))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def test_what_is_saved_is_loaded(path):
    saved, loaded = Net(), Net()
    saved.norm.avg_mean[...] = 3
    S.save_safetensors(path, saved)
    S.load_safetensors(path, loaded)
    for (name, p), (_, q) in zip(saved.namedparams(False), loaded.namedparams(False), strict=True):
        np.testing.assert_array_equal(p.array, q.array, err_msg=name)
    assert loaded.norm.avg_mean.tolist() == [3, 3]
    assert not loaded.late.W.is_initialized


def test_the_file_is_what_others_read(path):
    net = Net()
    S.save_safetensors(path, net)
    arrays = safetensors.load_file(path)
    assert arrays.keys() == {"a/W", "a/b", "late/b", "norm/N", "norm/avg_mean", "norm/avg_var", "norm/beta", "norm/gamma"}
    np.testing.assert_array_equal(arrays["a/W"], net.a.W.array)
    assert arrays["norm/N"].shape == ()


def test_files_of_others_load(path):
    safetensors.save_file({"W": np.ones((2, 3), "f"), "b": np.zeros(2, "f"), "more": np.zeros(1)}, path)
    link = L.Linear(3, 2)
    S.load_safetensors(path, link)
    assert link.W.array.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_a_load_that_fails_changes_nothing(path):
    S.save_safetensors(path, Net(3))
    net = Net()
    before = net.a.W.array.copy()
    with pytest.raises(S._errors.MismatchError, match=r"'a/W': expected shape \(2, 3\)"):
        S.load_safetensors(path, net)
    with pytest.raises(KeyError, match="there is no such key"):
        S.load_safetensors(path, L.Linear(3, 2))
    np.testing.assert_array_equal(net.a.W.array, before)


def test_damaged_files_are_refused(path):
    S.save_safetensors(path, Net())
    whole = path.read_bytes()
    for damaged in (b"", whole[:20], whole[:-4], b"\xff" * 8 + whole[8:], whole[:8] + whole[9:]):
        path.write_bytes(damaged)
        with pytest.raises(S._errors.BadFileError, match=r"model\.safetensors"):
            S.load_safetensors(path, Net())
    for text in ("{", "3", '["a"]'):
        path.write_bytes(safetensors.save({"a": np.ones(1)}, {"chainjax.none": text}))
        with pytest.raises(S._errors.BadFileError, match="keys without a value"):
            S.load_safetensors(path, Net())


def test_what_is_no_number_is_refused_and_the_old_file_stays(path):
    S.save_safetensors(path, {"x": np.ones(1)})
    with pytest.raises(TypeError, match="'y' is of dtype <U1"):
        S.save_safetensors(path, {"y": "a"})
    assert safetensors.load_file(path).keys() == {"x"}
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_nones_are_named_in_the_header(path):
    S.save_safetensors(path, {"x": np.ones(1), "y": None})
    header = json.loads(path.read_bytes()[8:].split(b"}}")[0] + b"}}")
    assert json.loads(header["__metadata__"]["chainjax.none"]) == ["y"]
