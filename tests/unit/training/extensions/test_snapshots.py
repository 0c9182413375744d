"""Snapshots: always a whole one there, found again, damaged ones passed over; their writers, and what these meet."""

import errno
import os
import shutil
import threading
import time

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import serializers
from chainjax.serializers._errors import BadFileError
from chainjax.testing import get_trainer_with_mock_updater
from chainjax.training import extensions
from chainjax.training.extensions import _snapshot, snapshot_writers


def run(folder, snapshot, iterations=4):
    trainer = get_trainer_with_mock_updater((iterations, "iteration"))
    trainer.out = str(folder)
    trainer.extend(snapshot, trigger=(1, "iteration"))
    trainer.run(show_loop_exception_msg=False)
    return trainer


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def model(value=0.0):
    link = L.Linear(2, 1)
    link.W.array[...] = value
    return link


@pytest.mark.parametrize("writer", ["SimpleWriter", "ThreadWriter", "ThreadQueueWriter"])
def test_only_the_newest_are_kept(tmp_path, writer):
    link = model(3.0)
    writer = getattr(snapshot_writers, writer)()
    run(tmp_path, extensions.snapshot_object(link, "model_{.updater.iteration}", writer=writer, n_retains=2), 12)
    assert names(tmp_path) == ["model_11", "model_12"]  # also where all were written in the same moment
    loaded = model()
    serializers.load_npz(tmp_path / "model_12", loaded)
    assert loaded.W.array.tolist() == [[3.0, 3.0]]


def test_an_old_snapshot_goes_only_when_the_new_one_is_whole(tmp_path):
    def save(path, target):
        assert names(tmp_path)[0] == f"model_{len(seen)}" or not seen
        seen.append(path)
        serializers.save_npz(path, target)

    seen = []
    run(tmp_path, extensions.snapshot_object(model(), "model_{.updater.iteration}", savefun=save, n_retains=1), 3)
    assert len(seen) == 3
    assert names(tmp_path) == ["model_3"]


def test_a_snapshot_of_the_same_name_is_another_file_and_not_the_old_one_written_over(tmp_path):
    serializers.save_npz(str(tmp_path / "model"), model(1.0))
    os.link(tmp_path / "model", tmp_path / "old")
    run(tmp_path, extensions.snapshot_object(model(2.0), "model"), 1)
    for name, value in (("old", 1.0), ("model", 2.0)):
        loaded = model()
        serializers.load_npz(tmp_path / name, loaded)
        assert loaded.W.array[0, 0] == value


def test_a_full_disk_leaves_the_snapshot_of_before(tmp_path):
    def save(path, target):
        with open(path, "wb") as file:
            file.write(b"half")
        if path.endswith("2"):
            raise OSError(errno.ENOSPC, "No space left on device")

    snapshot = extensions.snapshot_object(model(), "model_{.updater.iteration}", savefun=save, n_retains=1)
    with pytest.raises(
        OSError, match=r"a snapshot could not be written to .*model_2': no space is left.*n_retains=2.*autoload=True"
    ) as info:
        run(tmp_path, snapshot)
    assert info.value.errno == errno.ENOSPC
    assert names(tmp_path) == ["model_1"]


def test_conditions_and_names_made_by_functions(tmp_path):
    answers = iter([True, False, True, False])
    run(tmp_path, extensions.snapshot_object(model(), lambda t: f"n{t.updater.iteration}", condition=lambda: next(answers)))
    assert names(tmp_path) == ["n1", "n3"]


def test_a_snapshot_is_taken_when_training_fails(tmp_path):
    trainer = get_trainer_with_mock_updater((4, "iteration"))
    trainer.out = str(tmp_path)
    for on_error in (False, True):
        trainer.extend(extensions.snapshot_object(model(), f"{on_error}", snapshot_on_error=on_error), trigger=None)

    def fail(trainer):
        raise RuntimeError("as it happens")

    trainer.extend(fail, name="fail")
    with pytest.raises(RuntimeError, match="as it happens"):
        trainer.run(show_loop_exception_msg=False)
    assert names(tmp_path) == ["True"]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"savefun": serializers.save_npz, "writer": snapshot_writers.SimpleWriter()}, "expected savefun or writer, got both"),
        ({"filename": lambda trainer: "x", "autoload": True}, "expected a string as filename, got a function"),
        ({"filename": lambda trainer: "x", "n_retains": 1}, "expected a string as filename, got a function"),
        ({"autolaod": True}, "autolaod"),
    ],
)
def test_arguments_that_contradict_each_other(kwargs, message):
    with pytest.raises(TypeError, match=message):
        extensions.snapshot(**kwargs)


