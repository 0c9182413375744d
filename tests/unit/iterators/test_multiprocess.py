"""Processes that read examples: what arrives, in which order, with which random numbers, and what happens when something goes wrong."""

import copy
import os
import pathlib
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import chainjax
from chainjax import serializers
from chainjax.iterators import MultiprocessIterator, OrderSampler, SerialIterator


def reading(function, n=12):
    """A dataset of a class that only exists here: it and the functions in it cannot be imported by anybody."""

    class Local:
        def __len__(self):
            return n

        def __getitem__(self, i):
            return function(int(i))

    return Local()


@pytest.fixture
def make():
    made = []

    def make(dataset, *args, **kwargs):
        made.append(MultiprocessIterator(dataset, *args, **{"n_processes": 2, **kwargs}))
        return made[-1]

    yield make
    for iterator in made:
        iterator.finalize()


def gone(pids):
    """Whether processes end within some seconds."""
    for _ in range(100):
        if not any(os.path.exists(f"/proc/{pid}") for pid in pids):
            return True
        time.sleep(0.05)
    return False


# what arrives -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_prefetch", [1, 3, 20])
def test_minibatches_come_in_order_however_long_examples_take(make, n_prefetch):
    def slow_at_times(i):
        import time

        time.sleep(0.02 * (i % 3 == 0))
        return i

    it = make(reading(slow_at_times), 5, shuffle=False, n_prefetch=n_prefetch)
    other = SerialIterator(range(12), 5, shuffle=False)
    for _ in range(7):
        assert next(it) == next(other)
        assert (it.epoch_detail, it.previous_epoch_detail, it.is_new_epoch) == (
            other.epoch_detail, other.previous_epoch_detail, other.is_new_epoch,
        )  # fmt: skip


def test_the_end_comes_once_and_again_after_a_reset(make):
    it = make([1, 2, 3], 2, repeat=False, shuffle=False)
    for _ in range(2):
        assert list(it) == [[1, 2], [3]]
        with pytest.raises(StopIteration):
            next(it)
        it.reset()


def test_repeat_can_be_set_later(make):
    it = make([1, 2, 3], 3, shuffle=False)
    it.repeat = False
    assert list(it) == [[1, 2, 3]]
    assert it.repeat is False


def test_large_arrays_and_classes_of_nobody_else(make):
    class Own:
        def __init__(self, i):
            self.image = np.full((3, 500, 500), i, np.float32)

    it = make(reading(Own, n=4), 4, shuffle=False)
    batch = next(it)
    assert [type(example) is Own for example in batch] == [True] * 4
    assert [example.image.sum() for example in batch] == [0.0, 750000.0, 1500000.0, 2250000.0]


def test_more_processes_than_examples(make):
    assert next(make([1, 2], 2, shuffle=False, n_processes=3)) == [1, 2]


def test_workers_have_no_jax_no_share_of_an_accelerator_and_no_threads(make, monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "cuda,cpu")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    dataset = reading(lambda i: ("jax" in sys.modules, *map(os.environ.get, ("JAX_PLATFORMS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"))))
    assert next(make(chainjax.datasets.TupleDataset(dataset), 4))[0] == ((False, "cpu", "1", "3"),)


def test_datasets_may_use_all_of_chainjax(make):
    dataset = reading(lambda i: chainjax.functions.relu(np.float32([-1, i])).array)
    assert np.stack(next(make(dataset, 3, shuffle=False))).tolist() == [[0, 0], [0, 1], [0, 2]]


def test_datasets_see_the_settings_of_the_program(make):
    def settings(i):
        from chainjax.config import config, get_dtype

        return str(get_dtype()), str(get_dtype(map_mixed16=np.float32)), config.train, config.debug, config.mine

    with chainjax.using_config("mine", 3), chainjax.using_config("train", False), chainjax.using_config("dtype", chainjax.mixed16):
        assert next(make(reading(settings), 1)) == [("float16", "float32", False, False, 3)]


def test_the_program_gets_no_threads(make):
    before = threading.active_count()
    next(make(range(4), 2))
    assert threading.active_count() == before


def test_processes_are_replaced_after_their_tasks(make):
    it = make(reading(lambda i: (i, os.getpid())), 4, shuffle=False, maxtasksperchild=2)
    batches = [next(it) for _ in range(6)]
    assert [[i for i, _ in batch] for batch in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]] * 2
    read = [pid for batch in batches for _, pid in batch]
    assert {read.count(pid) for pid in read} <= {2, 4}  # one task or two, of two examples each
    assert len(set(read)) >= 6


def test_peek_shows_the_next_minibatch_when_it_is_there(make):
    it = make(range(4), 2, shuffle=False)
    assert it.peek() is None
    next(it)
    for _ in range(500):
        if (seen := it.peek()) is not None:
            break
        time.sleep(0.01)
    assert seen == [2, 3]
    assert it.current_position == 2
    assert next(it) is seen


