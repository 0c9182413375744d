"""An NPZ file is data: loading one runs nothing that is in it."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from chainjax import links as L
from chainjax import serializers as S
from chainjax.serializers._pickled_none import NONE, is_none

# As NumPy wrote it under Python 2.
PYTHON_2 = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03(K\x01)cnumpy\ndtype\nq\x04"
    b"U\x02O8K\x00K\x01\x87Rq\x05(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]q\x06Natb."
)


ran = []


def run_by_unpickling():
    ran.append(1)


class Hostile:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return run_by_unpickling, ()


def member(pickled, shape=()):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|O", "fortran_order": False, "shape": shape})
    return stream.getvalue() + pickled


def archive(path, **members):
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_none_is_told_in_every_protocol(protocol, old):
    pickled = pickle.dumps(np.array(None), protocol=protocol)
    if old and protocol < 4:  # later protocols count the letters of names
        pickled = pickled.replace(b"numpy._core.", b"numpy.core.")
    assert is_none(pickled)
    assert pickle.loads(NONE).item() is None
    assert is_none(NONE)
    assert is_none(PYTHON_2)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "obj",
    [0, False, "None", b"", (None,), [None], {}, np.dtype("f4"), None, np.float32(0), Hostile()],
    ids=lambda obj: type(obj).__name__,
)
def test_nothing_else_is_none(obj, protocol):
    array = np.empty((), object)
    array[()] = obj
    if obj is not None:
        assert not is_none(pickle.dumps(array, protocol=protocol))
    assert not is_none(pickle.dumps(obj, protocol=protocol))
    assert not is_none(pickle.dumps(np.array([obj], object), protocol=protocol))
    assert not is_none(pickle.dumps(np.array([[None]], object), protocol=protocol))


def test_what_is_no_pickle_is_not_none():
    for length in range(len(NONE)):
        assert not is_none(NONE[:length])
    for bad in (b"", b".", b"a.", b"R.", b"t.", b"s.", b"(t.", b"h\x05.", b"\x93.", b"0.", b"]]a.", b"]2a.", b"\x85.", b"e."):
        assert not is_none(bad)


def test_deep_and_doubled_pickles_take_no_time():
    assert not is_none(b"N" + b"\x85" * 1000 + b".")
    assert not is_none(b"N" + b"q\x00h\x00\x86" * 200 + b".")
    assert not is_none(b"N" + b"q\x00h\x00\x86" * 200 + b"h\x00\x93.")
    assert not is_none(b"]q\x00h\x00a.")


def test_changed_bytes_never_run_anything(monkeypatch):
    """Every pickle that is one byte away from None is either None or refused."""
    monkeypatch.setattr(pickle, "load", None)
    monkeypatch.setattr(pickle, "loads", None)
    for place in range(len(NONE)):
        for byte in range(0, 256, 5):
            is_none(NONE[:place] + bytes([byte]) + NONE[place + 1 :])


HOSTILE = {
    "reduce": pickle.dumps(Hostile()),
    "in an array": pickle.dumps(np.array(Hostile(), object)),
    "global": b"cposix\nsystem\n(S'true'\ntR.",
    "before None": pickle.dumps((Hostile(), np.array(None)))[:-1] + b"0" + NONE[2:],
    "after None": NONE[:-1] + b"0cposix\nsystem\n(S'true'\ntR.",
    "inst": b"(S'true'\niposix\nsystem\n.",
    "obj": b"(cposix\nsystem\nS'true'\no.",
    "persistent": b"Psomething\n.",
    "extension": b"\x82\x01.",
    "dtype": NONE.replace(b"cnumpy\ndtype", b"cposix\nsystem"),
    "ndarray": NONE.replace(b"cnumpy\nndarray", b"cposix\nsystem"),
    "reconstruct": NONE.replace(b"cnumpy.core.multiarray\n_reconstruct", b"cposix\nsystem"),
    "long": NONE[:-1] + b"0N" * 2000 + b".",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("shape", [(), (1,), (0,)])
def test_objects_are_refused_unless_asked_for(kind, shape, tmp_path, monkeypatch):
    monkeypatch.setattr(pickle, "load", lambda *args, **kwargs: ran.append(1))
    path = tmp_path / "m.npz"
    archive(path, W=member(HOSTILE[kind], shape), b=member(NONE))
    link = L.Linear(3, 2)
    before = link.W.array.copy()
    with pytest.raises(ValueError, match=r"m\.npz.*'W'.*allow_pickle=True") as caught:
        S.load_npz(path, link)
    assert isinstance(caught.value, OSError)
    assert not ran
    np.testing.assert_array_equal(link.W.array, before)


def test_objects_are_loaded_when_asked_for(tmp_path):
    class Thing:
        words = None

        def serialize(self, serializer):
            self.words = serializer("words", self.words)

    one, other = Thing(), Thing()
    one.words = np.array(["a", ("b", 3)], object)
    S.save_npz(tmp_path / "t.npz", one)
    with pytest.raises(ValueError, match="allow_pickle=True"):
        S.load_npz(tmp_path / "t.npz", other)
    S.load_npz(tmp_path / "t.npz", other, allow_pickle=True)
    assert other.words.tolist() == ["a", ("b", 3)]
    with pytest.raises(TypeError, match="positional"):
        S.load_npz(tmp_path / "t.npz", other, "", True, None, True)


def test_object_arrays_under_other_headers_are_refused(tmp_path):
    header = b"{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (), }"
    for version in (1, 2, 3):
        size = len(header).to_bytes(2 if version == 1 else 4, "little")
        archive(tmp_path / "m.npz", W=b"\x93NUMPY" + bytes([version, 0]) + size + header + HOSTILE["reduce"], b=b"")
        with pytest.raises(ValueError, match="'W'"):
            S.load_npz(tmp_path / "m.npz", L.Linear(3, 2))
    assert not ran


@pytest.mark.parametrize("names", [("W.npy", "W.npy"), ("W.npy", "W")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(names, tmp_path):
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as file:
        for name in names:
            file.writestr(name, member(NONE))
    with pytest.raises(ValueError, match="two members for 'W'"):
        S.load_npz(tmp_path / "m.npz", L.Linear(3, 2))


def test_a_pickle_in_place_of_the_archive_is_refused(tmp_path):
    for data in (pickle.dumps(Hostile()), member(HOSTILE["reduce"])):
        (tmp_path / "m.npz").write_bytes(data)
        with pytest.raises(OSError, match="no NPZ file"):
            S.load_npz(tmp_path / "m.npz", L.Linear(3, 2))
    assert not ran


def test_none_goes_through_a_file_and_numpy_reads_it(tmp_path):
    S.save_npz(tmp_path / "m.npz", L.Linear(None, 2))
    with np.load(tmp_path / "m.npz", allow_pickle=True) as file:
        assert file["W"].shape == ()
        assert file["W"][()] is None
    link = L.Linear(None, 2)
    S.load_npz(tmp_path / "m.npz", link)
    assert not link.W.is_initialized
