"""Reports and summaries: names, scopes, and that nothing waits for numbers."""

import threading

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import links as L
from chainjax.serializers import DictionarySerializer, NpzDeserializer


def saved(what):
    serializer = DictionarySerializer()
    what.serialize(serializer)
    return {key: np.asarray(value) for key, value in serializer.target.items()}


def pending(number):
    """A Variable whose number nobody has computed."""
    return F.sum(chainjax.Variable(np.full(2, number / 2, np.float32)))


def flushes():
    return chainjax.engine.statistics()["flushes"]


def test_observers_have_names():
    chain = chainjax.Chain()
    with chain.init_scope():
        chain.child = L.Linear(2)
    reporter = chainjax.Reporter()
    reporter.add_observer("main", chain)
    reporter.add_observers("main", chain.namedlinks(skipself=True))
    with reporter:
        assert chainjax.get_current_reporter() is reporter
        chainjax.report({"a": 1})
        chainjax.report({"a": 2}, chain)
        chainjax.report({"a": 3}, chain.child)
        with pytest.raises(KeyError, match="not registered"):
            chainjax.report({"a": 4}, L.Linear(2))
    assert reporter.observation == {"a": 1, "main/a": 2, "main/child/a": 3}
    chainjax.report({"a": 5})  # nobody listens
    assert reporter.observation["a"] == 1


def test_scopes_end_even_by_an_error():
    reporter, other = chainjax.Reporter(), {}
    with reporter:
        with pytest.raises(KeyError), chainjax.report_scope(other):
            chainjax.report({"inner": 1, **{}["missing"]})
        chainjax.report({"outer": 2})
    with pytest.raises(ZeroDivisionError), reporter.scope({}):
        raise ZeroDivisionError
    assert (other, reporter.observation) == ({}, {"outer": 2})
    with pytest.raises(IndexError):
        chainjax.get_current_reporter()


def test_threads_have_reporters_of_their_own():
    reporter, seen = chainjax.Reporter(), []

    def other():
        chainjax.report({"a": 1})
        seen.append(dict(reporter.observation))

    with reporter:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == [{}]


def test_what_is_reported_has_no_graph_unless_asked_for():
    loss = pending(3)
    before = flushes()
    for keep in (False, True):
        reporter = chainjax.Reporter()
        with chainjax.using_config("keep_graph_on_report", keep), reporter:
            chainjax.report({"loss": loss})
        assert (reporter.observation["loss"].creator is not None) is keep
    assert flushes() == before
    assert float(reporter.observation["loss"].array) == 3


def on_device(number):
    return chainjax.get_device("@jax:cpu:1").send(np.array(number, np.float32))


@pytest.mark.parametrize("kind", [float, np.float32, np.array, lambda x: np.array(x, np.float16), pending, on_device])
def test_summaries(kind):
    summary = chainjax.Summary()
    for number in (1.0, 2, 4.5):
        summary.add(kind(number))
    mean, deviation = summary.make_statistics()
    assert mean == summary.compute_mean() == 2.5
    np.testing.assert_allclose(deviation, np.std([1, 2, 4.5]), rtol=1e-12)
    summary.add(kind(0.5), weight=3)
    assert summary.compute_mean() == 1.5


def test_summing_float32_loses_nothing():
    summary = chainjax.Summary()
    for _ in range(3):
        summary.add(np.float32(16777216))
        summary.add(np.float32(1))
    assert summary.compute_mean() * 6 == 3 * 16777217
    summary = chainjax.Summary()
    for _ in range(10):
        summary.add(np.float32(0.1))
    assert summary.make_statistics()[1] < 1e-8  # and is no NaN by rounding below 0


def test_adding_waits_for_no_number_and_keeps_few():
    summary = chainjax.DictSummary()
    before = flushes()
    for _ in range(10):
        summary.add({"loss": pending(1), "weighted": (pending(2), pending(3)), "text": "abc", "array": np.zeros(3), "none": None})
    assert flushes() == before
    assert summary.compute_mean() == {"loss": 1, "weighted": 2}
    for _ in range(3000):
        summary.add({"loss": 1})
    assert len(summary._summaries["loss"]._waiting) < 1024
    assert summary.compute_mean()["loss"] == 1


def test_a_number_is_what_it_was_when_it_was_added():
    summary, array = chainjax.Summary(), np.array(1.0)
    summary.add(array)
    array[...] = 5
    assert summary.compute_mean() == 1


def test_a_weight_must_be_a_number():
    with pytest.raises(ValueError, match="weight to loss was not scalar"):
        chainjax.DictSummary().add({"loss": (1, np.zeros(2))})


def test_summaries_go_on_after_loading():
    first, second = chainjax.DictSummary(), chainjax.DictSummary()
    first.add({"a": pending(1), "b/c": (2.0, 3)})
    file = saved(first)
    assert sorted(file) == ["_names", *[f"_summaries/{i}/{name}" for i in (0, 1) for name in ("_n", "_x", "_x2")]]
    second.add({"gone": 1})
    second.serialize(NpzDeserializer(file))
    for summary in (first, second):
        summary.add({"a": 4.0, "b/c": 7})
    assert second.make_statistics() == first.make_statistics() == {"a": 2.5, "a.std": 1.5, "b/c": 3.25, "b/c.std": np.sqrt(75 / 16)}


def test_files_of_early_releases_have_no_statistics():
    for summary in (chainjax.Summary(), chainjax.DictSummary()):
        with pytest.warns(UserWarning, match="statistics are not saved"):
            summary.serialize(NpzDeserializer({}))