def test_forms_of_older_releases(tmp_path):
    with pytest.warns(DeprecationWarning, match="write n_retains"):
        snapshot = extensions.snapshot_object(model(), "m_{.updater.iteration}", serializers.save_npz, (2, "iteration"), num_retain=1)
    assert (snapshot.trigger, snapshot.n_retains) == ((2, "iteration"), 1)
    run(tmp_path, snapshot)
    assert names(tmp_path) == ["m_4"]


# Loading -------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(tmp_path):
    """Three snapshots of a model, of 1.0, 2.0 and 3.0, the last the newest, and of half of a fourth."""
    for i in (1, 2, 3):
        serializers.save_npz(str(tmp_path / f"model_{i}"), model(i))
        os.utime(tmp_path / f"model_{i}", (i, i))
    (tmp_path / "tmpmodel_4ab_cd123").mkdir()
    (tmp_path / "tmpmodel_4ab_cd123" / "model_4").write_bytes(b"PK")
    (tmp_path / "tmpmodel").mkdir()
    (tmp_path / "model_5").mkdir()  # no file
    return tmp_path


def load(folder):
    link = model()
    trainer = get_trainer_with_mock_updater()
    trainer.out = str(folder)
    extensions.snapshot_object(link, "model_{.updater.iteration}", autoload=True).initialize(trainer)
    return link.W.array[0, 0]


def test_the_newest_snapshot_is_loaded_and_what_a_killed_training_left_is_removed(three):
    assert load(three) == 3.0
    assert names(three) == ["model_1", "model_2", "model_3", "model_5", "tmpmodel"]


def test_a_damaged_snapshot_is_passed_over(three):
    for i, damage in ((3, b""), (2, (three / "model_2").read_bytes()[:-30])):
        (three / f"model_{i}").write_bytes(damage)
        os.utime(three / f"model_{i}", (i, i))
    with pytest.warns(UserWarning, match=r"going on from model_1, as newer files are damaged: model_3 \(.*model_2 \("):
        assert load(three) == 1.0


def test_if_all_are_damaged_nothing_begins_anew_in_silence(three):
    for i in (1, 2, 3):
        (three / f"model_{i}").write_bytes(b"PK")
    with pytest.raises(BadFileError, match=r"none of the snapshots in .* can be read.*remove them to begin anew"):
        load(three)


def test_a_snapshot_of_another_model_is_an_error(three):
    serializers.save_npz(str(three / "model_4"), L.Linear(3, 1))
    with pytest.raises(TypeError, match="expected shape"):
        load(three)


def test_snapshots_in_hdf5_are_found_too(tmp_path):
    run(tmp_path, extensions.snapshot_object(model(5.0), "model_{.updater.iteration}", serializers.save_hdf5))
    assert load(tmp_path) == 5.0


def test_no_snapshot_is_no_error(tmp_path, capsys):
    with chainjax.using_config("debug", True):
        assert load(tmp_path) == 0.0
        assert "No snapshot file that matches" in capsys.readouterr().out
        serializers.save_npz(str(tmp_path / "model_1"), model(1.0))
        assert load(tmp_path) == 1.0
        assert "Snapshot loaded from" in capsys.readouterr().out


def test_files_of_the_same_time_are_in_the_order_of_their_numbers(tmp_path):
    for i in (2, 10, 9):
        (tmp_path / f"s_{i}").touch()
        os.utime(tmp_path / f"s_{i}", (1, 1))
    assert _snapshot._find_latest_snapshot("s_{.x}", tmp_path) == "s_10"
    assert list(_snapshot._find_stale_snapshots("s_{.x}", tmp_path, 1)) == ["s_2", "s_9"]
    assert list(_snapshot._find_stale_snapshots("s_{.x}", tmp_path, 5)) == []
    assert _snapshot._find_latest_snapshot("other_{.x}", tmp_path) is None


# Writers -------------------------------------------------------------------------------------------------------------------------


