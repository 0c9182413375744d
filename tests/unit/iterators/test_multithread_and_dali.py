"""Threads that read examples, and DALI's pipelines."""

import copy
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from chainjax import serializers
from chainjax.iterators import DaliIterator, MultithreadIterator, SerialIterator


def test_the_same_minibatches_and_draws_as_without_threads():
    np.random.seed(0)
    orders = [np.random.permutation(5).tolist() for _ in range(4)]
    np.random.seed(0)
    with MultithreadIterator(range(5), 5, n_threads=3) as it:
        assert next(it) == orders[0]
        assert np.random.permutation(5).tolist() == orders[3]  # one order has been drawn ahead, as in Chainer
        assert [next(it), next(it)] == orders[1:3]


def test_threads_read_ahead_and_end():
    seen = []

    class Slow:
        def __len__(self):
            return 4

        def __getitem__(self, i):
            seen.append((i, threading.current_thread()))
            return i

    with MultithreadIterator(Slow(), 2, shuffle=False, n_threads=2) as it:
        assert it.peek() is None
        assert next(it) == [0, 1]
        while (batch := it.peek()) is None:
            time.sleep(0.001)
        assert next(it) is batch
    assert {i for i, _ in seen} == {0, 1, 2, 3}
    assert threading.main_thread() not in {thread for _, thread in seen}
    for _, thread in seen:
        thread.join(5)
        assert not thread.is_alive()


def test_a_program_that_ends_with_threads_has_nothing_to_say():
    code = "from chainjax.iterators import MultithreadIterator; it = MultithreadIterator([1, 2], 1); next(it)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_exceptions_come_when_their_minibatch_does():
    class Bad:
        def __len__(self):
            return 6

        def __getitem__(self, i):
            return 1 // (int(i) - 3)

    with MultithreadIterator(Bad(), 2, shuffle=False) as it:
        assert next(it) == [-1, -1]
        assert it.peek() is None
        with pytest.raises(ZeroDivisionError):
            next(it)
        assert next(it) == [1, 0]


def test_it_goes_on_after_being_finalized_copied_and_saved(tmp_path):
    it = MultithreadIterator(range(7), 3)
    next(it)
    serializers.save_npz(tmp_path / "it.npz", it)
    others = [copy.copy(it), MultithreadIterator(range(7), 3), SerialIterator(range(7), 3)]
    for other in others[1:]:
        serializers.load_npz(tmp_path / "it.npz", other)
    it.finalize()
    rest = next(it)
    assert [next(other) for other in others] == [rest] * 3
    for iterator in (it, *others):
        iterator.finalize()


def test_without_an_order_files_say_so(tmp_path):
    it = MultithreadIterator(range(7), 3, shuffle=False)
    target = {}
    serializers.DictionarySerializer(target).save(it)
    assert target["_order"].item() is None  # what Chainer's looks for


def test_orders_drawn_ahead_are_saved_once():
    it = MultithreadIterator(range(3), 7)
    next(it)
    target = {}
    serializers.DictionarySerializer(target).save(it)
    assert target["orders_ahead"].shape == (2, 3)
    serializers.NpzDeserializer(target).load(it)
    expected = [*target["_order"][1:], *target["orders_ahead"].reshape(-1)]
    assert next(it) == expected[:7]
    it.finalize()


class Pipeline:
    """As much of nvidia.dali.pipeline.Pipeline as is used."""

    batch_size, built = 4, 0

    def build(self):
        self.built += 1

    def epoch_size(self):
        return {"Reader": 10}

    def run(self):
        return "batch"


def test_dali_counts_what_it_reads(tmp_path):
    it = DaliIterator(Pipeline())
    assert it.previous_epoch_detail is None
    assert [next(it) for _ in range(3)] == ["batch"] * 3
    assert (it.epoch, it.current_position, it.is_new_epoch, it.previous_epoch_detail) == (1, 2, True, 0.8)
    assert (it.pipeline.built, it.batch_size, it.repeat) == (1, 4, True)
    serializers.save_npz(tmp_path / "it.npz", it)
    other = DaliIterator(Pipeline(), repeat=False)
    assert len(list(other)) == 3
    assert (other.epoch, other.current_position) == (1, 0)
    other.reset()
    assert other.epoch_detail == 0
    serializers.load_npz(tmp_path / "it.npz", other)
    assert (other.epoch_detail, other.previous_epoch_detail) == (1.2, 0.8)


def test_dali_wants_a_pipeline():
    with pytest.raises(
        TypeError, match=r"expected a pipeline of NVIDIA's DALI, got list, which has no batch_size; the package nvidia-dali"
    ):
        DaliIterator([1, 2])