# random numbers -----------------------------------------------------------------------------------------------------------------


def noisy():
    return reading(lambda i: (i, np.random.randint(10**9), random.random()))


def test_random_numbers_follow_the_seed_and_not_the_processes(make):
    def run(seed, **kwargs):
        np.random.seed(seed)
        it = make(noisy(), 4, **kwargs)
        return [example for _ in range(6) for example in next(it)]

    first = run(0)
    assert len({example[1:] for example in first}) == 24  # an example read again gets other numbers
    assert run(0, n_processes=3, n_prefetch=2) == first
    assert not {number for _, number, _ in run(1)} & {number for _, number, _ in first}


def test_the_program_draws_what_it_draws_without_processes(make):
    np.random.seed(0)
    expected = next(SerialIterator(range(12), 4)), np.random.rand()
    np.random.seed(0)
    assert (next(make(range(12), 4)), np.random.rand()) == expected


# saving -------------------------------------------------------------------------------------------------------------------------


class Counting(OrderSampler):
    """Each order another one, and no two samplers in the same place."""

    def __init__(self, n):
        self.n = n

    def __call__(self, order, position):
        self.n += 1
        return np.random.RandomState(self.n).permutation(len(order))


@pytest.mark.parametrize("extension", ["npz", "h5"])
@pytest.mark.parametrize("batch_size", [4, 29])  # the larger spans sweeps, so that several orders are drawn ahead
def test_a_run_goes_on_as_if_it_had_not_been_stopped(make, tmp_path, extension, batch_size):
    path = tmp_path / f"it.{extension}"
    save, load = (getattr(serializers, f"{what}_{'npz' if extension == 'npz' else 'hdf5'}") for what in ("save", "load"))
    sampler = Counting(0)
    it = make(noisy(), batch_size, order_sampler=sampler, n_prefetch=2)
    for _ in range(2):
        next(it)
    save(path, it)
    drawn = sampler.n
    np.random.rand()
    expected = [next(it) for _ in range(5)]
    other = make(noisy(), batch_size, order_sampler=Counting(100), n_prefetch=3, n_processes=1)
    next(other)
    load(path, other)
    other.order_sampler.n = drawn  # which is all that a program has to bring back itself, as with NumPy's state
    assert (other.epoch_detail, other.previous_epoch_detail) == (2 * batch_size / 12, batch_size / 12)
    assert [next(other) for _ in range(5)] == expected


def test_copies_and_pickles_go_on_for_themselves(make):
    it = make(list(range(12)), 5)
    next(it)
    copies = [copy.copy(it), pickle.loads(pickle.dumps(it))]
    rest = [next(it), next(it)[:2]]
    for other in copies:
        with other:
            assert [next(other), next(other)[:2]] == rest


def test_saving_disturbs_nothing(make):
    it = make(reading(lambda i: (i, os.getpid())), 4, shuffle=False)
    pids = {pid for _, pid in next(it)}
    serializers.DictionarySerializer().save(it)
    assert {pid for _, pid in next(it)} <= pids


# what goes wrong ----------------------------------------------------------------------------------------------------------------


def test_exceptions_of_a_dataset_come_with_their_traceback_and_the_run_goes_on(make):
    def bad_at_five(i):
        if i == 5:
            raise LookupError("no fifth example")
        return i

    it = make(reading(bad_at_five), 4, shuffle=False)
    assert next(it) == [0, 1, 2, 3]
    with pytest.raises(LookupError, match="no fifth example") as info:
        next(it)
    assert 'raise LookupError("no fifth example")' in str(info.value.__cause__)
    assert "in bad_at_five" in str(info.value.__cause__)
    assert it.current_position == 8
    assert next(it) == [8, 9, 10, 11]


def test_examples_that_cannot_be_pickled_or_unpickled(make):
    with pytest.raises(TypeError, match="cannot pickle 'generator'"):
        next(make(reading(lambda i: (x for x in "abc")), 4))

    class Bad:
        def __reduce__(self):
            return int, ("no number",)

    with pytest.raises(ValueError, match="no number"):
        next(make(reading(lambda i: Bad()), 4))


def test_datasets_that_cannot_be_pickled_or_unpickled(make):
    dataset = reading(lambda i: i)
    dataset.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"dataset that can be pickled.* of this Local something cannot be \(.*lock.*; open files") as info:
        next(make(dataset, 4))
    assert info.value.__cause__ is not None

    class Bad:
        def __len__(self):
            return 4

        def __reduce__(self):
            return int, ("no number",)

    with pytest.raises(ValueError, match="no number") as info:
        next(make(Bad(), 4))
    assert "unpickled in the process that the workers come from" in info.value.__notes__[0]


def test_arrays_of_jax_do_not_belong_into_datasets(make):
    array = chainjax.get_device("@jax:cpu:0").send(np.zeros(3, "f"))
    with pytest.raises(RuntimeError, match="the dataset has arrays of JAX"):
        next(make([array, array], 2))


