"""Saving: the file is whole or the old one, and nothing is handed out."""

import errno
import io
import os
import pathlib
import stat
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest

import chainjax
from chainjax import links as L
from chainjax import serializers as S
from chainjax.backends._cell import is_held
from chainjax.engine import Value

FORMATS = {"npz": (S.save_npz, S.load_npz), "h5": (S.save_hdf5, S.load_hdf5)}


@pytest.fixture(params=FORMATS)
def suffix(request):
    return request.param


@pytest.fixture
def save(suffix):
    return FORMATS[suffix][0]


@pytest.fixture
def load(suffix):
    return FORMATS[suffix][1]


class Failing(chainjax.Chain):
    def __init__(self):
        super().__init__(a=L.Linear(3, 2), b=L.Linear(2, 2))

    def serialize(self, serializer):
        super().serialize(serializer)
        raise ZeroDivisionError


def test_a_user_s_error_leaves_the_old_file_and_nothing_else(save, load, tmp_path):
    old, new = L.Linear(3, 2), L.Linear(3, 2)
    save(tmp_path / "m.npz", old)
    with pytest.raises(ZeroDivisionError):
        save(tmp_path / "m.npz", Failing())
    load(tmp_path / "m.npz", new)
    np.testing.assert_array_equal(new.W.array, old.W.array)
    assert os.listdir(tmp_path) == ["m.npz"]


def test_a_first_save_that_fails_leaves_no_file(save, tmp_path):
    with pytest.raises(ZeroDivisionError):
        save(tmp_path / "m.npz", Failing())
    with pytest.raises(TypeError):
        save(tmp_path / "m.npz", {"x": object()})
    assert os.listdir(tmp_path) == []


def run(script, *args):
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script), *args], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_killed_at_any_moment_the_file_is_a_whole_one(suffix, tmp_path):
    """200 times a process that saves all the time is killed: a random part of a save after it began one."""
    script = """
        import os, random, signal, sys, time, warnings
        import numpy as np
        import chainjax
        from chainjax import serializers as S
        warnings.simplefilter("ignore")
        path, suffix = sys.argv[1:]
        folder = os.path.dirname(path)
        save, load = (S.save_npz, S.load_npz) if suffix == "npz" else (S.save_hdf5, S.load_hdf5)
        link = chainjax.Link()
        with link.init_scope():
            for i in range(3):
                setattr(link, f"p{i}", chainjax.Parameter(np.zeros((60, 60), np.float32)))
        link.add_persistent("n", 0)
        noise = np.random.rand(60, 60) / 2

        def step():
            link.n += 1
            for param in link.params():
                param.array[...] = link.n + noise
            save(path, link)

        def steps(tell):
            while True:
                os.write(tell, b"x")
                step()

        step()
        begun = time.perf_counter()
        for _ in range(5):
            step()
        long = (time.perf_counter() - begun) / 5
        random.seed(0)
        half_way = unchanged = 0
        for round in range(200):
            hear, tell = os.pipe()
            pid = os.fork()
            if not pid:
                steps(tell)
            for _ in range(random.choice((1, 1, 1, 2))):
                os.read(hear, 1)
            until = time.perf_counter() + random.uniform(0, long)
            while time.perf_counter() < until or round % 4 == 0 and os.listdir(folder) == ["model"]:
                pass  # every fourth dies with a file half written, though that takes but a moment
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(hear)
            os.close(tell)
            before = link.n
            load(path, link)
            assert before <= link.n, (before, link.n)
            for param in link.params():
                assert (param.array.astype(int) == link.n).all()
            unchanged += link.n == before
            left = [name for name in os.listdir(folder) if name != "model"]
            half_way += bool(left)
            for name in left:
                os.unlink(os.path.join(folder, name))
        print(half_way, unchanged)
    """
    half_way, unchanged = map(int, run(script, str(tmp_path / "model"), suffix).split())
    assert half_way > 5, "too few were killed while a file was half written to show anything"
    assert 5 < unchanged < 195, "the old and the new file were not both seen"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs locks of POSIX")