def failing(path, target):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("writer", ["ThreadWriter", "ThreadQueueWriter"])
def test_what_a_thread_meets_is_raised_in_the_training(tmp_path, writer):
    writer = getattr(snapshot_writers, writer)(failing)
    with pytest.raises(OSError, match="could not be written"):
        run(tmp_path, extensions.snapshot_object(model(), "m", writer=writer))
    assert names(tmp_path) == []
    writer.finalize()  # once is enough


def test_a_queue_goes_on_after_an_error_and_tells_of_all_at_the_end(tmp_path):
    def save(path, target):
        if "bad" in path:
            raise ValueError(path)
        serializers.save_npz(path, target)

    writer = snapshot_writers.ThreadQueueWriter(save)
    gate = threading.Event()
    writer._task = lambda *task: (gate.wait(), snapshot_writers.SimpleWriter(save)(*task))
    for name in ("bad1", "bad2", "good"):
        writer(name, str(tmp_path), {"x": np.ones(2)})
    gate.set()
    with pytest.raises(ValueError, match="bad1") as info:
        writer.finalize()
    assert info.value.__notes__ == ["1 more snapshots failed after it"]
    assert names(tmp_path) == ["good"]


def test_the_training_goes_on_while_a_thread_writes(tmp_path):
    gate = threading.Event()
    writer = snapshot_writers.ThreadWriter(lambda path, target: (gate.wait(60), serializers.save_npz(path, target)))
    writer("first", str(tmp_path), {"x": np.ones(2)})
    assert not (tmp_path / "first").exists()
    gate.set()
    writer("second", str(tmp_path), {"x": np.ones(2)})
    assert (tmp_path / "first").exists()  # one at a time
    writer.finalize()
    assert names(tmp_path) == ["first", "second"]


@pytest.mark.slow
@pytest.mark.parametrize("writer", ["ProcessWriter", "ProcessQueueWriter"])
def test_processes_write_what_they_are_given_and_tell_what_they_meet(tmp_path, writer):
    scale = 2.0  # lambdas and what they refer to travel too

    def save(path, target):
        if "bad" in path:
            raise OSError(errno.ENOSPC, "No space left on device")
        serializers.save_npz(path, {key: np.array([os.getpid(), array * scale]) for key, array in target.items()})

    writer = getattr(snapshot_writers, writer)(save)
    writer._add_cleanup_hook(_Remover(str(tmp_path / "old")))
    (tmp_path / "old").touch()
    writer("good", str(tmp_path), {"x": np.float64(4)})
    writer("bad", str(tmp_path), {"x": np.float64(4)})
    with pytest.raises(OSError, match="a snapshot could not be written"):
        writer.finalize()
    with np.load(tmp_path / "good") as file:
        pid, value = file["x"]
    assert (value, pid != os.getpid()) == (8.0, True)
    assert names(tmp_path) == ["good"]


class _Remover:
    def __init__(self, path):
        self.path = path

    def __call__(self):
        shutil.rmtree(self.path, ignore_errors=True)
        if os.path.exists(self.path):
            os.remove(self.path)


def test_writers_without_a_training(tmp_path):
    writer = snapshot_writers.SimpleWriter(serializers.save_npz, compression=False)
    writer("model", str(tmp_path), serializers.serialize(model(2.0)) if hasattr(serializers, "serialize") else {"W": np.ones(2)})
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: snapshot_writers.Writer()("f", ".", {}), "__call__"),
        (lambda: snapshot_writers.StandardWriter()("f", ".", {}), "create_worker"),
        (lambda: snapshot_writers.QueueWriter()("f", ".", {}), "create_queue"),
        (lambda: snapshot_writers.QueueWriter().create_consumer(None), "create_consumer"),
    ],
)
def test_what_writers_must_define(call, name):
    with pytest.raises(NotImplementedError, match=name):
        call()


def test_a_queue_that_nobody_finalizes_does_not_keep_the_program_alive(tmp_path):
    import subprocess
    import sys

    program = (
        "import numpy as np\nfrom chainjax.training.extensions.snapshot_writers import ThreadQueueWriter\n"
        f"writer = ThreadQueueWriter(lambda path, target: (__import__('time').sleep(0.2), open(path, 'w').close()))\n"
        f"for name in 'ab': writer(name, {str(tmp_path)!r}, {{}})\n"
    )
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100)
    assert time.monotonic() - started < 90
    assert names(tmp_path) == ["a", "b"]