def test_a_killed_worker_is_told_and_replaced(make, tmp_path):
    def fatal_once(i):
        if i == 6 and not path.exists():
            path.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return i

    path, read = tmp_path / "killed", []
    it = make(reading(fatal_once), 4, shuffle=False)
    with pytest.raises(RuntimeError, match=r"worker process \d+ was ended by signal 9 \(Killed\) while it read examples \[6, 7\]"):
        read.extend(i for batch in it for i in batch)  # it reads ahead: the process may die while the first minibatch is waited for
    assert read in ([], [0, 1, 2, 3])
    assert it.current_position == len(read)
    while len(read) < 12:
        read += next(it)
    assert read == list(range(12))


def test_workers_that_leave_or_are_killed_while_idle(make):
    with pytest.raises(RuntimeError, match=r"ended with status 3 while it read examples \[[02], [13]\]"):
        next(make(reading(lambda i: sys.exit(3)), 4, shuffle=False))
    it = make(reading(lambda i: os.getpid()), 4)
    for pid in set(next(it)):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="signal 9"):
        [next(it) for _ in range(4)]  # what had been read before is still given
    next(it)


def test_a_killed_server_is_told_and_replaced(make):
    it = make(reading(lambda i: os.getppid()), 4)
    server = next(it)[0]
    os.kill(server, signal.SIGKILL)
    with pytest.raises(RuntimeError, match=f"process {server}, which starts the workers, died"):
        [next(it) for _ in range(1000)]  # the workers go on as long as they have something to do
    assert next(it)[0] != server


def test_a_slow_dataset_is_warned_of_and_waited_for(make):
    def slow(i):
        time.sleep(0.8 * (i == 4))
        return i

    it = make(reading(slow), 4, shuffle=False)
    next(it)
    it.dataset_timeout = 0.1
    with pytest.warns(MultiprocessIterator.TimeoutWarning, match="waited 0.1 s for a minibatch") as record:
        assert next(it) == [4, 5, 6, 7]
    assert record[0].filename == __file__
    it.reset()
    it.dataset_timeout = None
    next(it)
    it.dataset_timeout = 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("error", MultiprocessIterator.TimeoutWarning)
        with pytest.raises(MultiprocessIterator.TimeoutWarning):
            next(it)
    it.dataset_timeout = None
    assert next(it) == [4, 5, 6, 7]


def test_an_interrupt_loses_nothing(make):
    def slow(i):
        time.sleep(0.5 * (i == 4))
        return i

    it = make(reading(slow), 4, shuffle=False)
    next(it)
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        next(it)
    timer.join()
    assert next(it) == [4, 5, 6, 7]


def test_finalizing_ends_the_processes(make):
    it = make(reading(lambda i: (os.getpid(), os.getppid(), time.sleep(i // 4 * 1000))), 4, shuffle=False)
    pids = {pid for *pids, _ in next(it) for pid in pids}
    assert len(pids) in (2, 3)
    it.finalize()
    it.finalize()
    assert gone(pids)
    with pytest.raises(RuntimeError, match="was finalized and gives no more minibatches"):
        next(it)
    with pytest.raises(NotImplementedError, match="was finalized and cannot be reset"):
        it.reset()


def test_finalizing_before_the_start_and_after_a_bad_start():
    MultiprocessIterator([1], 1).finalize()
    with pytest.raises(ValueError, match="MultiprocessIterator: expected shuffle or order_sampler, got both"):
        MultiprocessIterator([1], 1, shuffle=True, order_sampler=Counting(0))


SCRIPT = """
import os, sys, time
sys.path.insert(0, {root!r})
from chainjax.iterators import MultiprocessIterator

class Stuck:  # of __main__, in a script without "if __name__ == '__main__'"
    def __len__(self):
        return 100
    def __getitem__(self, i):
        if i >= 8:
            time.sleep(1000)
        return os.getpid(), os.getppid()

it = MultiprocessIterator(Stuck(), 4, shuffle=False, n_processes=2, n_prefetch=2)
print(*{{pid for pids in next(it) + next(it) for pid in pids}}, flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["interrupt", "kill", "leave", "fail"])
def test_no_process_outlives_the_program(end, tmp_path):
    root = pathlib.Path(__file__).parents[3]
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(root=str(root), end={"leave": "", "fail": "1 / 0"}.get(end, "next(it)")))
    program = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    pids = [int(pid) for pid in program.stdout.readline().split()]
    assert len(pids) in (2, 3)
    if end == "interrupt":
        time.sleep(0.3)
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to all
    elif end == "kill":
        program.kill()
    _, errors = program.communicate(timeout=60)
    assert gone(pids)
    assert {"interrupt": "KeyboardInterrupt", "fail": "ZeroDivisionError"}.get(end, "") in errors
    assert errors.count("Traceback") == (end in ("interrupt", "fail"))
