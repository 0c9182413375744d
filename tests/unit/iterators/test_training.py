"""Training loops that iterators with threads and processes feed."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine, iterators, serializers
from chainjax.training.updaters import StandardUpdater

N, BATCH_SIZE = 24, 8


def dataset():
    class Noisy:
        """Augmented: its examples are never the same."""

        def __len__(self):
            return N

        def __getitem__(self, i):
            x = np.cos(np.arange(6, dtype="f") * int(i)) + np.random.rand(6).astype("f")
            return x, x[:1] * 2

    return Noisy()


def updater(iterator, device, converter=chainjax.dataset.concat_examples, before=int):
    model = L.Linear(6, 1)
    optimizer = chainjax.optimizers.MomentumSGD(0.05).setup(model)

    def loss(x, t):
        before()
        return F.mean_squared_error(model(x), t)

    return StandardUpdater(iterator, optimizer, converter, device, loss)


def weights(updater):
    W = updater.get_optimizer("main").target.W.array
    return np.array(W.get() if hasattr(W, "get") else W)


@pytest.mark.parametrize("device", ["@numpy", "@jax:cpu:1"])
def test_a_run_with_processes_goes_on_from_a_file_in_the_same_way(tmp_path, device):
    def begin():
        np.random.seed(0)
        sampler = iterators.ShuffleOrderSampler(np.random.RandomState(1))
        iterator = iterators.MultiprocessIterator(dataset(), BATCH_SIZE, n_processes=2, order_sampler=sampler)
        return updater(iterator, device), sampler

    with chainjax.using_config("deterministic", True):
        whole, sampler = begin()
        for i in range(7):
            if i == 5:  # the order of the third sweep is in use, that of the fourth may have been drawn
                serializers.save_npz(tmp_path / "updater.npz", whole)
                random = sampler._random.get_state()
            whole.update()
        part, sampler = begin()
        part.update()
        serializers.load_npz(tmp_path / "updater.npz", part)
        sampler._random.set_state(random)
        for _ in range(2):
            part.update()
        np.testing.assert_array_equal(weights(part), weights(whole))
        assert (part.iteration, part.epoch_detail) == (whole.iteration, whole.epoch_detail)
    for each in (whole, part):
        each.finalize()


def test_minibatches_are_converted_ahead_of_steps_and_change_nothing():
    order = []

    @chainjax.dataset.converter()
    def convert(batch, device):
        order.append("convert")
        return chainjax.dataset.concat_examples(batch, device)

    def wait():
        while threads and iterator.peek() is None:
            pass

    examples = [(x, x[:1] * 2) for x in np.random.RandomState(0).rand(N, 6).astype("f")]
    found = []
    for threads in (False, True):
        np.random.seed(0)
        kind = iterators.MultithreadIterator if threads else iterators.SerialIterator
        with kind(examples, BATCH_SIZE, shuffle=False) as iterator:
            run = updater(iterator, "@jax:cpu:1", convert, wait)
            order.clear()
            flushes = engine.statistics()["flushes"]
            for _ in range(4):
                run.update()
                order.append("step")
            assert engine.statistics()["flushes"] - flushes <= 4
            found.append((list(order), weights(run)))
    assert found[0][0] == ["convert", "step"] * 4
    assert found[1][0] == ["convert", *["convert", "step"] * 4]
    np.testing.assert_array_equal(found[0][1], found[1][1])