def test_what_a_killed_process_has_half_written_is_removed_by_the_next_and_nothing_else(tmp_path):
    script = """
        import sys
        from chainjax.serializers._files import replacing
        with replacing(sys.argv[1]) as stream:
            stream.write(b"half")
            stream.flush()
            print("ready", flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "m.npz")]
    dead, living = (subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2))
    for process in (dead, living):
        assert process.stdout.readline() == "ready\n"
    assert len(os.listdir(tmp_path)) == 2
    dead.kill()
    dead.communicate(timeout=60)
    others = {".chainjax-0123456789abcdef.tmp", ".chainjax-00000000-0123456789abcdef.tmp"}  # of somebody else, or another machine
    for name in others:
        (tmp_path / name).write_bytes(b"")
    S.save_npz(tmp_path / "other.npz", L.Linear(3, 2))
    left = set(os.listdir(tmp_path)) - others - {"other.npz"}
    assert len(left) == 1
    living.communicate("", timeout=60)
    assert living.returncode == 0
    assert set(os.listdir(tmp_path)) == others | {"other.npz", "m.npz"}
    assert (tmp_path / "m.npz").read_bytes() == b"half"


def test_a_file_that_is_swept_away_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    flock, swept = fcntl.flock, []

    def late(descriptor, how):
        if not swept:
            swept.extend(tmp_path.glob(".chainjax-*"))
            swept[0].unlink()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    S.save_npz(tmp_path / "m.npz", L.Linear(3, 2))
    assert len(swept) == 1
    assert os.listdir(tmp_path) == ["m.npz"]


@pytest.mark.skipif(not hasattr(os, "O_DIRECTORY"), reason="folders cannot be opened here")
def test_the_data_are_on_the_disk_before_the_name_and_the_name_before_the_end(save, tmp_path, monkeypatch):
    done, replace, sync = [], os.replace, os.fsync
    monkeypatch.setattr(os, "replace", lambda *names: (done.append("name"), replace(*names)))

    def noted(descriptor):
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    save(tmp_path / "m.npz", L.Linear(3, 2))
    assert done == ["file", "name", "folder"]


def test_a_folder_that_cannot_be_synced_is_no_error_and_a_broken_disk_is(save, tmp_path, monkeypatch):
    sync = os.fsync

    def failing(number):
        def fsync(descriptor):
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(number, os.strerror(number))
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)

    failing(errno.EINVAL)
    save(tmp_path / "m.npz", L.Linear(3, 2))
    failing(errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        save(tmp_path / "m.npz", L.Linear(3, 2))


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_full_disk_leaves_the_old_file_and_nothing_else(suffix, tmp_path):
    script = """
        import os, resource, signal, sys
        import numpy as np
        from chainjax import serializers as S
        path, suffix = sys.argv[1:]
        save, load = (S.save_npz, S.load_npz) if suffix == "npz" else (S.save_hdf5, S.load_hdf5)
        save(path, {"x": np.arange(5)})
        old = open(path, "rb").read()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        for compression in (False, True) if suffix == "npz" else (None, 4):
            try:
                save(path, {"x": np.random.rand(10), "y": np.random.rand(100_000), "z": np.random.rand(10)}, compression)
            except OSError as exc:
                print(exc.filename, *exc.__notes__, sep="|")
        assert open(path, "rb").read() == old
        assert os.listdir(os.path.dirname(path)) == ["model"]
    """
    path = str(tmp_path / "model")
    message = f"{path}|{path!r} is what it was before; free space on its disk (or set another folder) and save again"
    assert run(script, path, suffix).splitlines() == [message] * 2


def test_modes_links_and_devices_stay(save, load, tmp_path):
    link = L.Linear(3, 2)
    old = os.umask(0o027)
    try:
        save(str(tmp_path / "new"), link)
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o640
    os.chmod(tmp_path / "new", 0o604)
    os.symlink("new", tmp_path / "name")
    save(str(tmp_path / "name"), link)
    assert os.path.islink(tmp_path / "name")
    assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o604
    load(str(tmp_path / "new"), link)
    with pytest.raises(IsADirectoryError):
        S.save_npz(str(tmp_path), link)


def test_a_device_is_written_to_and_stays_a_device():
    S.save_hdf5("/dev/null", L.Linear(3, 2))
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_errors_name_the_file_that_was_asked_for(save, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere/m\.npz"):
        save(tmp_path / "nowhere" / "m.npz", L.Linear(3, 2))


def test_names_are_taken_as_chainer_takes_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    link = L.Linear(3, 2)
    S.save_npz("text", link)
    S.save_npz(pathlib.Path("path"), link)
    S.save_npz(pathlib.Path("full.npz"), link)
    S.save_hdf5("h5", link)
    S.save_hdf5(pathlib.Path("h5path"), link)
    assert sorted(os.listdir()) == ["full.npz", "h5", "h5path", "path.npz", "text"]


def test_file_objects_are_written_directly(save, load):
    file, link, other = io.BytesIO(), L.Linear(3, 2), L.Linear(3, 2)
    save(file, link)
    file.seek(0)
    load(file, other)
    np.testing.assert_array_equal(other.W.array, link.W.array)


def test_saving_hands_nothing_out(save, tmp_path):
    model = L.Linear(3, 2)
    optimizer = chainjax.optimizers.Adam().setup(model)
    for param in model.params():
        param.grad = np.ones(param.shape, np.float32)
    optimizer.update()
    cells = [model.W._cell(), *[model.W.update_rule.state.held(name) for name in ("m", "v")]]
    assert all(cell.content.__class__ is Value for cell in cells)
    save(tmp_path / "m.npz", model)
    save(tmp_path / "o.npz", optimizer)
    assert all(cell.content.__class__ is Value for cell in cells)


def test_a_dictionary_of_arrays_is_a_snapshot_that_may_be_written_to():
    model = L.Linear(3, 2)
    target = S.npz.serialize(model)
    assert sorted(target) == ["W", "b"]
    assert not is_held(model.W._cell())
    before = model.W.array.copy()
    target["W"][...] = 7
    np.testing.assert_array_equal(model.W.array, before)


def test_a_user_s_serializer_gets_the_very_arrays():
    class Collecting(chainjax.Serializer):
        def __init__(self):
            self.found = {}

        def __getitem__(self, key):
            return self

        def __call__(self, key, value):
            self.found[key] = value
            return value

    class Renaming(S.DictionarySerializer):
        def __call__(self, key, value):
            assert isinstance(value, np.ndarray)
            return super().__call__(key.lower(), value)

    model = L.Linear(3, 2)
    collecting, renaming = Collecting(), Renaming()
    collecting.save(model)
    renaming.save(model)
    assert collecting.found["W"] is model.W.array
    assert sorted(renaming.target) == ["b", "w"]


def test_values_of_all_kinds_come_back(save, load, tmp_path):
    class Thing:
        def serialize(self, serializer):
            for name in self.__dict__:
                setattr(self, name, serializer(name, getattr(self, name)))

    def thing(n):
        thing = Thing()
        thing.integer, thing.real, thing.truth, thing.text = 3 * n, 0.5 * n, n == 1, "naïve" * n
        thing.nothing, thing.half, thing.narrow = None, np.float16(n), np.int8(n)
        thing.array, thing.empty = np.arange(6).reshape(2, 3)[:, ::2] * n, np.zeros((0, 3)) * n
        thing.big_endian, thing.transposed = np.arange(3, dtype=">f4") * n, np.ones((2, 3), "f").T * n
        thing.complex, thing.bytes, thing.flags = 1j * n, b"abc" * n, np.array([True, False]) & bool(n)
        return thing

    one, other = thing(1), thing(0)
    save(tmp_path / "t.npz", one)
    load(tmp_path / "t.npz", other)
    for name, value in one.__dict__.items():
        found = getattr(other, name)
        assert type(found) is type(value), name
        np.testing.assert_array_equal(found, value, err_msg=name)


def test_arrays_of_accelerators_and_of_other_floats_are_saved(save, load, tmp_path):
    import ml_dtypes

    device = chainjax.get_device("@jax:cpu:1")
    link, other = L.Linear(3, 2), L.Linear(3, 2)
    link.to_device(device)
    other.to_device(device)
    save(tmp_path / "m.npz", link)
    array = other.W.array
    load(tmp_path / "m.npz", other)
    np.testing.assert_array_equal(array.get(), link.W.array.get())
    assert other.W.device == device
    save(tmp_path / "h.npz", {"x": np.ones(3, ml_dtypes.bfloat16), "y": link.W, "z": link.W.array})
    if save is S.save_npz:
        with np.load(tmp_path / "h.npz") as file:
            assert file["x"].dtype == np.float32
            np.testing.assert_array_equal(file["y"], file["z"])


def test_compression_is_as_asked_for(tmp_path):
    zeros = {"x": np.zeros(10_000), "n": 1}
    S.save_npz(tmp_path / "packed.npz", zeros)
    S.save_npz(tmp_path / "plain.npz", zeros, compression=False)
    assert os.path.getsize(tmp_path / "packed.npz") < 2000 < 80_000 < os.path.getsize(tmp_path / "plain.npz")
    S.save_hdf5(tmp_path / "a.h5", zeros, compression=7)
    S.save_hdf5(tmp_path / "b.h5", zeros, compression=None)
    with h5py.File(tmp_path / "a.h5") as a, h5py.File(tmp_path / "b.h5") as b:
        assert (a["x"].compression, a["x"].compression_opts, a["n"].compression, b["x"].compression) == ("gzip", 7, None, None)


def test_equal_models_make_equal_files(tmp_path):
    link = chainjax.Sequential(L.Linear(3, 2), L.BatchNormalization(2))
    for name in ("a.npz", "b.npz"):
        S.save_npz(tmp_path / name, link)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
