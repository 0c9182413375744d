"""Converters: who calls them with what, and minibatches that are converted ahead."""

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax.dataset import ConvertedAhead, Converter, concat_examples
from chainjax.dataset._convert import Conveyor, call_converter


def test_former_converters_are_told_numbers():
    seen = []

    def former(batch, device):
        seen.append(device)

    class Today(Converter):
        def __call__(self, batch, device):
            seen.append(device)

    devices = [chainjax.get_device("@numpy"), chainjax.get_device("@jax:cpu:1"), None]
    for converter in (former, Today()):
        for device in devices:
            call_converter(converter, [1], device)
    assert seen == [-1, devices[1].device.local_hardware_id, None, *devices]


class Batches:
    """An iterator whose next minibatch has been read."""

    def __init__(self):
        self.batches = [[np.full(3, i, "f")] for i in range(3)]

    def peek(self):
        return self.batches[0] if self.batches else None

    def next(self):
        return self.batches.pop(0)


def counting():
    calls = []

    def converter(batch, device):
        calls.append(batch)
        return concat_examples(batch, device)

    return chainjax.dataset.converter()(converter), calls


def test_the_next_minibatch_is_converted_once_and_ahead():
    device, it, ahead, (converter, calls) = chainjax.get_device("@jax:cpu:1"), Batches(), ConvertedAhead(), counting()
    for i in range(3):
        x = ahead(converter, it.next(), device)
        assert (x.get().tolist(), chainjax.backend.get_device_from_array(x)) == ([[i] * 3], device)
        ahead.prepare(converter, it, device)
        assert len(calls) == min(i + 2, 3)


def test_preparing_waits_for_nothing_that_is_computed():
    device, it, ahead = chainjax.get_device("@jax:cpu:1"), Batches(), ConvertedAhead()
    x = chainjax.Variable(device.send(np.ones(3, "f")))
    flushes = engine.statistics()["flushes"]
    y = chainjax.functions.exp(x)
    ahead.prepare(concat_examples, it, device)
    ahead(concat_examples, it.next(), device)
    assert engine.statistics()["flushes"] == flushes
    np.testing.assert_allclose(y.array.get(), np.exp(1), rtol=1e-6)


@pytest.mark.parametrize("device", ["@numpy", None])
def test_nothing_is_converted_ahead_for_the_cpu(device):
    device, it, ahead, (converter, calls) = device and chainjax.get_device(device), Batches(), ConvertedAhead(), counting()
    ahead.prepare(converter, it, device)
    assert not calls
    assert ahead(converter, it.next(), device).tolist() == [[0, 0, 0]]


def test_iterators_that_do_not_read_ahead_stay_where_they_are():
    it, ahead, (converter, calls) = chainjax.iterators.SerialIterator([1, 2], 1), ConvertedAhead(), counting()
    ahead.prepare(converter, it, chainjax.get_device("@jax"))
    assert (calls, it.epoch_detail) == ([], 0)


def test_what_was_prepared_is_for_that_minibatch_converter_and_device_alone():
    device, other_device = chainjax.get_device("@jax:cpu:0"), chainjax.get_device("@jax:cpu:1")
    it, ahead, (converter, calls), (other, _) = Batches(), ConvertedAhead(), counting(), counting()
    first = it.batches[0]
    for arguments in [(converter, it.batches[1], device), (other, first, device), (converter, first, other_device)]:
        ahead.prepare(converter, it, device)
        x = ahead(*arguments)
        assert x.get()[0, 0] == arguments[1][0][0]
        assert chainjax.backend.get_device_from_array(x) == arguments[2]
        n = len(calls)
        ahead(converter, first, device)  # it was forgotten
        assert len(calls) == n + 1


def test_what_a_converter_raises_comes_with_its_minibatch():
    device, it, ahead = chainjax.get_device("@jax"), Batches(), ConvertedAhead()
    converter = chainjax.dataset.converter()(lambda batch, device: 1 / 0)
    ahead.prepare(converter, it, device)
    with pytest.raises(ZeroDivisionError):
        ahead(converter, it.next(), device)


def test_a_conveyor_gives_arrays_in_the_order_of_their_coming():
    for device in (None, -1, "@jax:cpu:1"):
        conveyor = Conveyor(device)
        for i in range(3):
            conveyor.put(np.full(2, i))
        found = [conveyor.get(sync=False) for _ in range(3)]
        assert [np.asarray(x.get() if device == "@jax:cpu:1" else x).tolist() for x in found] == [[0, 0], [1, 1], [2, 2]]
